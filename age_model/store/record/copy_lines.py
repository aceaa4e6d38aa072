"""Adds receipts to PostgreSQL by COPY: a batch goes into tables of its own, and from there on."""

from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Connection, text

RECEIPT = ["day", "store", "till", "number"]
PRODUCT = ["name", "category", "is_alcohol"]

# By table: its columns. Receipts and products are numbered within the batch, and get the keys that
# the record has for them.
_STAGES = {
    "new_receipts": {
        "receipt": "integer",
        "day": "date",
        "store": "varchar",
        "till": "varchar",
        "number": "varchar",
        "time": "timestamp",
        "cashier": "varchar",
        "key": "integer",
    },
    "new_products": {
        "product": "integer",
        "name": "varchar",
        "category": "varchar",
        "is_alcohol": "boolean",
        "key": "integer",
    },
    "new_lines": {
        "receipt": "integer",
        "product": "integer",
        "quantity": "integer",
        "amount": "integer",
        "copy": "integer",
        "import_id": "integer",
    },
}
_RECEIPTS = """
INSERT INTO receipts (day, store, till, number, time, cashier)
SELECT day, store, till, number, time, cashier FROM new_receipts ORDER BY receipt
ON CONFLICT DO NOTHING
"""
_SAME_PRODUCT = "p.name = n.name AND p.category = n.category AND p.is_alcohol = n.is_alcohol"
_PRODUCTS = f"""
INSERT INTO products (name, category, is_alcohol)
SELECT name, category, is_alcohol FROM new_products AS n
WHERE NOT EXISTS (SELECT 1 FROM products AS p WHERE {_SAME_PRODUCT}) ORDER BY product
ON CONFLICT DO NOTHING
"""
_KEYS = (
    """
UPDATE new_receipts AS n SET key = r.id FROM receipts AS r
WHERE r.store = n.store AND r.till = n.till AND r.day = n.day AND r.number = n.number
""",
    f"UPDATE new_products AS n SET key = p.id FROM products AS p WHERE {_SAME_PRODUCT}",
)
_CASHIERS = (
    """
UPDATE receipts AS r SET cashier = n.cashier FROM new_receipts AS n
WHERE r.id = n.key AND r.cashier IS NULL AND r.time IS NOT NULL AND n.cashier IS NOT NULL
""",
    """
UPDATE visits AS v SET cashier = r.cashier FROM new_receipts AS n JOIN receipts AS r ON r.id = n.key
WHERE v.receipt_id = n.key AND v.cashier IS NULL
""",
)
# A line whose product has a new category or `is_alcohol`: the one that takes its place stays of
# the import that it came with.
_OUTDATED = """
WITH outdated AS (
    DELETE FROM receipt_lines AS l
    USING new_lines AS n, new_receipts AS r, new_products AS g, products AS p
    WHERE n.receipt = r.receipt AND n.product = g.product AND l.receipt_id = r.key
    AND l.quantity = n.quantity AND l.amount = n.amount AND l.copy = n.copy
    AND p.id = l.product_id AND p.name = g.name AND p.id <> g.key
    RETURNING n.receipt, n.product, n.quantity, n.amount, n.copy, l.import_id
)
UPDATE new_lines AS n SET import_id = o.import_id FROM outdated AS o
WHERE n.receipt = o.receipt AND n.product = o.product AND n.quantity = o.quantity
AND n.amount = o.amount AND n.copy = o.copy
"""
_LINES = """
INSERT INTO receipt_lines (receipt_id, product_id, quantity, amount, copy, import_id)
SELECT r.key, g.key, n.quantity, n.amount, n.copy, n.import_id
FROM new_lines AS n JOIN new_receipts AS r USING (receipt) JOIN new_products AS g USING (product)
ON CONFLICT DO NOTHING
"""


def copy_lines(connection: Connection, batch: pd.DataFrame) -> int:
    """Add a batch of receipts with their lines, as `add_receipts` says; return how many are new.

    Args:
        connection: of `writing`, to PostgreSQL.
        batch: one row a line: day, store, till, number, time, cashier, name, category, is_alcohol,
            quantity, amount, copy and import_id, as the tables have them.
    """
    lines = batch.assign(
        receipt=numbered(batch, RECEIPT), product=numbered(batch, PRODUCT), who=batch["cashier"]
    )
    receipts = lines.drop_duplicates("receipt").sort_values("receipt")
    served = lines.dropna(subset="who").drop_duplicates("receipt").set_index("receipt")["who"]
    receipts["cashier"] = receipts["receipt"].map(served)
    products = lines.drop_duplicates("product").sort_values("product")
    tables = {"new_receipts": receipts, "new_products": products, "new_lines": lines}
    for name, rows in tables.items():
        columns = ", ".join(f"{column} {kind}" for column, kind in _STAGES[name].items())
        connection.execute(
            text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({columns}) ON COMMIT DELETE ROWS")
        )
        copy_rows(connection, name, rows[[name for name in _STAGES[name] if name != "key"]])
        connection.execute(text(f"ANALYZE {name}"))
    fresh = connection.execute(text(_RECEIPTS)).rowcount
    for statement in (_PRODUCTS, *_KEYS):
        connection.execute(text(statement))
    replaced = 0
    if fresh < len(receipts):  # some were there before
        for statement in _CASHIERS:
            connection.execute(text(statement))
        replaced = connection.execute(text(_OUTDATED)).rowcount
    return connection.execute(text(_LINES)).rowcount - replaced


def copy_rows(connection: Connection, table: str, rows: pd.DataFrame) -> None:
    """Copy rows into a table with these columns."""
    content = BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False)
    pyarrow.csv.write_csv(pa.Table.from_pandas(rows, preserve_index=False), content, options)
    driver: Any = connection.connection.cursor()
    columns = ", ".join(rows.columns)
    with driver.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy:
        copy.write(content.getbuffer())


def numbered(table: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Number the different values of some columns in their order, from 0, int, shape (rows,)."""
    number = np.zeros(len(table), dtype=np.int64)
    for key in keys:
        codes, names = pd.factorize(table[key], sort=True)
        _, number = np.unique(number * len(names) + codes, return_inverse=True)
    return number
