"""What the record holds, counted without reading it: for pages that have no visits to show."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from sqlalchemy import Column, Connection, Engine, Select, func, select

from age_model.access.visitor import Scope
from age_model.store.record.database import reading
from age_model.store.record.in_scope import in_scope
from age_model.store.record.schema import (
    LINES,
    MONEY_PARTS,
    PRODUCTS,
    QUANTITY_PARTS,
    RECEIPTS,
    VISITS,
)


@dataclass(frozen=True)
class ReceiptTotals:
    """The receipts of the stores in scope.

    Attributes:
        receipts: how many.
        first: day of the first one.
        last: day of the last one.
        by_category: one row a category, those with the largest sums first: category, lines (how
            many), amount (sum, in the store's currency).
    """

    receipts: int
    first: date
    last: date
    by_category: pd.DataFrame


def receipt_totals(engine: Engine, scope: Scope) -> ReceiptTotals | None:
    """Return the totals of all receipts with lines, or None if there are none.

    Args:
        engine: of `open_record`.
        scope: what may be read.

    Raises:
        RecordError: the record cannot be read.
    """
    wanted = in_scope(RECEIPTS, scope)
    issued = select(
        func.count(RECEIPTS.c.id.distinct()), func.min(RECEIPTS.c.day), func.max(RECEIPTS.c.day)
    )
    with reading(engine) as connection:
        count, first, last = connection.execute(
            issued.select_from(LINES.join(RECEIPTS)).where(wanted)
        ).one()
        sold = _read(connection, _sold(PRODUCTS.c.category, scope), "category")
    if not count:
        return None
    # Of a category, quantities do not add up: some goods are weighed, others are counted.
    return ReceiptTotals(count, first, last, sold.drop(columns="quantity"))


def products_sold(engine: Engine, scope: Scope, most: int) -> pd.DataFrame:
    """Return the products with the largest sums on all receipts, the largest first.

    Args:
        engine: of `open_record`.
        scope: what may be read.
        most: rows at most.

    Returns:
        product, lines (how many), quantity, amount (sum, in the store's currency).

    Raises:
        RecordError: the record cannot be read.
    """
    with reading(engine) as connection:
        return _read(connection, _sold(PRODUCTS.c.name, scope).limit(most), "product")


def _sold(of: Column[str], scope: Scope) -> Select[str, int, Any, Any]:
    amount = func.sum(LINES.c.amount)
    return (
        select(of, func.count(), func.sum(LINES.c.quantity), amount)
        .select_from(LINES.join(RECEIPTS).join(PRODUCTS))
        .where(in_scope(RECEIPTS, scope))
        .group_by(of)
        .order_by(amount.desc(), of)
    )


def _read(connection: Connection, sold: Select[str, int, Any, Any], name: str) -> pd.DataFrame:
    rows = [tuple(row) for row in connection.execute(sold)]
    table = pd.DataFrame(rows, columns=[name, "lines", "quantity", "amount"])
    table["quantity"] = table["quantity"].astype(float) / QUANTITY_PARTS
    table["amount"] = table["amount"].astype(float) / MONEY_PARTS
    return table


def count_visits(engine: Engine, scope: Scope) -> int:
    """Return how many visits in scope have an estimated age.

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(func.count()).where(VISITS.c.distribution.is_not(None), in_scope(VISITS, scope))
    with reading(engine) as connection:
        return connection.scalar(query) or 0
