"""Goods that are not sold to everybody or at every hour, as a store's manager lists them.

They are listed by store, by region, or for everywhere. For goods that a store lists itself, its own
row counts, then that of its region, then the one for everywhere.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from typing import NamedTuple

from sqlalchemy import Connection, Engine, Table, delete, insert, select

from age_model.access.rights import Action
from age_model.access.visitor import EVERYTHING, Scope, Visitor
from age_model.ages import MAX_AGE
from age_model.i18n.message import Sentence
from age_model.store.record.audit_log import Event, log_event
from age_model.store.record.database import reading, writing
from age_model.store.record.in_scope import in_scope
from age_model.store.record.read import read_stores
from age_model.store.record.regions import read_regions
from age_model.store.record.schema import (
    LINES,
    PRODUCTS,
    RECEIPTS,
    REGION_GOODS,
    RESTRICTED_GOODS,
)

EVERYWHERE = ""  # stands in place of a region for goods of all stores, of those to come too
_DAY = 24 * 60  # minutes


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

    @property
    def minutes_a_day(self) -> int:
        """For how long they may be sold.

        >>> Restricted("Beer", ("Beer",), 18, time(22), time(2)).minutes_a_day
        240
        """
        if self.sold_from is None or self.sold_until is None:
            return _DAY
        start, end = (60 * one.hour + one.minute for one in (self.sold_from, self.sold_until))
        return (end - start) % _DAY

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


class GoodsLists(NamedTuple):
    """Restricted goods as they are listed.

    Attributes:
        by_store: of each store that has some of its own.
        by_region: of each region that has some, and those of `EVERYWHERE`.
        regions: of each store that is in one.
    """

    by_store: Mapping[str, Sequence[Restricted]] = {}
    by_region: Mapping[str, Sequence[Restricted]] = {}
    regions: Mapping[str, str] = {}

    def in_force(self, store: str) -> list[Restricted]:
        """Return what counts in a store: its own goods, and those of its region and everywhere."""
        found = list(self.by_store.get(store, ()))
        for place in (self.regions.get(store, EVERYWHERE), EVERYWHERE):
            named = {one.goods for one in found}
            found += [one for one in self.by_region.get(place, ()) if one.goods not in named]
        return found


def read_lists(engine: Engine, scope: Scope) -> GoodsLists:
    """Return the lists of the stores in scope, of their regions, and of everywhere.

    Raises:
        RecordError: the record cannot be read.
    """
    regions = read_regions(engine, scope)
    with reading(engine) as connection:
        by_store = _read(connection, RESTRICTED_GOODS)
        by_region = _read(connection, REGION_GOODS)
    return GoodsLists(
        {store: goods for store, goods in by_store.items() if scope.includes(store)},
        {
            region: goods
            for region, goods in by_region.items()
            if scope.stores is None or region in {EVERYWHERE, *regions.values()}
        },
        regions,
    )


def read_goods(engine: Engine, scope: Scope) -> dict[str, list[Restricted]]:
    """Return the restricted goods that are in force in each store.

    Goods of everywhere are given for stores with visits or receipts, which others do not need.

    Raises:
        RecordError: the record cannot be read.
    """
    lists = read_lists(engine, scope)
    stores = {*lists.by_store, *lists.regions}
    if EVERYWHERE in lists.by_region:
        stores.update(read_stores(engine, scope))
    found = {store: lists.in_force(store) for store in sorted(stores)}
    return {store: goods for store, goods in found.items() if goods}


def _read(connection: Connection, table: Table) -> dict[str, list[Restricted]]:
    place, goods = table.primary_key.columns
    found: dict[str, list[Restricted]] = {}
    for row in connection.execute(select(table).order_by(place, goods)).mappings():
        found.setdefault(row[place.name], []).append(
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
    engine: Engine,
    writer: Visitor,
    by_store: Mapping[str, Sequence[Restricted]],
    by_region: Mapping[str, Sequence[Restricted]] | None = None,
) -> None:
    """Set the restricted goods of stores, regions and everywhere, in place of those before.

    Args:
        engine: of `open_record`.
        writer: who sets them.
        by_store: the goods of each store that is to be set, of some perhaps none.
        by_region: of each region that is to be set, or of `EVERYWHERE`; the writer must have the
            rules of all its stores.

    Raises:
        AccessDenied: the writer may not change rules of one of the stores; nothing was written.
        GoodsError: the list cannot be used; nothing was written.
        RecordError: nothing was written.
    """
    for store, goods in by_store.items():
        writer.check(Action.CHANGE_RULES, store)
        _check(store, goods)
    regions = read_regions(engine, EVERYTHING)
    for region, goods in (by_region or {}).items():
        _check_stores(writer, region, (store for store in regions if regions[store] == region))
        _check(region, goods)
    with writing(engine) as connection:
        for store, goods in by_store.items():
            _replace(connection, RESTRICTED_GOODS, store, goods)
            names = ", ".join(one.goods for one in goods)
            log_event(connection, writer.name, Event.SET_GOODS, store, goods=names)
        for region, goods in (by_region or {}).items():
            _replace(connection, REGION_GOODS, region, goods)
            names = ", ".join(one.goods for one in goods)
            where = {"region": region} if region != EVERYWHERE else {}
            log_event(connection, writer.name, Event.SET_GOODS, None, **where, goods=names)


def _replace(connection: Connection, table: Table, name: str, goods: Sequence[Restricted]) -> None:
    place = table.primary_key.columns[0]
    connection.execute(delete(table).where(place == name))
    if goods:
        connection.execute(insert(table), [{place.name: name} | _row(one) for one in goods])


def _check_stores(writer: Visitor, region: str, stores: Iterable[str]) -> None:
    if region == EVERYWHERE and writer.scope(Action.CHANGE_RULES).stores is not None:
        raise GoodsError(
            Sentence(
                "A row that names neither a store nor a region holds in stores that are not yours "
                "too: name your own stores."
            )
        )
    if not all(writer.may(Action.CHANGE_RULES, store) for store in stores):
        raise GoodsError(
            Sentence("{region} has stores that are not yours: name your own stores.", region=region)
        )


def _check(place: str, goods: Sequence[Restricted]) -> None:
    if not all(one.goods for one in goods):
        raise GoodsError(Sentence("Give each row a name."))
    if len({one.goods for one in goods}) < len(goods):
        raise GoodsError(
            Sentence("Two rows with the same name hold everywhere.")
            if place == EVERYWHERE
            else Sentence("Two rows with the same name hold for {store}.", store=place)
        )
    for one in goods:
        if not one.categories:
            raise GoodsError(Sentence("{goods}: name at least one category.", goods=one.goods))
        if not 0 < one.minimum_age <= MAX_AGE:
            raise GoodsError(
                Sentence("{goods}: write an age from 1 to {most}.", goods=one.goods, most=MAX_AGE)
            )
        if (one.sold_from is None) != (one.sold_until is None):
            raise GoodsError(Sentence("{goods}: fill in both times, or neither.", goods=one.goods))


def _row(one: Restricted) -> dict[str, object]:
    return {
        "goods": one.goods,
        "categories": json.dumps(list(one.categories), ensure_ascii=False),
        "minimum_age": one.minimum_age,
        "sold_from": f"{one.sold_from:%H:%M}" if one.sold_from else None,
        "sold_until": f"{one.sold_until:%H:%M}" if one.sold_until else None,
    }


def _time(text: str | None) -> time | None:
    return None if text is None else time.fromisoformat(text)
