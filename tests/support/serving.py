"""The app, running, and a browser to look at it with."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.support.warm import PLACE, WarmProcess

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The same browser without windows takes a third less of the processor: for tests, not for times.
TESTED_BROWSERS = ("chromium-headless-shell", *BROWSERS)
PATIENCE = 300  # seconds until the app answers, on a busy machine
LAST_WORK = 60  # seconds to end: it may still be loading the model

Server = subprocess.Popen[bytes] | WarmProcess


def find_browser(among: Sequence[str] | None = None) -> str | None:
    """Return the path of a browser of this machine, or None for playwright's own."""
    return next(filter(None, map(shutil.which, among or BROWSERS)), None)


@contextmanager
def running_app(variables: Mapping[str, str], *more: str) -> Iterator[tuple[str, int]]:
    """Run the app; give its address and its process's number.

    Args:
        variables: of its environment, besides this process's.
        more: options of `streamlit run`.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    port = free_port()
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    command = ["-m", "streamlit", "run", "serve.py", *options, "--server.fileWatcherType=none"]
    address = f"http://127.0.0.1:{port}"
    with running([*command, *more], f"{address}/_stcore/health", variables) as server:
        yield address, server


def free_port() -> int:
    """Return a port of this computer that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: Sequence[str], answers: str, variables: Mapping[str, str]) -> Iterator[int]:
    """Run a server in Python until the end of the context; give its process's number.

    In tests it is a fork of a process that has imported its libraries: see `warm.py`.

    Args:
        command: for Python.
        answers: an address that answers once the server is ready.
        variables: of its environment, besides this process's.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    environment = os.environ | variables
    server: Server
    if PLACE in environment:
        with Path(os.devnull).open("wb") as nothing:
            server = WarmProcess(command, ROOT, environment, nothing.fileno())
    else:
        server = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
        )
    try:
        _wait_until_healthy(server, answers)
        yield server.pid
    finally:
        server.terminate()
        try:
            server.wait(LAST_WORK)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_healthy(server: Server, url: str) -> None:
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE:
        if server.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            with urlopen(url):
                return
        except URLError:
            time.sleep(0.2)
    raise RuntimeError(f"the server did not answer within {PATIENCE} seconds")
