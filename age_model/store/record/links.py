"""Links between visits and receipts: made by till and time, deleted after some days."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Integer,
    Table,
    bindparam,
    func,
    or_,
    select,
    update,
)

from age_model.access.visitor import Scope
from age_model.store.record.batches import PAIRS, Pace, parts
from age_model.store.record.database import clear_log, reading, writing
from age_model.store.record.export import after_deletion
from age_model.store.record.schema import RECEIPTS, VISITS

NEAR = 180  # seconds between a buyer's picture and the receipt
SLICE = timedelta(days=7)  # of a store, paired at once
_TILL = ["store", "till"]
# Not "is null": for that SQLite would read all visits without a receipt, of every store.
_UNLINKED = func.coalesce(VISITS.c.receipt_id, 0) == 0


class Span(NamedTuple):
    """From the first to the last moment of something, local."""

    first: datetime
    last: datetime


def spans_of(rows: pd.DataFrame) -> dict[str, Span]:
    """Return the first and last `time` of each `store` of a table."""
    ends = rows.groupby(rows["store"].astype(str))["time"].agg(["min", "max"])
    return {
        str(store): Span(first.to_pydatetime(), last.to_pydatetime())
        for store, first, last in ends.itertuples()
    }


def join_receipts(
    engine: Engine, scope: Scope, near: float = NEAR, spans: Mapping[str, Span] | None = None
) -> int:
    """Link visits without a receipt to the nearest one of their till, and set its cashier.

    A receipt is linked only to the visit nearest to it. Pairs are found without a lock, and
    written some at a time: what another program has linked or forgotten meanwhile is left out, and
    its place is paired anew.

    Args:
        engine: of `open_record`.
        scope: whose stores' visits are linked.
        near: the longest time between the two, seconds.
        spans: where visits or receipts are new, by store; all older ones were linked before. By
            default everything is looked at.

    Returns:
        How many visits were linked.

    Raises:
        RecordError: a part, or nothing, was written.
    """
    if spans is None:
        spans = _unlinked_spans(engine)
    margin = timedelta(seconds=near)
    linked = 0
    for store, span in sorted(spans.items()):
        if scope.includes(store):
            wide = Span(span.first - margin, span.last + margin)
            linked += sum(_join_store(engine, store, wide, near))
    return linked


def _join_store(engine: Engine, store: str, span: Span, near: float) -> Iterator[int]:
    """Link the visits of a store, a slice of time at a time; yield how many were linked.

    Only what is more than `near` from everything else of its till can be paired by itself: what
    reaches to the end of a slice is left to the next. Time without visits to link is passed over:
    a camera whose clock is wrong adds years of it.
    """
    with reading(engine) as connection:
        found = select(VISITS.c.till).where(VISITS.c.store == store).distinct()
        tills = connection.scalars(found).all()
    start, end = span.first, min(span.first + SLICE, span.last)
    while True:
        while True:
            visits, receipts = _unlinked(engine, store, tills, Span(start, end))
            if visits.empty:
                break
            later = {} if end == span.last else _open_ends(visits, receipts, near, end)
            known, issued = (rows[rows["time"] < _ends(rows, later)] for rows in (visits, receipts))
            pairs = nearest_pairs(known, issued, near)
            written = _write(engine, pairs)
            yield written
            if written == len(pairs):
                break
        if end == span.last:
            return
        if visits.empty:
            following = _first_unlinked(engine, store, tills, Span(end, span.last))
            if following is None:
                return
            start, end = max(start, following - timedelta(seconds=near)), following
        else:
            start = min(later.values(), default=end)
        end = min(end + SLICE, span.last)


def _open_ends(
    visits: pd.DataFrame, receipts: pd.DataFrame, near: float, end: datetime
) -> dict[str, datetime]:
    """Return for tills when what may go on after the end of a slice begins.

    It is the visits and receipts of which each is at most `near` from the next, and the last at
    most `near` from the end.
    """
    both = pd.concat([visits[["till", "time"]], receipts[["till", "time"]]])
    found = {}
    for till, times in both.sort_values("time").groupby("till")["time"]:
        until = times.shift(-1, fill_value=pd.Timestamp(end))
        apart = (until - times) > pd.Timedelta(seconds=near)
        last = times[~apart[::-1].cummax()[::-1]]
        if len(last):
            found[str(till)] = last.iloc[0].to_pydatetime()
    return found


def _ends(rows: pd.DataFrame, later: Mapping[str, datetime]) -> pd.Series:
    return rows["till"].map(later).astype("datetime64[ns]").fillna(pd.Timestamp.max)


def _unlinked_spans(engine: Engine) -> dict[str, Span]:
    time = VISITS.c.time
    query = select(VISITS.c.store, func.min(time), func.max(time))
    query = query.where(VISITS.c.receipt_id.is_(None)).group_by(VISITS.c.store)
    with reading(engine) as connection:
        return {store: Span(*ends) for store, *ends in connection.execute(query)}


def _unlinked(
    engine: Engine, store: str, tills: Collection[str], span: Span
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the visits and receipts of a store that can be linked: id, store, till, time."""
    there = partial(_there, store, tills, span)
    of_days = RECEIPTS.c.day.between(span.first.date(), span.last.date())
    queries = (
        select(VISITS.c.id, VISITS.c.till, VISITS.c.time).where(*there(VISITS), _UNLINKED),
        select(RECEIPTS.c.id, RECEIPTS.c.till, RECEIPTS.c.time)
        .outerjoin_from(RECEIPTS, VISITS, VISITS.c.receipt_id == RECEIPTS.c.id)
        .where(*there(RECEIPTS), of_days, VISITS.c.id.is_(None)),
    )
    with reading(engine) as connection:
        found = [connection.execute(query).all() for query in queries]
    visits, receipts = (
        pd.DataFrame(map(tuple, rows), columns=["id", "till", "time"])
        .astype({"time": "datetime64[ns]"})
        .assign(store=store)
        for rows in found
    )
    return visits, receipts


