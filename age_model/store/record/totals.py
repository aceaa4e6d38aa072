"""What the record holds, counted without reading it: for pages that have no visits to show."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
from sqlalchemy import Engine, func, select

from age_model.access.visitor import Scope
from age_model.store.record.database import reading
from age_model.store.record.in_scope import in_scope
from age_model.store.record.schema import LINES, MONEY_PARTS, PRODUCTS, RECEIPTS, VISITS


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
    amount = func.sum(LINES.c.amount)
    sold = (
        select(PRODUCTS.c.category, func.count(), amount)
        .select_from(LINES.join(RECEIPTS).join(PRODUCTS))
        .group_by(PRODUCTS.c.category)
        .order_by(amount.desc(), PRODUCTS.c.category)
    )
    with reading(engine) as connection:
        count, first, last = connection.execute(
            issued.select_from(LINES.join(RECEIPTS)).where(wanted)
        ).one()
        rows = connection.execute(sold.where(wanted)).all()
    if not count:
        return None
    table = pd.DataFrame([tuple(row) for row in rows], columns=["category", "lines", "amount"])
    table["amount"] = table["amount"].astype(float) / MONEY_PARTS
    return ReceiptTotals(count, first, last, table)


def count_visits(engine: Engine, scope: Scope) -> int:
    """Return how many visits in scope have an estimated age.

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(func.count()).where(VISITS.c.distribution.is_not(None), in_scope(VISITS, scope))
    with reading(engine) as connection:
        return connection.scalar(query) or 0
