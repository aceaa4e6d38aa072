"""That every line has a receipt and a product: PostgreSQL checks it a statement at a time.

A foreign key looks for them line by line, which takes longer than all the rest of an import. These
triggers keep the same promise: what lines refer to is found and locked against deletion in one
step, and what has lines is not deleted. Keys of receipts and products are never changed.

Nobody else sees receipts of the same transaction, which need no lock; in an import, they are
nearly all. A server that plans by its own estimates would read all receipts there are to find
those of one statement.
"""

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
