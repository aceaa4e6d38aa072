"""Version 7 of the tables: on a server, the lines of receipts are checked a statement at a time.

Foreign keys look for the receipt and the product of every line by itself, which took longer than
all the rest of an import. Triggers do the same for all lines of a statement at once. An index of a
few pages finds the lines and visits of an import.

It stays as it is when the tables change further.
"""

from alembic import op

revision = "7"
down_revision = "6"

_REFER = """
CREATE OR REPLACE FUNCTION receipt_lines_refer() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM 1 FROM receipts AS r WHERE r.id IN (SELECT receipt_id FROM new_rows)
        AND r.xmin <> CAST(pg_current_xact_id() AS xid) FOR KEY SHARE;
    PERFORM 1 FROM products AS p WHERE p.id IN (SELECT product_id FROM new_rows) FOR KEY SHARE;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT receipt_id AS id FROM new_rows) AS n
        WHERE NOT EXISTS (SELECT 1 FROM receipts AS r WHERE r.id = n.id)
    ) OR EXISTS (
        SELECT 1 FROM (SELECT DISTINCT product_id AS id FROM new_rows) AS n
        WHERE NOT EXISTS (SELECT 1 FROM products AS p WHERE p.id = n.id)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a line has no receipt or no product';
    END IF;
    RETURN NULL;
END $$
"""
_REMAIN = """
CREATE OR REPLACE FUNCTION {table}_remain() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF EXISTS (SELECT 1 FROM old_rows AS o JOIN receipt_lines AS l ON l.{key} = o.id) THEN
        RAISE foreign_key_violation USING MESSAGE = 'there are lines of it';
    END IF;
    RETURN NULL;
END $$
"""
_KEYS = {"receipts": "receipt_id", "products": "product_id"}
_STATEMENTS = (
    "ALTER TABLE receipt_lines DROP CONSTRAINT receipt_lines_receipt_id_fkey",
    "ALTER TABLE receipt_lines DROP CONSTRAINT receipt_lines_product_id_fkey",
    _REFER,
    *(
        f"CREATE TRIGGER receipt_lines_refer_{event} AFTER {event} ON receipt_lines "
        "REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT "
        "EXECUTE FUNCTION receipt_lines_refer()"
        for event in ("insert", "update")
    ),
    *(_REMAIN.format(table=table, key=key) for table, key in _KEYS.items()),
    *(
        f"CREATE TRIGGER {table}_remain AFTER DELETE ON {table} "
        "REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT "
        f"EXECUTE FUNCTION {table}_remain()"
        for table in _KEYS
    ),
    "CREATE INDEX receipt_lines_by_import ON receipt_lines USING brin (import_id) "
    "WITH (autosummarize = on)",
    "CREATE INDEX visits_by_import ON visits USING brin (import_id) WITH (autosummarize = on)",
)


def upgrade() -> None:
    """Alter the tables of version 6 to those of version 7."""
    if op.get_context().dialect.name == "postgresql":
        for statement in _STATEMENTS:
            op.execute(statement)
