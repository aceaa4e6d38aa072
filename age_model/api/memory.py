"""Memory that was freed goes back to the system."""

import ctypes
import sys


def give_back() -> None:
    """Give the system the memory that was freed, where the C library is glibc.

    glibc keeps it for later, and tensors of ever other sizes leave it in pieces: a process that
    examines photos all day would grow by some MB each hour, though it holds no more than before.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other C libraries have none
        if trim is not None:
            trim(0)
