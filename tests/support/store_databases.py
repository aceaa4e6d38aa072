"""A PostgreSQL server from the system's packages, and databases to test the record with."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text


def server_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest; None where there are none."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    anywhere = shutil.which("initdb")
    found = folders[-1] if folders else Path(anywhere).resolve() if anywhere else None
    return found.parent if found else None


@contextmanager
def running_server(programs: Path) -> Iterator[str]:
    """Start a server on loopback; yield the address of its databases, up to their names."""
    who: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="postgresql"))
    password = secrets.token_hex(16)
    secret = folder / "password"
    secret.write_text(password)
    if who:
        shutil.chown(folder, who["user"], who["group"])
        shutil.chown(secret, who["user"], who["group"])

    def call(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        with (folder / "output").open("a") as output:
            subprocess.run(
                command, check=True, cwd=folder, stdout=output, stderr=output, timeout=300, **who
            )

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = f"-p {port} -h 127.0.0.1 -k '' -c fsync=off -c full_page_writes=off"
    try:
        login = ("-U", "tester", f"--pwfile={secret}", "--auth=scram-sha-256")
        call("initdb", *login, "-E", "UTF8", "--locale=C.UTF-8")
        call("pg_ctl", "-w", "-t", "120", "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://tester:{password}@127.0.0.1:{port}/"
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Yield the address of an empty database on a server of `running_server`, with a new name.

    Emptied, it serves the next test: to make one takes a tenth of a second and 8 MB, and to delete
    hundreds of them a minute.
    """
    name = f"test_{secrets.token_hex(8)}"
    with _connected(server, "postgres") as connection:
        spare = connection.scalar(
            text("SELECT datname FROM pg_database WHERE datname LIKE 'spare%' LIMIT 1")
        )
        made = f"ALTER DATABASE {spare} RENAME TO {name}" if spare else f"CREATE DATABASE {name}"
        connection.execute(text(made))
    yield server + name
    with _connected(server, name) as connection:
        connection.execute(text(f"SELECT {_END} WHERE datname = '{name}' AND {_OTHERS}"))
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    with _connected(server, "postgres") as connection:
        spare = f"spare_{secrets.token_hex(8)}"
        connection.execute(text(f"ALTER DATABASE {name} RENAME TO {spare}"))


_END = "pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
_OTHERS = "pid <> pg_backend_pid()"


@contextmanager
def _connected(server: str, database: str) -> Iterator[Connection]:
    address = server.replace("postgresql:", "postgresql+psycopg:") + database
    engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def without_syncs(engine: Engine) -> None:
    """Let a record in a file not wait for the disk, for tests of thousands of small changes."""
    if engine.dialect.name == "sqlite":
        event.listen(
            engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF")
        )
        engine.dispose()  # connections that were opened before
