"""Worker processes that start with the large libraries imported."""

import multiprocessing
import sys
from multiprocessing.context import BaseContext

# What a worker takes seconds to import. None of them starts threads, which a fork would lose,
# before it computes.
LIBRARIES = ["torch", "torchvision", "facenet_pytorch", "pandas", "pyarrow.parquet"]


def worker_context() -> BaseContext:
    """Return how the worker processes of a pool are started: never as forks of this process.

    PyTorch's threads do not survive a fork. On Linux each worker is a fork of a process that has
    imported the libraries and done nothing else, which is started with the first worker; elsewhere
    each imports them itself.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    return context
