"""Migrates the tables of an older record to the current version, step by step."""

from collections.abc import Callable

from sqlalchemy import Connection, func, insert, inspect, select, update

from age_model.store.record.schema import METADATA, SCHEMA_VERSION, VERSION
from age_model.store.record.version_2 import to_version_2
from age_model.store.record.version_3 import to_version_3
from age_model.store.record.version_4 import to_version_4
from age_model.store.record.version_5 import to_version_5

# By starting version: a step that alters the tables to those of the next version. It does not use
# METADATA, which is always the current version.
STEPS: dict[int, Callable[[Connection], None]] = {
    1: to_version_2,
    2: to_version_3,
    3: to_version_4,
    4: to_version_5,
}

_LOCK = 5118_2026  # identifies this program in a shared PostgreSQL database


class NewerRecordError(Exception):
    """The tables are of a newer version than this program."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


def is_current(connection: Connection) -> bool:
    """Return whether there is nothing to do.

    Raises:
        NewerRecordError: nothing can be done.
    """
    version = _version(connection)
    if version is not None and version > VERSION:
        raise NewerRecordError(version)
    return version == VERSION


def bring_up_to_date(connection: Connection) -> None:
    """Create the tables, or migrate those of an older version.

    Everything happens in the connection's transaction: if a step fails, nothing was done.

    Raises:
        NewerRecordError: nothing can be done.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if is_current(connection):  # another process was first
        return
    version = _version(connection)
    if version is None:
        METADATA.create_all(connection)
        connection.execute(insert(SCHEMA_VERSION).values(version=VERSION))
        return
    for start in range(version, VERSION):
        STEPS[start](connection)
    connection.execute(update(SCHEMA_VERSION).values(version=VERSION))


def _version(connection: Connection) -> int | None:
    if not inspect(connection).has_table(SCHEMA_VERSION.name):
        return None
    return connection.scalar(select(SCHEMA_VERSION.c.version))
