"""Opens the record, a SQLite file or a PostgreSQL database, with atomic writes."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import disk_usage

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from age_model import HOME
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from age_model.store.record import migrations

DEFAULT_FILE = HOME / "data" / "store.sqlite"
URL_VARIABLE = "AGE_DATABASE_URL"
PATIENCE = 120  # seconds to wait for other writers: a busy machine with ten of them needs many
LEAST_ROOM = 2**20  # bytes on the disk; with less, SQLite cannot begin
CONNECT = 10  # seconds for a server to answer

# Whatever driver an address names, these are installed.
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}

_FULL = mark(
    "The disk with the store's record is full. The last change was not written; make room, "
    "try again."
)
_BUSY = mark("Others kept the store's record busy. The last change was not written; try again.")
_READ_ONLY = mark("This program may not write to the store's record. Nothing was written.")
_NO_TEXT = mark("A name has characters that are not text, and cannot be kept: write it anew.")
_BY_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
}
_BY_POSTGRESQL = {"53100": _FULL, "55P03": _BUSY, "42501": _READ_ONLY, "25006": _READ_ONLY}


class RecordError(Exception):
    """The record cannot be read or written; the message says why and what to do."""


def record_url(configured: str | None = None) -> str:
    """Return the address of the record.

    In this order: the environment variable AGE_DATABASE_URL, the app's secrets, the file
    data/store.sqlite in the project's folder.

    Args:
        configured: the address in the secrets, as for SQLAlchemy.
    """
    return os.environ.get(URL_VARIABLE) or configured or f"sqlite:///{DEFAULT_FILE}"


def open_record(url: str) -> Engine:
    """Open the record; create it if missing, migrate it if old.

    Args:
        url: "sqlite:///FILE" or "postgresql://USER:PASSWORD@HOST/DATABASE".

    Raises:
        RecordError: it cannot be opened.
    """
    address = _address(url)
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, connect_args={"timeout": PATIENCE}, pool_timeout=PATIENCE)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        connect = {"connect_timeout": CONNECT, "options": f"-c lock_timeout={PATIENCE}s"}
        engine = create_engine(
            address, connect_args=connect, pool_pre_ping=True, pool_timeout=PATIENCE
        )
    try:
        with reading(engine) as connection:
            ready = migrations.is_current(connection)
        if not ready:
            with writing(engine) as connection:
                migrations.bring_up_to_date(connection)
    except migrations.NewerRecordError as error:
        raise RecordError(
            tr(
                "The store's record was made by a newer version of this program (its tables have "
                "version {version}). Install that version."
            ).format(version=error.version)
        ) from error
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Provide a connection that sees one state of the record.

    Raises:
        RecordError: the record cannot be read.
    """
    try:
        with engine.connect() as connection:
            yield connection
    except (DBAPIError, PoolTimeoutError, UnicodeEncodeError) as error:
        raise RecordError(_reason(error, engine)) from error


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Provide a connection whose changes are committed at the end, or rolled back on an exception.

    Raises:
        RecordError: the record cannot be written.
    """
    try:
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection
    except IntegrityError:  # a bug of the program, not a problem of the database
        raise
    except (DBAPIError, PoolTimeoutError, UnicodeEncodeError) as error:
        raise RecordError(_reason(error, engine)) from error


def wait_for_turn(connection: Connection, table: Table) -> None:
    """Lock a table against other writers until the connection of `writing` is done.

    A file has only one writer anyway. A server has many at once, so that what was read may be
    out of date when it is used.
    """
    if connection.dialect.name == "postgresql":
        name = connection.dialect.identifier_preparer.format_table(table)
        connection.execute(text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))


def clear_log(engine: Engine) -> None:
    """Remove deleted data from a SQLite file and its write-ahead log.

    SQLite writes changes to the log first: until its next checkpoint, which can be days later,
    the file still has the old data.

    Raises:
        RecordError: the file cannot be written.
    """
    if engine.dialect.name != "sqlite":
        return
    connection = engine.raw_connection()  # impossible within a transaction
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise RecordError(_reason(DBAPIError(None, None, error), engine)) from error
    finally:
        connection.close()


def _address(url: str) -> URL:
    try:
        address = make_url(url.replace("postgres://", "postgresql://", 1))
    except (ArgumentError, ValueError) as error:
        raise RecordError(_unusable_address()) from error
    driver = _DRIVERS.get(address.get_backend_name())
    if driver is None:
        raise RecordError(_unusable_address())
    # Of a password with an @, what is behind that would be taken for the server, and be named.
    if driver != "sqlite" and url.count("@") > 1:
        raise RecordError(
            tr(
                "The address of the store's record has more than one @. Write those of the user "
                "and the password as %40."
            )
        )
    address = address.set(drivername=driver)
    if driver == "sqlite" and address.database:
        try:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordError(
                tr("The folder of the store's record cannot be made: {reason}").format(reason=error)
            ) from error
    return address


def _unusable_address() -> str:  # without the address itself: it may hold a password
    return tr(
        "The address of the store's record cannot be used. Write sqlite:///FILE or "
        "postgresql://USER:PASSWORD@HOST/DATABASE."
    )


def _set_up_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the module would begin too late for a migration
    connection.execute("PRAGMA foreign_keys = ON")
    # Readers do not wait for writers, and a commit survives a loss of power.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # deleted data is overwritten


def _begin_sqlite(connection: Connection) -> None:
    # A writer locks before it reads, so that what it has read is still true when it writes.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def check_text(text: str) -> None:
    """Check that a text can be stored: one with half of a surrogate pair, as in a file name, not.

    Raises:
        RecordError: it cannot.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise RecordError(tr(_NO_TEXT)) from error


def _is_full(engine: Engine) -> bool:
    """Return whether the disk with a record in a file has no room left."""
    try:
        return disk_usage(Path(engine.url.database or ".").parent).free < LEAST_ROOM
    except OSError:
        return False


def _reason(error: DBAPIError | PoolTimeoutError | UnicodeEncodeError, engine: Engine) -> str:
    """Return the sentence for an error of the database."""
    if isinstance(error, UnicodeEncodeError):  # half of a surrogate pair, as some file names have
        return tr(_NO_TEXT)
    if isinstance(error, PoolTimeoutError):  # all connections of this program are in use
        return tr(_BUSY)
    code = getattr(error.orig, "sqlite_errorcode", None)
    state = getattr(error.orig, "sqlstate", None)
    known = _BY_SQLITE.get(code & 0xFF) if code is not None else _BY_POSTGRESQL.get(state or "")
    if known:
        return tr(known)
    if code is not None and code & 0xFF == sqlite3.SQLITE_IOERR and _is_full(engine):
        return tr(_FULL)  # SQLite calls it an input or output error where it was to make a log
    detail = str(error.orig).strip().splitlines()[0]
    return tr("The store's record does not answer: {reason}").format(reason=detail)
