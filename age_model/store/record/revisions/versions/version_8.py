"""Version 8 of the tables: on a server, triggers look up the rows of a statement by their keys.

Those that check lines, and note the months that change, read all receipts of the record for each
statement, which took longer than all the rest of an import.

It stays as it is when the tables change further.
"""

from alembic import op
from sqlalchemy import inspect

revision = "8"
down_revision = "7"

_REFER = """
CREATE OR REPLACE FUNCTION receipt_lines_refer() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off AS $$
DECLARE
    mine CONSTANT xid := CAST(pg_current_xact_id() AS xid);
    keys integer[] := ARRAY(SELECT DISTINCT receipt_id FROM new_rows);
    missing bigint := cardinality(keys);
BEGIN
    missing := missing - (SELECT count(*) FROM receipts WHERE id = ANY (keys) AND xmin = mine);
    IF missing > 0 THEN
        missing := missing - (SELECT count(*) FROM (
            SELECT FROM receipts WHERE id = ANY (keys) AND xmin <> mine FOR KEY SHARE
        ) AS locked);
    END IF;
    IF missing = 0 THEN
        keys := ARRAY(SELECT DISTINCT product_id FROM new_rows);
        missing := cardinality(keys) - (SELECT count(*) FROM (
            SELECT FROM products WHERE id = ANY (keys) FOR KEY SHARE
        ) AS locked);
    END IF;
    IF missing <> 0 THEN
        RAISE foreign_key_violation USING MESSAGE = 'a line has no receipt or no product';
    END IF;
    RETURN NULL;
END $$
"""

_LINES = "SELECT store, day AS moment FROM receipts WHERE id = ANY ({keys})"
_CHECKS = "SELECT store, time AS moment FROM visits WHERE id = ANY ({keys})"
_SOURCES = {
    "visits": "SELECT store, time AS moment FROM {side}_rows",
    "receipts": "SELECT store, day AS moment FROM {side}_rows",
    "receipt_lines": _LINES.format(keys="ARRAY(SELECT DISTINCT receipt_id FROM {side}_rows)"),
    "id_checks": _CHECKS.format(keys="ARRAY(SELECT DISTINCT visit_id FROM {side}_rows)"),
}
_EVENTS = {"insert": ("new",), "update": ("new", "old"), "delete": ("old",)}
_NOTE = (
    "INSERT INTO changed_months (store, month) SELECT store, to_char(month, 'YYYY-MM') FROM ("
    "SELECT DISTINCT store, date_trunc('month', moment) AS month FROM ({source}) AS s) AS m;"
)


def _noted(table: str, event: str) -> str:
    notes = " ".join(
        _NOTE.format(source=_SOURCES[table].format(side=side)) for side in _EVENTS[event]
    )
    return (
        f"CREATE OR REPLACE FUNCTION {table}_{event}_noted() RETURNS trigger LANGUAGE plpgsql "
        f"SET enable_seqscan = off AS $$ BEGIN {notes} RETURN NULL; END $$"
    )


def upgrade() -> None:
    """Alter the tables of version 7 to those of version 8."""
    if op.get_context().dialect.name != "postgresql":
        return
    op.execute(_REFER)
    if inspect(op.get_bind()).has_table("changed_months"):  # the record is exported
        for table in _SOURCES:
            for event in _EVENTS:
                op.execute(_noted(table, event))
