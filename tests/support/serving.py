"""The app, running, and a browser to look at it with."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PATIENCE = 60  # seconds until the app answers
LAST_WORK = 30  # seconds to end: it may still be loading the model


def find_browser() -> str | None:
    """Return the path of a browser of this machine, or None for playwright's own."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@contextmanager
def running_app(variables: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Run the app with more environment variables; give its address and its process's number.

    Raises:
        RuntimeError: it ended, or did not answer in time.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    host, _, port = address.partition(":")
    command = [sys.executable, "-m", "streamlit", "run", "serve.py"]
    options = ["--server.headless=true", f"--server.address={host}", f"--server.port={port}"]
    options += ["--server.fileWatcherType=none"]
    server = subprocess.Popen(
        [*command, *options], cwd=ROOT, env=os.environ | variables, stdout=subprocess.DEVNULL
    )
    try:
        _wait_until_healthy(server, f"http://{address}/_stcore/health")
        yield f"http://{address}", server.pid
    finally:
        server.terminate()
        try:
            server.wait(LAST_WORK)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str) -> None:
    start = time.monotonic()
    while time.monotonic() - start < PATIENCE:
        if server.poll() is not None:
            raise RuntimeError("streamlit ended before it served a page")
        try:
            with urlopen(url):
                return
        except URLError:
            time.sleep(0.2)
    raise RuntimeError(f"streamlit did not answer within {PATIENCE} seconds")
