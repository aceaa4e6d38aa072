"""Code in a process of its own that may take so much memory and no more."""

import os
import subprocess
import sys

_SET_UP = """
import resource
from pathlib import Path
pages = int(Path("/proc/self/statm").read_text().split()[0])
limit = pages * resource.getpagesize() + {room} * 2**20
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
"""
_MEASURE = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((peak - before) / 1024)
"""


def peak_memory(imports: str, code: str, room: int, *arguments: str) -> float:
    """Run code; return by how much its memory grew at most, MiB.

    Args:
        imports: what is loaded beforehand, and not counted.
        code: that is run.
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
