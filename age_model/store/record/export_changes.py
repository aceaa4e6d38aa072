"""Which months of which stores have changed since they were exported: kept by the database itself.

A table and triggers, made when a record is first exported; whoever writes, none of its changes is
missed. On a server rows are only added, so that nobody waits for another's.
"""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, inspect, text

_TABLE = "changed_months"
_EVENTS = {"INSERT": ("new",), "UPDATE": ("new", "old"), "DELETE": ("old",)}


class _Noted(NamedTuple):
    """How the month of a changed row is found.

    Attributes:
        time: the column that has its time.
        table: the table that has store and time, if it is another one.
        key: the column that leads there.
    """

    time: str
    table: str = ""
    key: str = ""

    def moments(self, rows: str, keys: str) -> str:
        """Return the query of `store` and `moment` of changed rows.

        Args:
            rows: a source of these.
            keys: a condition on the id of the other table's rows, with a place for `key`.
        """
        where = f"{self.table} WHERE id {keys.format(key=self.key)}" if self.table else rows
        return f"SELECT store, {self.time} AS moment FROM {where}"


_NOTED = {
    "visits": _Noted("time"),
    "receipts": _Noted("day"),
    "receipt_lines": _Noted("day", "receipts", "receipt_id"),
    "id_checks": _Noted("time", "visits", "visit_id"),
}


class Month(NamedTuple):
    """A month of a store: `month` as 2026-06."""

    store: str
    month: str


def is_watched(connection: Connection) -> bool:
    """Return whether changes are noted."""
    return inspect(connection).has_table(_TABLE)


def watch(connection: Connection) -> None:
    """Begin to note changes; every month there is counts as changed.

    Args:
        connection: of `writing`.
    """
    if is_watched(connection):
        return
    server = connection.dialect.name == "postgresql"
    key = "BIGSERIAL" if server else "INTEGER"
    connection.execute(
        text(f"CREATE TABLE {_TABLE} (id {key} PRIMARY KEY, store VARCHAR, month VARCHAR)")
    )
    for statement in _server_triggers() if server else _file_triggers():
        connection.exec_driver_sql(statement)
    for table, time in (("visits", "time"), ("receipts", "day")):
        month = _month(f"{table}.{time}", server)
        connection.execute(
            text(f"INSERT INTO {_TABLE} (store, month) SELECT DISTINCT store, {month} FROM {table}")
        )


def changed(connection: Connection) -> dict[Month, list[int]]:
    """Return what has changed, with the keys of the notes."""
    found: dict[Month, list[int]] = {}
    for key, *place in connection.execute(text(f"SELECT id, store, month FROM {_TABLE}")):
        found.setdefault(Month(*place), []).append(key)
    return found


def forget_notes(connection: Connection, keys: Collection[int]) -> None:
    """Forget some notes: what they tell of was exported.

    Args:
        connection: of `writing`.
        keys: of `changed`.
    """
    delete = text(f"DELETE FROM {_TABLE} WHERE id = :key")
    if keys:
        connection.execute(delete, [{"key": key} for key in keys])


def _month(time: str, server: bool) -> str:
    return f"to_char({time}, 'YYYY-MM')" if server else f"substr({time}, 1, 7)"


def _file_triggers() -> list[str]:
    """Return the triggers of a SQLite file: a month is noted once."""
    statements = []
    for table, noted in _NOTED.items():
        for event, sides in _EVENTS.items():
            notes = []
            for side in sides:
                row = f"(SELECT {side}.store AS store, {side}.{noted.time} AS {noted.time})"
                source = noted.moments(row, f"= {side}.{{key}}")
                month = _month("n.moment", False)
                notes.append(
                    f"INSERT INTO {_TABLE} (store, month) SELECT store, {month} "
                    f"FROM ({source}) AS n WHERE NOT EXISTS (SELECT 1 FROM {_TABLE} AS c "
                    f"WHERE c.store = n.store AND c.month = {month});"
                )
            statements.append(
                f"CREATE TRIGGER {table}_{event.lower()}_noted AFTER {event} ON {table} "
                f"BEGIN {' '.join(notes)} END"
            )
    return statements


def _server_triggers() -> list[str]:
    """Return the triggers of PostgreSQL: one note a statement and month."""
    statements = []
    for table, noted in _NOTED.items():
        for event, sides in _EVENTS.items():
            name = f"{table}_{event.lower()}_noted"
            notes = " ".join(_server_note(noted, side) for side in sides)
            tables = " ".join(f"{side.upper()} TABLE AS {side}_rows" for side in sides)
            statements += [
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
                f"SET enable_seqscan = off AS $$ BEGIN {notes} RETURN NULL; END $$",
                f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {tables} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
            ]
    return statements


def _server_note(noted: _Noted, side: str) -> str:
    """Return the statement that notes the months of changed rows.

    Receipts and visits are looked up by their keys, and few months are written as texts.
    """
    keys = f"= ANY (ARRAY(SELECT DISTINCT {{key}} FROM {side}_rows))"
    source = noted.moments(f"{side}_rows", keys)
    months = f"SELECT DISTINCT store, date_trunc('month', moment) AS month FROM ({source}) AS s"
    return (
        f"INSERT INTO {_TABLE} (store, month) "
        f"SELECT store, to_char(month, 'YYYY-MM') FROM ({months}) AS m;"
    )
