"""Python that has imported the large libraries before it is asked: commands that start at once.

Beside the tests waits one process for all their workers. Once it is first asked, it imports torch,
Streamlit and other libraries, but nothing of this project; each command is a fork of it, with the
arguments, folder, variables, input and outputs of whoever asks. It takes `-m MODULE`, `-c CODE` and
`FILE.py`.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import types
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
PLACE = "AGE_TESTS_WARM_PYTHON"  # environment variable: the socket of the process that waits
LIBRARIES = (  # training uses torch's compiler
    "torch._dynamo", "torchvision.transforms.v2", "facenet_pytorch", "pandas", "sqlalchemy",
    "streamlit.web.bootstrap", "plotly.graph_objects",
)  # fmt: skip


@contextmanager
def waiting_process() -> Iterator[None]:
    """Have a process wait for commands; not where processes cannot be forked."""
    if not hasattr(os, "fork"):
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/socket"
        command = [sys.executable, "-m", "tests.support.warm", "serve", path]
        # It ends with its input, also where this process is killed.
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as server:
            os.environ[PLACE] = path
            yield
            del os.environ[PLACE]
            assert server.stdin
            server.stdin.close()


def warm_python() -> list[str]:
    """Return a command that stands for `python`."""
    if PLACE not in os.environ:
        return [sys.executable]
    return [sys.executable, "-S", __file__, "ask", os.environ[PLACE]]


class WarmProcess:
    """A command that the process that waits runs; used as one of `subprocess.Popen`.

    Args:
        arguments: of Python.
        cwd: folder.
        env: variables.
        stdout: file descriptor, or None for this process's.
    """

    def __init__(
        self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], stdout: int | None = None
    ) -> None:
        asked = {"arguments": list(arguments), "folder": str(cwd), "variables": dict(env)}
        self._server = socket.socket(socket.AF_UNIX)
        _connect(self._server, env[PLACE])
        files = [0, 1 if stdout is None else stdout, 2]
        socket.send_fds(self._server, [json.dumps(asked).encode()], files)
        self.pid = int.from_bytes(self._server.recv(8))
        self._status: int | None = None

    def poll(self) -> int | None:
        """Return its status; None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended; return its status.

        Raises:
            subprocess.TimeoutExpired: it still runs after so many seconds.
        """
        if self._status is None:
            if not select.select([self._server], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("python", timeout or 0)
            self._status = next(iter(self._server.recv(1)), 1)
            self._server.close()
        return self._status

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _connect(server: socket.socket, path: str) -> None:
    """Connect to the process that waits; it may just have been started."""
    for _ in range(1000):
        try:
            return server.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.02)
    raise RuntimeError("no process waits for commands")


def ask(path: str, arguments: list[str]) -> int:
    """Have a command run by the process that waits; return its status."""
    return WarmProcess(arguments, Path.cwd(), os.environ | {PLACE: path}).wait()


def serve(path: str) -> None:
    """Wait for commands, each of which a fork of this process runs, until the input ends."""
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(path)
        waiting.listen()
        while waiting in select.select([waiting, sys.stdin], [], [])[0]:
            client, _ = waiting.accept()
            _import_libraries()
            if os.fork() == 0:
                waiting.close()
                _answer(client)
            client.close()


@cache
def _import_libraries() -> None:
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that answer


def _answer(client: socket.socket) -> NoReturn:
    """Run what is asked in a process of its own; tell its number, and its status at its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, files, _, _ = socket.recv_fds(client, 2**20, 3)
    if (process := os.fork()) == 0:
        client.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os._exit(_run(**json.loads(message)))
    for file in files:
        os.close(file)
    client.send(process.to_bytes(8))
    _, status = os.waitpid(process, 0)
    with suppress(BrokenPipeError):  # whoever asked has ended
        client.send(bytes([os.waitstatus_to_exitcode(status) & 255]))
    os._exit(0)


def _run(arguments: list[str], folder: str, variables: dict[str, str]) -> int:
    """Run a command; return its status, without taking all libraries down, which takes seconds."""
    if arguments[0] == "-u":  # unbuffered: outputs are flushed at the end
        arguments = arguments[1:]
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    status: object = 0
    try:
        if arguments[0] == "-c":
            sys.argv = arguments[:1]
            sys.modules["__main__"] = main = types.ModuleType("__main__")
            exec(arguments[1], vars(main))
        elif arguments[0] == "-m":
            sys.argv = arguments[1:]
            runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv = arguments
            runpy.run_path(arguments[0], run_name="__main__")
    except SystemExit as end:
        status = end.code or 0
        if not isinstance(status, int):
            print(status, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status if isinstance(status, int) else 1


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(ask(sys.argv[2], sys.argv[3:]))
