"""What a manager should look at: low rates of asking, tills and receipts without visits, cameras.

Of many days and tills some look bad by chance. Every finding that chance could make is tested, and
of each kind only as many are shown as keep the false discovery rate low.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import pandas as pd

from age_model.store.analysis.alcohol import FEWEST_CHECKS, AlcoholSales
from age_model.store.analysis.cashiers import compare_cashiers, usual_standard
from age_model.store.analysis.overview import Period
from age_model.store.analysis.sale_hours import OutsideHours
from age_model.store.statistics.changes import binomial_tail, day_effect
from age_model.store.statistics.false_discovery_rate import (
    FALSE_DISCOVERY_RATE,
    adjusted_p_values,
)

FEWEST_RECEIPTS = 20  # of a till, on days without a visit, before that is no chance
MOST_UNLINKED = 0.2  # of a till's receipts may find no visit
MOST_UNRECORDED = 0.1  # of a store's sales of alcohol may be without a record of a check
SILENT_DAYS = 2  # at the end, without a visit to a till that has many
USUAL_VISITS = 20  # a day: a till with fewer may well have none
USUALLY_OPEN = 0.8  # of the days: a till that is used less may well be closed
AGE_SHIFT = 3.0  # years: a smaller shift of a till's mean estimate is no sign of a camera
LEAST_SHARP = 0.7  # of a till's usual sharpness: a smaller loss is no sign of a dirty camera
LIGHT_SHIFT = 25  # of 255: a smaller change of light is no sign either
MORE_WITHOUT_AGE = 0.05  # more of a till's visits without an age; less is no sign either


class Kind(StrEnum):
    """What needs attention, the most urgent first."""

    OUTSIDE_HOURS = "outside_hours"
    LOW_RATE = "low_rate"
    CASHIERS = "cashiers"
    UNRECORDED = "unrecorded"
    SILENT_TILL = "silent_till"
    NO_VISITS = "no_visits"
    UNLINKED = "unlinked"
    NO_FACES = "no_faces"
    BLURRED = "blurred"
    LIGHT_MOVED = "light_moved"
    AGES_MOVED = "ages_moved"


@dataclass(frozen=True)
class Finding:
    """Something that needs attention.

    Attributes:
        kind: what.
        store: where; empty if it is about all stores.
        till: which; empty if it is about a store.
        day: when; the last day with a visit for `SILENT_TILL`; None for the whole period.
        count: how many, such as asked buyers, or receipts without a visit; of `AGES_MOVED` the
            mean estimate, years, of `NO_FACES` the share without an age, of `BLURRED` and
            `LIGHT_MOVED` the mean sharpness and light of faces.
        of: of how many; of these four the same before.
        goods: which, of `OUTSIDE_HOURS`.
        usual: what it was compared with, a share; NaN for what needs no comparison.
    """

    kind: Kind
    store: str
    till: str = ""
    day: date | None = None
    count: float = np.nan
    of: float = np.nan
    usual: float = np.nan
    goods: str = ""


@dataclass(frozen=True)
class TillDays:
    """What tills did each day of the period, and of some days before it.

    Attributes:
        visits: what `daily_visits` returns.
        sales: what `daily_sales` returns.
        unlinked: what `daily_unlinked` returns.
    """

    visits: pd.DataFrame
    sales: pd.DataFrame
    unlinked: pd.DataFrame


def findings(
    days: TillDays, alcohol: AlcoholSales, earlier: AlcoholSales | None, period: Period
) -> list[Finding]:
    """Return what needs attention in a period, the most urgent first.

    Args:
        days: of the period and of what is known before it.
        alcohol: the sales of alcohol of the period.
        earlier: those before it, from which the usual rate is known better; None if there are none.
        period: in which.
    """
    known = [alcohol.table] if earlier is None else [earlier.table, alcohol.table]
    standard = usual_standard(*known)
    rates = (
        []
        if standard is None
        else [*low_rates(alcohol.table, standard), *slow_cashiers(alcohol.table, standard)]
    )
    found = [
        *rates,
        *unrecorded_sales(alcohol.table),
        *silent_tills(days.visits, period),
        *tills_without_visits(days, period),
        *unlinked_receipts(days, period),
        *cameras(days.visits, period),
    ]
    return by_urgency(found)


def by_urgency(found: Iterable[Finding]) -> list[Finding]:
    """Return findings with the most urgent kinds first; within a kind they keep their order."""
    order = list(Kind)
    return sorted(found, key=lambda finding: order.index(finding.kind))


def outside_hours(sold: Iterable[OutsideHours]) -> list[Finding]:
    """Return a finding for goods that were sold outside their hours, in each store."""
    return [
        Finding(Kind.OUTSIDE_HOURS, one.store, count=one.outside, of=one.receipts, goods=one.goods)
        for one in sold
    ]


def low_rates(sales: pd.DataFrame, standard: float) -> list[Finding]:
    """Find the stores, and their days, on which too few who looked young were asked.

    Args:
        sales: the table of `AlcoholSales`.
        standard: the share that should be asked, 0..1.

    Returns:
        With `count` asked `of` buyers: first whole stores, then days; the least likely first.
    """
    seen = sales[sales["looked_young"] & sales["recorded"]]
    seen = seen.assign(store=seen["store"].astype(str), day=seen["time"].dt.normalize())
    parts = [["store"], ["store", "day"]] if seen["day"].nunique() > 1 else [["store", "day"]]
    found = []
    for part in parts:  # two questions, each with a false discovery rate of its own
        table = _counted(seen, part, "asked")
        table = table[table["size"] >= FEWEST_CHECKS]
        found += [
            Finding(Kind.LOW_RATE, row.store, "", _day(row.day), row.hits, row.size, standard)
            for row in _unlikely(table, standard, upper=False)
        ]
    return found


def slow_cashiers(sales: pd.DataFrame, standard: float) -> list[Finding]:
    """Count the cashiers with whom a conversation is worth it; they are not named here.

    Args:
        sales: the table of `AlcoholSales`, with the names that may be read.
        standard: the share that should be asked, 0..1.
    """
    if sales["cashier"].isna().all():
        return []
    cashiers = compare_cashiers(sales, standard)
    count = int(cashiers["talk"].sum())
    if not count:
        return []
    return [Finding(Kind.CASHIERS, "", count=count, of=len(cashiers), usual=standard)]


def unrecorded_sales(sales: pd.DataFrame) -> list[Finding]:
    """Find the stores that record checks, but sell much alcohol without a record of one.

    Args:
        sales: the table of `AlcoholSales`.

    Returns:
        With `count` unrecorded `of` sales.
    """
    without = sales[["store"]].assign(without=~sales["recorded"])
    table = _counted(without, ["store"], "without")
    table = table[(table["size"] >= FEWEST_CHECKS) & (table["hits"] < table["size"])]
    return [
        Finding(Kind.UNRECORDED, row.store, "", None, row.hits, row.size, MOST_UNRECORDED)
        for row in _unlikely(table, MOST_UNRECORDED, upper=True)
    ]


def silent_tills(visits: pd.DataFrame, period: Period) -> list[Finding]:
    """Find the busy tills without a visit on the last days of a period.

    Args:
        visits: what `daily_visits` returns, of the period and before.
        period: in which.

    Returns:
        With the last `day` that had a visit.
    """
    found = []
    if visits.empty:
        return []
    start, last = visits["day"].min(), pd.Timestamp(period.last)
    for (store, till), rows in visits.groupby(["store", "till"]):
        busy = rows[_every_visit(rows) > 0]
        if busy.empty:
            continue
        end = busy["day"].max()
        often = len(busy) >= USUALLY_OPEN * ((end - start).days + 1)
        if (last - end).days >= SILENT_DAYS and often and _every_visit(busy).mean() >= USUAL_VISITS:
            found.append(Finding(Kind.SILENT_TILL, store, till, end.date()))
    return found


def tills_without_visits(days: TillDays, period: Period) -> list[Finding]:
    """Find the tills with receipts, but without visits, on whole days since their first visit.

    Returns:
        With `count` receipts on those days, `of` all receipts of the till.
    """
    found = []
    for (store, till), rows in _with_receipts(days, period).groupby(["store", "till"]):
        without = rows.loc[rows["seen"] == 0, "receipts"].sum()
        if without >= FEWEST_RECEIPTS:
            every = rows["receipts"].sum()
            found.append(Finding(Kind.NO_VISITS, store, till, None, int(without), int(every)))
    return found


def unlinked_receipts(days: TillDays, period: Period) -> list[Finding]:
    """Find the tills of which many receipts find no visit, on days that have visits.

    Returns:
        With `count` receipts without a visit `of` those on these days.
    """
    table = _with_receipts(days, period)
    table = table[table["seen"] > 0].merge(days.unlinked, on=["store", "till", "day"])
    sums = table.groupby(["store", "till"])[["unlinked", "timed"]].sum().reset_index()
    sums = sums.rename(columns={"unlinked": "hits", "timed": "size"})
    sums = sums[sums["size"] >= FEWEST_RECEIPTS]
    return [
        Finding(Kind.UNLINKED, row.store, row.till, None, row.hits, row.size, MOST_UNLINKED)
        for row in _unlikely(sums, MOST_UNLINKED, upper=True)
    ]


def cameras(visits: pd.DataFrame, period: Period) -> list[Finding]:
    """Find the tills whose camera may be dirty or moved, without any labels.

    A till's days are compared with its own before: the mean estimate, the share of visits without
    an age, and how sharp and light the faces are.

    Args:
        visits: what `daily_visits` returns, of the period and before.
        period: the later days.

    Returns:
        With the mean or share as `count`, and the same before as `of`.
    """
    every = _every_visit(visits)
    table = visits.assign(
        every=every,
        share=visits["without_age"] / every.where(every > 0),
        later=_later(visits, period),
    )
    return [
        *_shifted(table, "share", "every", Kind.NO_FACES, _more_without_age),
        *_shifted(table, "sharpness", "visits", Kind.BLURRED, _less_sharp),
        *_shifted(table, "light", "visits", Kind.LIGHT_MOVED, _other_light),
        *_shifted(table, "mean_age", "visits", Kind.AGES_MOVED, _other_ages),
    ]


def _more_without_age(now: float, before: float) -> bool:
    return now - before > MORE_WITHOUT_AGE


def _less_sharp(now: float, before: float) -> bool:
    return now < LEAST_SHARP * before


def _other_light(now: float, before: float) -> bool:
    return abs(now - before) > LIGHT_SHIFT


def _other_ages(now: float, before: float) -> bool:
    return abs(now - before) > AGE_SHIFT


def _shifted(
    table: pd.DataFrame,
    value: str,
    weight: str,
    kind: Kind,
    matters: Callable[[float, float], bool],
) -> Iterator[Finding]:
    """Yield the tills of which a daily value has shifted, and by enough to matter."""
    tried, p_values = [], []
    for (store, till), rows in table.groupby(["store", "till"]):
        later = rows["later"].to_numpy()
        values, weights = rows[value].to_numpy(float), rows[weight].to_numpy(float)
        effect = day_effect(values, weights, rows["day"].dt.day_of_week.to_numpy(), later)
        if effect is None:
            continue
        now, before = (_mean(values[part], weights[part]) for part in (later, ~later))
        tried.append(Finding(kind, store, till, None, now, before))
        p_values.append(effect.p_value)
    rates = adjusted_p_values(np.array(p_values))
    for finding, rate in zip(tried, rates, strict=True):
        if rate <= FALSE_DISCOVERY_RATE and matters(finding.count, finding.of):
            yield finding


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    known = np.isfinite(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known]))


def _with_receipts(days: TillDays, period: Period) -> pd.DataFrame:
    """Return the days of the period with receipts, and how many visits were `seen` on each.

    The days of a till before its first visit are left out: its camera came later.
    """
    visits = days.visits.assign(seen=_every_visit(days.visits))
    table = days.sales[period.holds(days.sales["day"])].merge(
        visits[["store", "till", "day", "seen"]], on=["store", "till", "day"], how="left"
    )
    begun = visits.groupby(["store", "till"])["day"].min().rename("begun").reset_index()
    table = table.merge(begun, on=["store", "till"], how="left")
    table = table[~(table["day"] < table["begun"])]
    return table.assign(seen=table["seen"].fillna(0))


class _Row(NamedTuple):
    store: str
    till: str
    day: object
    hits: int
    size: int


def _counted(rows: pd.DataFrame, by: list[str], what: str) -> pd.DataFrame:
    """Return how many rows of each part are something (`hits`), of how many (`size`)."""
    parts = rows.groupby(by, observed=True)[what]
    return pd.DataFrame({"hits": parts.sum(), "size": parts.size()}).reset_index()


def _unlikely(table: pd.DataFrame, share: float, upper: bool) -> list[_Row]:
    """Return the rows whose `hits` are too few, or too many, of `size` for a share by chance."""
    rows = [
        _Row(row["store"], row.get("till", ""), row.get("day"), int(row["hits"]), int(row["size"]))
        for row in table.to_dict("records")
    ]
    p_values = np.array([binomial_tail(row.hits, row.size, share, upper) for row in rows])
    sure = np.flatnonzero(adjusted_p_values(p_values) <= FALSE_DISCOVERY_RATE)
    return [rows[place] for place in sure[np.argsort(p_values[sure], kind="stable")]]


def _every_visit(visits: pd.DataFrame) -> pd.Series:
    return visits["visits"] + visits["without_age"]


def _later(visits: pd.DataFrame, period: Period) -> pd.Series:
    return period.holds(visits["day"])


def _day(day: object) -> date | None:
    return day.date() if isinstance(day, pd.Timestamp) and not pd.isna(day) else None
