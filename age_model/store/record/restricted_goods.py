"""Goods that are not sold to everybody or at every hour, as a store's manager lists them."""

import json
from collections.abc import Mapping, Sequence
from datetime import time
from typing import NamedTuple

from sqlalchemy import Engine, delete, insert, select

from age_model.access.rights import Action
from age_model.access.visitor import Scope, Visitor
from age_model.ages import MAX_AGE
from age_model.i18n.message import Sentence
from age_model.store.record.audit_log import Event, log_event
from age_model.store.record.database import reading, writing
from age_model.store.record.in_scope import in_scope
from age_model.store.record.schema import LINES, PRODUCTS, RECEIPTS, RESTRICTED_GOODS


class Restricted(NamedTuple):
    """Goods that are restricted in a store.

    Attributes:
        goods: what they are called.
        categories: of the products that they are.
        minimum_age: of the buyer, years.
        sold_from: the first minute of a day at which they may be sold; None: all day.
        sold_until: the first one at which they may not any more; earlier than `sold_from` if they
            are sold across midnight.
    """

    goods: str
    categories: tuple[str, ...]
    minimum_age: int
    sold_from: time | None = None
    sold_until: time | None = None

    def may_be_sold_at(self, moment: time) -> bool:
        """Return whether they may be sold at a time of day.

        >>> beer = Restricted("Beer", ("Beer",), 18, time(8), time(23))
        >>> beer.may_be_sold_at(time(7, 59)), beer.may_be_sold_at(time(8))
        (False, True)
        """
        if self.sold_from is None or self.sold_until is None:
            return True
        if self.sold_from <= self.sold_until:
            return self.sold_from <= moment < self.sold_until
        return moment >= self.sold_from or moment < self.sold_until


class GoodsError(ValueError):
    """A list of goods cannot be used; the message says why and what to do."""


def read_goods(engine: Engine, scope: Scope) -> dict[str, list[Restricted]]:
    """Return the restricted goods of each store that has some.

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(RESTRICTED_GOODS).order_by(RESTRICTED_GOODS.c.store, RESTRICTED_GOODS.c.goods)
    with reading(engine) as connection:
        rows = connection.execute(query).mappings().all()
    found: dict[str, list[Restricted]] = {}
    for row in rows:
        if scope.includes(row["store"]):
            found.setdefault(row["store"], []).append(
                Restricted(
                    row["goods"],
                    tuple(json.loads(row["categories"])),
                    row["minimum_age"],
                    *(_time(row[name]) for name in ("sold_from", "sold_until")),
                )
            )
    return found


def read_categories(engine: Engine, scope: Scope) -> list[str]:
    """Return the categories of the products on receipts of the stores in scope, sorted.

    Raises:
        RecordError: the record cannot be read.
    """
    sold = select(LINES.c.product_id).join(RECEIPTS, RECEIPTS.c.id == LINES.c.receipt_id)
    query = select(PRODUCTS.c.category).distinct()
    if scope.stores is not None:  # of all stores, all products are
        query = query.where(PRODUCTS.c.id.in_(sold.where(in_scope(RECEIPTS, scope))))
    with reading(engine) as connection:
        return sorted(connection.scalars(query))


def set_goods(
    engine: Engine, writer: Visitor, by_store: Mapping[str, Sequence[Restricted]]
) -> None:
    """Set the restricted goods of stores, in place of those before.

    Args:
        engine: of `open_record`.
        writer: who sets them.
        by_store: the goods of each store that is to be set, of some perhaps none.

    Raises:
        AccessDenied: the writer may not change rules of one of the stores; nothing was written.
        GoodsError: the list cannot be used; nothing was written.
        RecordError: nothing was written.
    """
    for store, goods in by_store.items():
        writer.check(Action.CHANGE_RULES, store)
        _check(store, goods)
    with writing(engine) as connection:
        for store, goods in by_store.items():
            connection.execute(delete(RESTRICTED_GOODS).where(RESTRICTED_GOODS.c.store == store))
            if goods:
                connection.execute(insert(RESTRICTED_GOODS), [_row(store, one) for one in goods])
            names = ", ".join(one.goods for one in goods)
            log_event(connection, writer.name, Event.SET_GOODS, store, goods=names)


def _check(store: str, goods: Sequence[Restricted]) -> None:
    if not all(one.goods for one in goods):
        raise GoodsError(Sentence("Give each row a name."))
    if len({one.goods for one in goods}) < len(goods):
        raise GoodsError(Sentence("Two rows with the same name hold for {store}.", store=store))
    for one in goods:
        if not one.categories:
            raise GoodsError(Sentence("{goods}: name at least one category.", goods=one.goods))
        if not 0 < one.minimum_age <= MAX_AGE:
            raise GoodsError(
                Sentence("{goods}: write an age from 1 to {most}.", goods=one.goods, most=MAX_AGE)
            )
        if (one.sold_from is None) != (one.sold_until is None):
            raise GoodsError(Sentence("{goods}: fill in both times, or neither.", goods=one.goods))


def _row(store: str, one: Restricted) -> dict[str, object]:
    return {
        "store": store,
        "goods": one.goods,
        "categories": json.dumps(list(one.categories), ensure_ascii=False),
        "minimum_age": one.minimum_age,
        "sold_from": f"{one.sold_from:%H:%M}" if one.sold_from else None,
        "sold_until": f"{one.sold_until:%H:%M}" if one.sold_until else None,
    }


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)
