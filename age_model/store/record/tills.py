"""Tills with different names in visits and receipts, which cannot be linked."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Engine, Table, func, select

from age_model.i18n.translate import number, trn
from age_model.store.record.database import reading
from age_model.store.record.schema import RECEIPTS, VISITS

MOST_TILLS = 5  # are named


class TillsApart(NamedTuple):
    """Tills of some stores that occur only in visits, or only in receipts.

    Attributes:
        visits: how many visits at such tills have no receipt.
        of_visits: tills that no receipt has, in alphabetical order.
        of_receipts: tills that no visit has.
    """

    visits: int
    of_visits: list[str]
    of_receipts: list[str]


def tills_apart(engine: Engine, stores: Collection[str]) -> TillsApart | None:
    """Return tills that may be the same under different names; None if there are none.

    Tills with visits but no receipts yet are common, so a store must have both kinds.

    Args:
        engine: of `open_record`.
        stores: to check.

    Raises:
        RecordError: the record cannot be read.
    """
    with_visits, with_receipts = _tills(engine, VISITS, stores), _tills(engine, RECEIPTS, stores)
    alone = {till: count for till, count in with_visits.items() if till not in with_receipts}
    unseen = with_receipts.keys() - with_visits.keys()
    in_both = {store for store, _ in alone} & {store for store, _ in unseen}
    alone = {till: count for till, count in alone.items() if till[0] in in_both}
    if not alone:
        return None
    return TillsApart(
        sum(alone.values()),
        sorted({till for _, till in alone}),
        sorted({till for store, till in unseen if store in in_both}),
    )


def apart_in_words(apart: TillsApart) -> str:
    """Explain why visits have no receipt, in the reader's language."""
    text = trn(
        "{n} visit is at a till that no receipt names. Tills of the visits: {visits}. Tills of the "
        "receipts: {receipts}. A visit finds its receipt only where both name the till alike.",
        "{n} visits are at tills that no receipt names. Tills of the visits: {visits}. Tills of "
        "the receipts: {receipts}. A visit finds its receipt only where both name the till alike.",
        apart.visits,
    )
    return text.format(
        n=number(apart.visits),
        visits=_listed(apart.of_visits),
        receipts=_listed(apart.of_receipts),
    )


def _listed(tills: list[str]) -> str:
    return ", ".join(tills[:MOST_TILLS]) + (", …" if len(tills) > MOST_TILLS else "")


def _tills(engine: Engine, table: Table, stores: Collection[str]) -> dict[tuple[str, str], int]:
    """Return each store and till of a table, with its number of rows."""
    till = table.c.store, table.c.till
    query = select(*till, func.count()).where(table.c.store.in_(list(stores))).group_by(*till)
    with reading(engine) as connection:
        return {(store, name): count for store, name, count in connection.execute(query)}
