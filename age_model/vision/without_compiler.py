"""torchvision without torch's compiler, which nothing here uses.

One of torchvision's operators for detectors, `roi_align`, imports `torch._dynamo` to ask whether a
device can compile. That takes longer than importing all the rest of torchvision, and as long as
torch itself: each process that estimates ages would start more than two seconds later.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

COMPILER, ASKED = "torch._dynamo", "torch._dynamo.utils"


@contextmanager
def without_compiler() -> Iterator[None]:
    """Import torchvision inside this, wherever it may be the first time in a process."""
    if COMPILER in sys.modules or "torchvision" in sys.modules:
        yield
        return
    answer = ModuleType(ASKED)
    answer.__dict__["is_compile_supported"] = lambda device_type: False
    sys.modules.update({COMPILER: ModuleType(COMPILER), ASKED: answer})
    try:
        yield
    finally:  # what trains imports the real one
        del sys.modules[COMPILER], sys.modules[ASKED]
