"""Adds receipts to PostgreSQL by COPY.

Products and receipts go into tables of their own, and from there on; the lines of new receipts,
which are most, straight into theirs.
"""

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from age_model.store.record.batches import numbered
from age_model.store.record.copying import copy_in, stage

RECEIPT = ["day", "store", "till", "number"]
PRODUCT = ["name", "category", "is_alcohol"]

_NEW_RECEIPTS = {
    "receipt": "integer",
    "day": "date",
    "store": "varchar",
    "till": "varchar",
    "number": "varchar",
    "time": "timestamp",
    "cashier": "varchar",
}
_NEW_PRODUCTS = {
    "product": "integer",
    "name": "varchar",
    "category": "varchar",
    "is_alcohol": "boolean",
}
_NEW_LINES = dict.fromkeys(
    ("receipt_id", "product_id", "quantity", "amount", "copy", "import_id"), "integer"
)
_SAME_RECEIPT = "r.store = n.store AND r.till = n.till AND r.day = n.day AND r.number = n.number"
_SAME_PRODUCT = "p.name = n.name AND p.category = n.category AND p.is_alcohol = n.is_alcohol"
_ADD_RECEIPTS = """
INSERT INTO receipts (day, store, till, number, time, cashier)
SELECT day, store, till, number, time, cashier FROM new_receipts ORDER BY receipt
ON CONFLICT DO NOTHING
"""
_RECEIPTS = f"""
SELECT r.id, r.xmin = pg_current_xact_id()::xid FROM new_receipts AS n
JOIN receipts AS r ON {_SAME_RECEIPT} ORDER BY n.receipt
"""
_ADD_PRODUCTS = f"""
INSERT INTO products (name, category, is_alcohol)
SELECT name, category, is_alcohol FROM new_products AS n
WHERE NOT EXISTS (SELECT 1 FROM products AS p WHERE {_SAME_PRODUCT}) ORDER BY product
ON CONFLICT DO NOTHING
"""
_PRODUCTS = f"""
SELECT p.id FROM new_products AS n JOIN products AS p ON {_SAME_PRODUCT} ORDER BY n.product
"""
_CASHIERS = (
    f"""
UPDATE receipts AS r SET cashier = n.cashier FROM new_receipts AS n
WHERE {_SAME_RECEIPT} AND r.cashier IS NULL AND r.time IS NOT NULL AND n.cashier IS NOT NULL
""",
    f"""
UPDATE visits AS v SET cashier = r.cashier
FROM new_receipts AS n JOIN receipts AS r ON {_SAME_RECEIPT}
WHERE v.receipt_id = r.id AND v.cashier IS NULL
""",
)
# A line whose product has a new category or `is_alcohol`: the one that takes its place stays of
# the import that it came with.
_OUTDATED = """
WITH outdated AS (
    DELETE FROM receipt_lines AS l USING new_lines AS n, products AS g, products AS p
    WHERE l.receipt_id = n.receipt_id AND l.quantity = n.quantity AND l.amount = n.amount
    AND l.copy = n.copy AND g.id = n.product_id AND p.id = l.product_id AND p.name = g.name
    AND p.id <> g.id
    RETURNING n.receipt_id, n.product_id, n.quantity, n.amount, n.copy, l.import_id
)
UPDATE new_lines AS n SET import_id = o.import_id FROM outdated AS o
WHERE n.receipt_id = o.receipt_id AND n.product_id = o.product_id AND n.quantity = o.quantity
AND n.amount = o.amount AND n.copy = o.copy
"""
_ADD_LINES = f"""
INSERT INTO receipt_lines ({", ".join(_NEW_LINES)})
SELECT {", ".join(_NEW_LINES)} FROM new_lines ON CONFLICT DO NOTHING
"""


def copy_lines(connection: Connection, batch: pd.DataFrame) -> int:
    """Add a batch of receipts with their lines, as `add_receipts` says; return how many are new.

    Args:
        connection: of `writing`, to PostgreSQL.
        batch: one row a line: receipt (the number that stands for day, store, till and number),
            these themselves, time, cashier, product_id, quantity, amount, copy and import_id, as
            the tables have them.
    """
    receipts, is_new = add_staged_receipts(connection, batch)
    lines = batch.assign(receipt_id=receipts.loc[batch["receipt"]].to_numpy())[list(_NEW_LINES)]
    lines = lines.sort_values(["receipt_id", "product_id"])
    fresh = np.isin(lines["receipt_id"], receipts[is_new])
    copy_in(connection, "receipt_lines", lines[fresh])
    if fresh.all():
        return len(lines)
    give_cashiers(connection)
    stage(connection, "new_lines", _NEW_LINES, lines[~fresh])
    replaced = connection.execute(text(_OUTDATED)).rowcount
    return int(fresh.sum()) + connection.execute(text(_ADD_LINES)).rowcount - replaced


def add_staged_receipts(connection: Connection, rows: pd.DataFrame) -> tuple[pd.Series, np.ndarray]:
    """Add those receipts of some rows that are new; all of them stay staged as `new_receipts`.

    Returns:
        The keys of the receipts, int64 by their number, and which of them are new, bool.
    """
    receipts = rows.drop_duplicates("receipt").sort_values("receipt")
    served = rows.dropna(subset="cashier").drop_duplicates("receipt").set_index("receipt")
    receipts["cashier"] = receipts["receipt"].map(served["cashier"])
    stage(connection, "new_receipts", _NEW_RECEIPTS, receipts)
    connection.execute(text(_ADD_RECEIPTS))
    keys, is_new = zip(*connection.execute(text(_RECEIPTS)), strict=True)
    return pd.Series(keys, receipts["receipt"]), np.array(is_new, dtype=bool)


def give_cashiers(connection: Connection) -> None:
    """Fill in missing cashiers of the staged receipts, and those of their visits."""
    for statement in _CASHIERS:
        connection.execute(text(statement))


def copy_products(connection: Connection, lines: pd.DataFrame) -> np.ndarray:
    """Add the products of some lines that are new; return the key of each line's, int64.

    Until the transaction ends, whoever adds a product of the same name waits for it.

    Args:
        connection: of `writing`, to PostgreSQL.
        lines: name, category, is_alcohol.
    """
    number = numbered(lines, PRODUCT)
    products = lines[PRODUCT].assign(product=number).drop_duplicates("product")
    stage(connection, "new_products", _NEW_PRODUCTS, products.sort_values("product"))
    connection.execute(text(_ADD_PRODUCTS))
    return np.array(connection.scalars(text(_PRODUCTS)).all(), dtype=np.int64)[number]