def _first_unlinked(
    engine: Engine, store: str, tills: Collection[str], span: Span
) -> datetime | None:
    """Return the time of the first visit in a span that can be linked; None if there is none."""
    first = select(func.min(VISITS.c.time)).where(*_there(store, tills, span, VISITS), _UNLINKED)
    with reading(engine) as connection:
        return connection.scalar(first)


def _there(
    store: str, tills: Collection[str], span: Span, table: Table
) -> list[ColumnElement[bool]]:
    """Return the condition for rows of tills and a span, as the unique indices have it."""
    inside = table.c.time.between(span.first, span.last)
    return [table.c.store == store, table.c.till.in_(tills), inside]


def _write(engine: Engine, pairs: pd.DataFrame) -> int:
    """Link those pairs of which neither has been linked or forgotten; return how many."""
    other = VISITS.alias()
    receipt = bindparam("receipt", type_=Integer)
    known = select(RECEIPTS.c.id).where(RECEIPTS.c.id == receipt, RECEIPTS.c.time.is_not(None))
    cashier = select(RECEIPTS.c.cashier).where(RECEIPTS.c.id == receipt).scalar_subquery()
    link = (
        update(VISITS)
        .where(
            VISITS.c.id == bindparam("visit"),
            VISITS.c.receipt_id.is_(None),
            known.exists(),
            ~select(other.c.id).where(other.c.receipt_id == receipt).exists(),
        )
        .values(receipt_id=receipt, cashier=func.coalesce(VISITS.c.cashier, cashier))
    )
    pace, written = Pace(PAIRS), 0
    for some in parts(pairs, np.arange(len(pairs)), pace):
        rows: list[Any] = some.to_dict("records")
        with pace.writing(engine, len(rows), VISITS) as connection:  # no other visit can be written
            written += connection.execute(link, rows).rowcount
    return written


def nearest_pairs(visits: pd.DataFrame, receipts: pd.DataFrame, near: float) -> pd.DataFrame:
    """Pair visits and receipts of one till that are nearest to each other.

    Args:
        visits: id, store, till, time.
        receipts: the same.
        near: the longest time between the two, seconds.

    Returns:
        One row a pair: visit, receipt (their ids). No id occurs twice.
    """
    left, right = (
        rows[["id", *_TILL, "time"]].rename(columns={"id": name}).sort_values(["time", name])
        for rows, name in ((visits, "visit"), (receipts, "receipt"))
    )
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
    after_deletion(engine)
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
