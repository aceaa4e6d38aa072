"""Restricted goods that were sold outside their hours, found on receipts."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Engine, select

from age_model.access.visitor import Scope
from age_model.store.record.database import reading
from age_model.store.record.restricted_goods import Restricted, read_goods
from age_model.store.record.schema import LINES, PRODUCTS, RECEIPTS


class OutsideHours(NamedTuple):
    """Goods that a store sold outside their hours.

    Attributes:
        store: where.
        goods: what.
        outside: how many receipts with them are of other hours.
        receipts: how many there are with them and a time. Old receipts have lost theirs.
    """

    store: str
    goods: str
    outside: int
    receipts: int


def sold_outside_hours(engine: Engine, scope: Scope, first: date, last: date) -> list[OutsideHours]:
    """Return the goods that were sold outside their hours, by store.

    Args:
        engine: of `open_record`.
        scope: what may be read.
        first: day.
        last: day; both count.

    Raises:
        RecordError: the record cannot be read.
    """
    found = []
    for store, goods in read_goods(engine, scope).items():
        for one in goods:
            if one.sold_from is not None:
                counted = _count(engine, store, one, first, last)
                found += [counted] if counted.outside else []
    return found


def _count(engine: Engine, store: str, goods: Restricted, first: date, last: date) -> OutsideHours:
    query = (
        select(RECEIPTS.c.id, RECEIPTS.c.time)
        .select_from(LINES.join(RECEIPTS).join(PRODUCTS))
        .where(
            RECEIPTS.c.store == store,
            RECEIPTS.c.day >= first,
            RECEIPTS.c.day <= last,
            RECEIPTS.c.time.is_not(None),
            PRODUCTS.c.category.in_(goods.categories),
            LINES.c.amount > 0,  # what came back was not sold
        )
        .distinct()
    )
    with reading(engine) as connection:
        times = [row.time.time() for row in connection.execute(query)]
    outside = sum(not goods.may_be_sold_at(moment) for moment in times)
    return OutsideHours(store, goods.goods, outside, len(times))
