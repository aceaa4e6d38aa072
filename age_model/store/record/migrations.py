"""Brings the tables of the record to the current version, by the revisions of Alembic.

The newest revision has the name of `VERSION`. Up to version 5, a table `schema_version` told which
one a record has; programs of that time still look there, and leave alone what is newer.
"""

from pathlib import Path

from sqlalchemy import Connection, func, insert, inspect, select

from age_model.store.record.schema import ALEMBIC_VERSION, METADATA, SCHEMA_VERSION, VERSION

REVISIONS = Path(__file__).parent / "revisions"
VERSIONS = REVISIONS / "versions"  # one file each

_LOCK = 5118_2026  # identifies this program in a shared PostgreSQL database
_FOR_OLD_PROGRAMS = 6  # a version that none of those before Alembic knows


class NewerRecordError(Exception):
    """The tables are of a newer version than this program."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version


def is_current(connection: Connection) -> bool:
    """Return whether there is nothing to do.

    Raises:
        NewerRecordError: nothing can be done.
    """
    return _version(connection) == VERSION


def bring_up_to_date(connection: Connection) -> None:
    """Create the tables, or migrate those of an older version.

    Everything happens in the connection's transaction: if a revision fails, nothing was done.

    Raises:
        NewerRecordError: nothing can be done.
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    version = _version(connection)
    if version == VERSION:  # another process was first
        return
    if version is None:
        METADATA.create_all(connection)
        connection.execute(insert(SCHEMA_VERSION).values(version=_FOR_OLD_PROGRAMS))
        connection.execute(insert(ALEMBIC_VERSION).values(version_num=str(VERSION)))
        return
    if not inspect(connection).has_table(ALEMBIC_VERSION.name):
        ALEMBIC_VERSION.create(connection)
        connection.execute(insert(ALEMBIC_VERSION).values(version_num=str(version)))
    upgrade(connection, VERSION)


def upgrade(connection: Connection, version: int) -> None:
    """Run the revisions up to a version in the connection's transaction."""
    from alembic import command  # takes as long as opening a record; only old ones need it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(REVISIONS))
    config.set_main_option("version_locations", str(VERSIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, str(version))


def _version(connection: Connection) -> int | None:
    """Return the version of the tables; None where there are none."""
    inspector = inspect(connection)
    if inspector.has_table(ALEMBIC_VERSION.name):
        name = connection.scalars(select(ALEMBIC_VERSION.c.version_num)).one()
    elif inspector.has_table(SCHEMA_VERSION.name):
        name = str(connection.scalar(select(SCHEMA_VERSION.c.version)))
    else:
        return None
    if not name.isdecimal() or int(name) > VERSION:
        raise NewerRecordError(name)
    return int(name)
