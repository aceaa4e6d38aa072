"""Code in a process of its own that may take so much memory and no more."""

import os
import subprocess
import sys

_SET_UP = """
import resource
from pathlib import Path
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + {room} * 2**20
def peak():  # KiB; what getrusage has may be the peak of the process that began this one
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
def forget_peak():
    Path("/proc/self/clear_refs").write_text("5")
    return peak()
before = forget_peak()
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
"""
_MEASURE = """
print((peak() - before) / 1024)
"""


def peak_memory(imports: str, code: str, room: int, *arguments: str) -> float:
    """Run code; return by how much its memory grew at most, MiB.

    Args:
        imports: what is loaded beforehand, and not counted.
        code: that is run; `forget_peak()` begins a new peak, `peak()` returns it, both in KiB.
        room: how much address space it may take more, MiB.
        arguments: found in `sys.argv[1:]`.

    Raises:
        AssertionError: the code failed.
    """
    script = imports + _SET_UP.format(room=room) + code + _MEASURE
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return float(run.stdout.splitlines()[-1])
