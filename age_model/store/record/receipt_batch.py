"""Adds a batch of receipts with their lines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text

from age_model.store.record.batches import Pace, numbered, slices
from age_model.store.record.staging import analyze, insert, stage

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
_LINE = ("receipt_id", "product_id", "quantity", "amount", "copy")
_NEW_LINES = (*_LINE, "import_id")
_SAME_RECEIPT = "r.store = n.store AND r.till = n.till AND r.day = n.day AND r.number = n.number"
_SAME_PRODUCT = "p.name = n.name AND p.category = n.category AND p.is_alcohol = n.is_alcohol"
_ADD_RECEIPTS = """
INSERT INTO receipts (day, store, till, number, time, cashier)
SELECT day, store, till, number, time, cashier FROM new_receipts WHERE true ORDER BY receipt
ON CONFLICT (store, till, day, number) DO NOTHING RETURNING id
"""
_RECEIPTS = f"""
SELECT r.id FROM new_receipts AS n JOIN receipts AS r ON {_SAME_RECEIPT} ORDER BY n.receipt
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
# Lines whose product has a new category or `is_alcohol`: those that take their place stay of the
# import that they came with.
_OUTDATED = """
l.receipt_id = n.receipt_id AND l.quantity = n.quantity AND l.amount = n.amount
AND l.copy = n.copy AND g.id = n.product_id AND p.id = l.product_id AND p.name = g.name
AND p.id <> g.id
"""
_KEEP_IMPORT = f"""
UPDATE new_lines AS n SET import_id = l.import_id
FROM receipt_lines AS l, products AS g, products AS p WHERE {_OUTDATED}
"""
_REMOVE_OUTDATED = f"""
DELETE FROM receipt_lines WHERE ({", ".join(_LINE)}) IN (
    SELECT {", ".join(f"l.{name}" for name in _LINE)}
    FROM new_lines AS n, receipt_lines AS l, products AS g, products AS p WHERE {_OUTDATED}
)
"""
_ADD_LINES = f"""
INSERT INTO receipt_lines ({", ".join(_NEW_LINES)})
SELECT {", ".join(_NEW_LINES)} FROM new_lines WHERE true ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class ReceiptBatch:
    """Receipts with all of their lines, ready to be added.

    Attributes:
        receipts: one row a receipt, in the order of its number: the columns of `new_receipts`.
        lines: one row a line, in the same order: `receipt` and `product`, their numbers, and the
            columns of `receipt_lines` but the keys of these.
        products: one row a product, in the order of its number: the columns of `new_products`.
    """

    receipts: pd.DataFrame
    lines: pd.DataFrame
    products: pd.DataFrame

    @classmethod
    def of(cls, lines: pd.DataFrame) -> "ReceiptBatch":
        """Return the batch of some lines.

        Args:
            lines: with the columns of `RECEIPT` and `PRODUCT`, time, cashier, quantity, amount,
                and import_id.
        """
        names = ["receipt", "product", *_NEW_LINES[2:]]
        lines = lines.assign(receipt=numbered(lines, RECEIPT), product=numbered(lines, PRODUCT))
        lines["copy"] = _copies(lines)
        products = lines[list(_NEW_PRODUCTS)].drop_duplicates("product").sort_values("product")
        in_order = lines[names].sort_values("receipt", kind="stable")
        return cls(distinct_receipts(lines), in_order, products)

    def with_products(self, connection: Connection) -> "ReceiptBatch":
        """Add products that are new; return the batch with `product_id`, the key of each line's.

        Until the transaction ends, whoever adds a product of the same name waits for it.

        Args:
            connection: of `writing`.
        """
        stage(connection, "new_products", _NEW_PRODUCTS, self.products)
        analyze(connection, "new_products")
        connection.execute(text(_ADD_PRODUCTS))
        keys = np.array(connection.scalars(text(_PRODUCTS)).all(), dtype=np.int64)
        product = keys[self.lines["product"].to_numpy()]
        return replace(self, lines=self.lines.assign(product_id=product))

    def parts(self, pace: Pace) -> Iterator["ReceiptBatch"]:
        """Yield `pace.size` receipts at a time.

        All writers use one order, which prevents deadlocks.
        """
        number = self.lines["receipt"].to_numpy()
        for some in slices(number, pace):
            first, last = number[some][[0, -1]]
            receipts = self.receipts[first : last + 1]
            yield replace(self, receipts=receipts, lines=self.lines[some])

    def __len__(self) -> int:
        """Return the number of receipts."""
        return len(self.receipts)

    def add(self, connection: Connection) -> int:
        """Add them as `add_receipts` says, after `with_products`; return how many lines are new.

        Args:
            connection: of `writing`.
        """
        keys, is_new = stage_receipts(connection, self.receipts)
        number = self.lines["receipt"].to_numpy()
        place = number - number[0]
        lines = self.lines.assign(receipt_id=keys[place])[list(_NEW_LINES)]
        fresh = is_new[place]
        insert(connection, "receipt_lines", lines[fresh])  # which are most
        if fresh.all():
            return len(lines)
        give_cashiers(connection)
        stage(connection, "new_lines", dict.fromkeys(_NEW_LINES, "integer"), lines[~fresh])
        analyze(connection, "new_lines")
        connection.execute(text(_KEEP_IMPORT))
        replaced = connection.execute(text(_REMOVE_OUTDATED)).rowcount
        added = connection.execute(text(_ADD_LINES)).rowcount
        return int(fresh.sum()) + added - replaced


def _copies(lines: pd.DataFrame) -> pd.Series:
    """Number equal lines of a receipt from 0."""
    same = lines[["receipt", "quantity", "amount"]].assign(name=pd.factorize(lines["name"])[0])
    return same.groupby(list(same.columns), sort=False).cumcount()


def distinct_receipts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the receipts of some rows, each with the first cashier that is known."""
    receipts = rows.drop_duplicates("receipt").sort_values("receipt")
    served = rows.dropna(subset="cashier").drop_duplicates("receipt").set_index("receipt")
    receipts["cashier"] = receipts["receipt"].map(served["cashier"])
    return receipts[list(_NEW_RECEIPTS)]


def stage_receipts(connection: Connection, receipts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Add receipts that are new; all of them stay staged for `give_cashiers`.

    Returns:
        The key of each, int64, and which are new, bool.
    """
    stage(connection, "new_receipts", _NEW_RECEIPTS, receipts)
    added = np.sort(np.array(connection.scalars(text(_ADD_RECEIPTS)).all(), dtype=np.int64))
    if len(added) == len(receipts):  # keys ascend in the order in which rows are added
        return added, np.ones(len(added), dtype=bool)
    analyze(connection, "new_receipts")
    keys = np.array(connection.scalars(text(_RECEIPTS)).all(), dtype=np.int64)
    return keys, np.isin(keys, added)


def give_cashiers(connection: Connection) -> None:
    """Fill in missing cashiers of the staged receipts, and those of their visits.

    Old receipts, whose time and cashier were deleted, stay without.
    """
    for statement in _CASHIERS:
        connection.execute(text(statement))
