"""That every line has a receipt and a product: PostgreSQL checks it a statement at a time.

A foreign key looks for them line by line, which takes longer than all the rest of an import. These
triggers keep the same promise: what lines refer to is locked against deletion before it is looked
for, and what has lines is not deleted. Keys of receipts and products are never changed.
"""

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
STATEMENTS = (
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
)
