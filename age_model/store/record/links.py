"""Links between visits and receipts: made by till and time, deleted after some days."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    String,
    Table,
    bindparam,
    func,
    or_,
    select,
    true,
    update,
)

from age_model.access.visitor import Scope
from age_model.store.record.database import clear_log, wait_for_turn, writing
from age_model.store.record.schema import RECEIPTS, VISITS

NEAR = 180  # seconds between a buyer's picture and the receipt
BESIDE = timedelta(hours=1)  # of what is new: further ones cannot be its nearest
_TILL = ["store", "till"]


def join_receipts(
    engine: Engine,
    scope: Scope,
    near: float = NEAR,
    around: tuple[datetime, datetime] | None = None,
) -> int:
    """Link visits without a receipt to the nearest one of their till, and set its cashier.

    A receipt is linked only to the visit nearest to it.

    Args:
        engine: of `open_record`.
        scope: whose stores' visits are linked.
        near: the longest time between the two, seconds.
        around: first and last time of what is new: others than those within `BESIDE` are left as
            they are. By default all are looked at.

    Returns:
        How many visits were linked.

    Raises:
        RecordError: nothing was written.
    """
    with writing(engine) as connection:
        wait_for_turn(connection, VISITS)
        visits = _table(
            connection,
            select(*_columns(VISITS, "id", *_TILL, "time")).where(
                VISITS.c.receipt_id.is_(None), _in_scope(VISITS, scope), _beside(VISITS, around)
            ),
        )
        taken = select(VISITS.c.receipt_id).where(VISITS.c.receipt_id.is_not(None))
        receipts = _table(
            connection,
            select(*_columns(RECEIPTS, "id", *_TILL, "time", "cashier")).where(
                RECEIPTS.c.time.is_not(None),
                RECEIPTS.c.id.not_in(taken),
                _in_scope(RECEIPTS, scope),
                _beside(RECEIPTS, around),
            ),
        )
        pairs = nearest_pairs(visits, receipts, near)
        if pairs.empty:
            return 0
        cashier = dict(zip(receipts["id"], receipts["cashier"], strict=True))
        link = update(VISITS).where(VISITS.c.id == bindparam("visit"))
        link = link.values(
            receipt_id=bindparam("receipt"),
            cashier=func.coalesce(VISITS.c.cashier, bindparam("who", type_=String)),
        )
        rows = pairs.to_dict("records")
        connection.execute(link, [row | {"who": cashier[row["receipt"]]} for row in rows])
        return len(rows)


def nearest_pairs(visits: pd.DataFrame, receipts: pd.DataFrame, near: float) -> pd.DataFrame:
    """Pair visits and receipts of one till that are nearest to each other.

    Args:
        visits: id, store, till, time.
        receipts: the same.
        near: the longest time between the two, seconds.

    Returns:
        One row a pair: visit, receipt (their ids). No id occurs twice.
    """
    left = visits[["id", *_TILL, "time"]].rename(columns={"id": "visit"}).sort_values("time")
    right = receipts[["id", *_TILL, "time"]].rename(columns={"id": "receipt"}).sort_values("time")
    right["issued"] = right["time"]
    pairs = [pd.DataFrame({"visit": [], "receipt": []}, dtype="int64")]
    while len(left) and len(right):
        found = pd.merge_asof(
            left,
            right,
            on="time",
            by=_TILL,
            direction="nearest",
            tolerance=pd.Timedelta(seconds=near),
        ).dropna(subset="receipt")
        if found.empty:
            break
        found["gap"] = (found["time"] - found["issued"]).abs()
        best = found.sort_values(["gap", "visit"]).drop_duplicates("receipt")
        pairs.append(best[["visit", "receipt"]].astype("int64"))
        left = left[left["visit"].isin(found["visit"]) & ~left["visit"].isin(best["visit"])]
        right = right[~right["receipt"].isin(best["receipt"])]
    return pd.concat(pairs, ignore_index=True)


def forget_links(engine: Engine, days: int, now: datetime) -> int:
    """Delete cashier and receipt of old visits, and cashier and time of day of old receipts.

    Without the time, a visit cannot be linked to its receipt again. Ages, purchases, outcomes and
    the receipts' numbers stay; the order of a till's receipts and visits on that day still
    allows a guess.

    Args:
        engine: of `open_record`.
        days: applies to visits and receipts older than this.
        now: local.

    Returns:
        How many visits were changed.

    Raises:
        RecordError: nothing was changed.
    """
    with writing(engine) as connection:
        changed = forget_before(connection, now.replace(tzinfo=None) - timedelta(days=days))
    clear_log(engine)
    return changed


def forget_before(connection: Connection, limit: datetime, store: str | None = None) -> int:
    """Do the work of `forget_links` for visits and receipts before a time; return how many visits.

    Args:
        connection: of `writing`.
        limit: local.
        store: whose; by default all.
    """
    visits = update(VISITS).where(*linked_before(limit, store))
    changed = connection.execute(visits.values(cashier=None, receipt_id=None)).rowcount
    receipts = update(RECEIPTS).where(RECEIPTS.c.time < limit, *_of(RECEIPTS, store))
    connection.execute(receipts.values(cashier=None, time=None))
    return changed


def linked_before(limit: datetime, store: str | None) -> list[ColumnElement[bool]]:
    """Return the conditions that select visits before a time that have a cashier or a receipt."""
    linked = or_(VISITS.c.cashier.is_not(None), VISITS.c.receipt_id.is_not(None))
    return [VISITS.c.time < limit, linked, *_of(VISITS, store)]


def _of(table: Table, store: str | None) -> list[ColumnElement[bool]]:
    return [] if store is None else [table.c.store == store]


def _in_scope(table: Table, scope: Scope) -> ColumnElement[bool]:
    return true() if scope.stores is None else table.c.store.in_(scope.stores)


def _beside(table: Table, around: tuple[datetime, datetime] | None) -> ColumnElement[bool]:
    if around is None:
        return true()
    return table.c.time.between(around[0] - BESIDE, around[1] + BESIDE)


def _columns(table: Table, *names: str) -> list[Column[Any]]:
    return [table.c[name] for name in names]


def _table(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    return pd.DataFrame(
        connection.execute(query).all(), columns=list(query.selected_columns.keys())
    ).astype({"time": "datetime64[ns]"})
