"""Restricted goods that were sold outside their hours, found on receipts."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Engine, and_, or_, select

from age_model.access.visitor import Scope
from age_model.store.goods_words import is_alcohol
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
                counted = _count(engine, store, one, goods, first, last)
                found += [counted] if counted.outside else []
    return found


def sold_alcohol(engine: Engine, stores: Iterable[str], first: date, last: date) -> set[str]:
    """Return which stores have receipts with what is marked as alcohol.

    Args:
        engine: of `open_record`.
        stores: which may be among them.
        first: day.
        last: day; both count.

    Raises:
        RecordError: the record cannot be read.
    """
    days = RECEIPTS.c.day.between(first, last)
    query = select(RECEIPTS.c.store).select_from(LINES.join(RECEIPTS).join(PRODUCTS))
    query = query.where(PRODUCTS.c.is_alcohol, days).limit(1)
    with reading(engine) as connection:
        return {
            store
            for store in stores
            if connection.scalar(query.where(RECEIPTS.c.store == store)) is not None
        }


def holds_marked(goods: Sequence[Restricted]) -> Restricted | None:
    """Return which goods of a store have the lines that are marked as alcohol and listed nowhere.

    Where several are alcohol, nobody knows which ones such a line has: those with the longest hours
    then get it, so that only what none of them allows for so long is found.
    """
    alcohol = [one for one in goods if any(map(is_alcohol, (one.goods, *one.categories)))]
    return max(alcohol, key=lambda one: one.minutes_a_day, default=None)


def _count(
    engine: Engine,
    store: str,
    goods: Restricted,
    among: Sequence[Restricted],
    first: date,
    last: date,
) -> OutsideHours:
    query = (
        select(RECEIPTS.c.id, RECEIPTS.c.time)
        .select_from(LINES.join(RECEIPTS).join(PRODUCTS))
        .where(
            RECEIPTS.c.store == store,
            RECEIPTS.c.day >= first,
            RECEIPTS.c.day <= last,
            RECEIPTS.c.time.is_not(None),
            _are(goods, among),
            LINES.c.amount > 0,  # what came back was not sold
        )
        .distinct()
    )
    with reading(engine) as connection:
        times = [row.time.time() for row in connection.execute(query)]
    outside = sum(not goods.may_be_sold_at(moment) for moment in times)
    return OutsideHours(store, goods.goods, outside, len(times))


def _are(goods: Restricted, among: Sequence[Restricted]) -> ColumnElement[bool]:
    """Return the condition that selects the products of goods among those of their store."""
    named = PRODUCTS.c.category.in_(goods.categories)
    if goods != holds_marked(among):
        return named
    listed = [category for one in among for category in one.categories]
    return or_(named, and_(PRODUCTS.c.is_alcohol, PRODUCTS.c.category.not_in(listed)))
