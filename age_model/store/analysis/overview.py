"""The main figures of a period, each against the period before it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from age_model.store.analysis.alcohol import (
    FEWEST_CHECKS,
    AlcoholSales,
    sales_by_part,
    summarise_sales,
)
from age_model.store.statistics.changes import Effect, day_effect, difference_interval

FIGURES = ("visits", "revenue", "basket", "id_rate", "minors")
"""Visits with an estimated age; revenue and its mean a receipt, in the store's currency; the share
asked for ID of those who looked young and have a recorded check; minors probably served unasked."""


class Period(NamedTuple):
    """Some days; both ends count."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """The period of equal length that ends the day before.

        >>> Period(date(2026, 6, 8), date(2026, 6, 14)).before
        Period(first=datetime.date(2026, 6, 1), last=datetime.date(2026, 6, 7))
        """
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    def holds(self, days: pd.Series) -> pd.Series:
        """Return which days are of the period."""
        return days.between(pd.Timestamp(self.first), pd.Timestamp(self.last))


@dataclass(frozen=True)
class Figure:
    """One figure of a period; what is unknown is NaN.

    Attributes:
        value: of the period.
        low: lower end of its interval; NaN for what was counted, not estimated.
        high: upper end.
        before: of the period before; NaN where nothing was counted in it.
        change_low: lower end of the 95 % interval of the difference, with the days of the week
            evened out.
        change_high: upper end.
    """

    value: float
    low: float = np.nan
    high: float = np.nan
    before: float = np.nan
    change_low: float = np.nan
    change_high: float = np.nan

    @property
    def change(self) -> float:
        """The difference from the period before."""
        return self.value - self.before

    @property
    def differs(self) -> bool | None:
        """Whether the difference is more than chance; None where that is unknown."""
        if not np.isfinite([self.before, self.change_low, self.change_high]).all():
            return None
        return self.change_low > 0 or self.change_high < 0


def sales_figures(
    visits: pd.DataFrame, sales: pd.DataFrame, period: Period, compared: bool
) -> dict[str, Figure]:
    """Return the figures that need no visit's age: visits, revenue and basket.

    Args:
        visits: what `daily_visits` returns, of the period and, if compared, of the one before.
        sales: what `daily_sales` returns, of the same.
        period: the later one.
        compared: whether the record covers the period before.
    """
    days = pd.date_range(period.before.first if compared else period.first, period.last)
    later = np.asarray(days >= pd.Timestamp(period.first))
    seen = visits.groupby("day")["visits"].sum().reindex(days, fill_value=0).to_numpy(float)
    sold = sales.groupby("day")[["receipts", "revenue"]].sum().reindex(days, fill_value=0)
    receipts, revenue = sold["receipts"].to_numpy(float), sold["revenue"].to_numpy(float)
    weekday, alike = np.asarray(days.day_of_week), np.ones(len(days))
    figures = {}
    for name, values, counts in (("visits", seen, seen), ("revenue", revenue, receipts)):
        # Against a period without any, all of a figure would be called its growth.
        comparable = compared and counts[~later].any()
        before = values[~later].sum() if comparable else np.nan
        effect = day_effect(values, alike, weekday, later) if comparable else None
        figures[name] = _with_effect(values[later].sum(), before, effect, period.days)
    basket = np.divide(revenue, receipts, out=np.full(len(days), np.nan), where=receipts > 0)
    now, past = (_ratio(revenue[part].sum(), receipts[part].sum()) for part in (later, ~later))
    effect = day_effect(basket, receipts, weekday, later) if compared else None
    return figures | {"basket": _with_effect(now, past, effect, 1)}


def check_figures(now: AlcoholSales, before: AlcoholSales | None) -> dict[str, Figure]:
    """Return the figures of ID checks: the rate of asking, and minors probably served unasked.

    Args:
        now: the sales of alcohol of the period.
        before: of the one before; None if the record does not cover it.
    """
    present = _estimates(summarise_sales(now))
    past = None if before is None else _estimates(summarise_sales(before))
    return {
        name: Figure(*values)
        if past is None
        else Figure(*values, past[name][0], *difference_interval(values, past[name]))
        for name, values in present.items()
    }


def figures_by_store(
    visits: pd.DataFrame, sales: pd.DataFrame, alcohol: AlcoholSales, period: Period
) -> pd.DataFrame:
    """Return the figures of each store in a period.

    Args:
        visits: what `daily_visits` returns.
        sales: what `daily_sales` returns.
        alcohol: the sales of alcohol of the period.
        period: of which the figures are.

    Returns:
        One row a store, in the order of names: store and `FIGURES`; NaN where one is unknown.
    """
    seen = visits[period.holds(visits["day"])].groupby("store")["visits"].sum()
    sold = sales[period.holds(sales["day"])].groupby("store")[["receipts", "revenue"]].sum()
    table = pd.concat([seen, sold], axis=1).rename_axis("store")
    table["basket"] = table["revenue"] / table["receipts"]
    checks = pd.DataFrame(columns=["id_rate", "minors"], dtype=float)
    if len(alcohol):
        parts = sales_by_part(alcohol, "store").set_index("part")
        known = parts["unrecorded"] < parts["sales"]
        rate = parts["rate"].where(parts["recorded"] >= FEWEST_CHECKS)
        checks = pd.DataFrame({"id_rate": rate, "minors": parts["minors"].where(known)})
    return table.join(checks).sort_index().reset_index()[["store", *FIGURES]]


def _estimates(summary: dict[str, float]) -> dict[str, tuple[float, float, float]]:
    """Return the rate and the minors, each with its ends; NaN where too little is recorded."""
    unknown = (np.nan, np.nan, np.nan)
    few = summary["recorded"] < FEWEST_CHECKS
    none = summary["unrecorded"] == summary["sales"]
    return {
        "id_rate": unknown if few else _triple(summary, "rate"),
        "minors": unknown if none else _triple(summary, "minors"),
    }


def _triple(summary: dict[str, float], name: str) -> tuple[float, float, float]:
    return summary[name], summary[f"{name}_low"], summary[f"{name}_high"]


def _with_effect(value: float, before: float, effect: Effect | None, days: int) -> Figure:
    if effect is None:
        return Figure(value, before=before)
    low, high = effect.interval
    return Figure(value, before=before, change_low=low * days, change_high=high * days)


def _ratio(total: float, count: float) -> float:
    return total / count if count else np.nan
