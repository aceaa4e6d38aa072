"""Python that has imported the large libraries before it is asked: commands that start at once.

`warm_python` gives a command that stands for `python`. Behind it waits a process with torch and
other libraries, but nothing of this project; each call is a fork of it, with the arguments,
folder, variables, input and outputs of whoever calls. It takes `-m MODULE` and `FILE.py`.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
LIBRARIES = (  # training uses torch's compiler
    "torch._dynamo", "torchvision.transforms.v2", "facenet_pytorch", "pandas", "sqlalchemy",
)  # fmt: skip


@contextmanager
def warm_python() -> Iterator[list[str]]:
    """Give a command that stands for `python`, slower where processes cannot be forked."""
    if not hasattr(os, "fork"):
        yield [sys.executable]
        return
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/socket"
        command = [sys.executable, "-m", "tests.support.warm", "serve", path]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as server:
            assert server.stdout and server.stdout.readline()
            yield [sys.executable, "-S", __file__, "ask", path]
            server.terminate()


def ask(path: str, arguments: list[str]) -> int:
    """Have a command run by the process that waits; return its status."""
    asked = {"arguments": arguments, "folder": str(Path.cwd()), "variables": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
        return next(iter(server.recv(1)), 1)


def serve(path: str) -> None:
    """Wait for commands, each of which a fork of this process runs."""
    for name in LIBRARIES:
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that answer
    with socket.socket(socket.AF_UNIX) as waiting:
        waiting.bind(path)
        waiting.listen()
        print("ready", flush=True)
        while True:
            client, _ = waiting.accept()
            if os.fork() == 0:
                waiting.close()
                _answer(client)
            client.close()


def _answer(client: socket.socket) -> NoReturn:
    """Run what is asked in a process of its own, and tell its status once it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, files, _, _ = socket.recv_fds(client, 2**20, 3)
    if (process := os.fork()) == 0:
        client.close()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os._exit(_run(**json.loads(message)))
    _, status = os.waitpid(process, 0)
    client.send(bytes([os.waitstatus_to_exitcode(status) & 255]))
    os._exit(0)


def _run(arguments: list[str], folder: str, variables: dict[str, str]) -> int:
    """Run a command; return its status, without taking all libraries down, which takes seconds."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    status: object = 0
    try:
        if arguments[0] == "-m":
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
