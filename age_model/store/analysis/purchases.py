"""Visits, spend and baskets by age band, over time and by store, with intervals."""

from collections.abc import Callable
from datetime import date
from functools import cache, partial
from itertools import combinations

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from age_model.access.visitor import Scope
from age_model.store.analysis.band_sums import BandSums, Part, sum_by_bands
from age_model.store.record.export import configured_export
from age_model.store.record.read import NO_RECEIPT, StoreTables, read_tables
from age_model.store.record.read_months import LongTables
from age_model.store.record.select import Tables
from age_model.store.record.window import Window
from age_model.store.statistics.age_bands import AgeBands
from age_model.store.statistics.band_weights import BandModel, Totals, fit_bands, totals
from age_model.store.statistics.false_discovery_rate import significant
from age_model.store.statistics.model_errors import Lookup
from age_model.store.statistics.pooled import NO_RANGE
from age_model.store.statistics.population import population_of

Counted = BandModel | BandSums

FEWEST_VISITS = 30  # fewer are not enough for age bands: their bootstrap is degenerate
MEASURES = ("visits", "spend", "basket")
"""Visits; spend, in the store's currency; spend a visit whose receipt's lines are known."""

PARTS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "day": lambda visits: visits["time"].dt.normalize(),
    "week": lambda visits: visits["time"].dt.to_period("W-SUN").dt.start_time,
    "weekday": lambda visits: visits["time"].dt.day_of_week,
    "hour": lambda visits: visits["time"].dt.hour,
    "store": lambda visits: visits["store"].astype(str),
}
"""What visits can be grouped by; a week is named by its Monday, a weekday by 0 (Monday) to 6."""


def rows_of_lines(visits: pd.DataFrame, lines: pd.DataFrame) -> np.ndarray:
    """Return the row in `visits` of each line's `receipt`, int, -1 where no visit is known."""
    receipts = visits["receipt"].to_numpy()
    order = np.argsort(receipts, kind="stable")
    wanted = lines["receipt"].to_numpy()
    if not len(order):
        return np.full(len(wanted), -1)
    found = order[np.searchsorted(receipts, wanted, sorter=order).clip(max=len(order) - 1)]
    return np.where((receipts[found] == wanted) & (wanted != NO_RECEIPT), found, -1)


def baskets(tables: StoreTables, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the baskets of visits: each distinct item that was paid for.

    Args:
        tables: of n visits.
        kind: one of `bought.ITEMS`.

    Returns:
        Row in `visits` and item, each int, of shape (m,), and the items' names.
    """
    items = tables.bought.items(kind)
    rows = rows_of_lines(tables.visits, items)
    known = rows >= 0
    return (
        rows[known],
        items["item"].cat.codes.to_numpy(int)[known],
        np.array(items["item"].cat.categories, dtype=object),
    )


def spend_of_visits(tables: StoreTables) -> np.ndarray:
    """Return what each visit spent, shape (n,), in the store's currency; 0 without a receipt."""
    return spend_and_lines(tables)[0]


def spend_and_lines(tables: StoreTables) -> tuple[np.ndarray, np.ndarray]:
    """Return what each visit spent, and whether its receipt has lines, each of shape (n,)."""
    bought = tables.bought.spend()
    rows = rows_of_lines(tables.visits, bought)
    spend, with_lines = np.zeros((2, len(tables.visits)))
    known = rows >= 0
    spend[rows[known]] = bought["amount"].to_numpy()[known]
    with_lines[rows[known]] = 1
    return spend, with_lines


def read_visits(
    engine: Engine, scope: Scope, first: date, last: date, only_alcohol: bool = False
) -> Tables:
    """Read the visits of some days, both included; those of an exported record are not held.

    Args:
        engine: of `open_record`.
        scope: what may be read.
        first: day.
        last: day.
        only_alcohol: as for `read_tables`, where visits are held.

    Raises:
        RecordError: the record cannot be read.
    """
    asked, export = Window.of_days(scope, first, last), configured_export()
    if export is not None:
        return LongTables(engine, export, asked, NO_RANGE)
    return read_tables(engine, scope, asked.start, asked.end, only_alcohol)


def count(tables: Tables, errors: Lookup, bands: AgeBands) -> Counted:
    """Return how visits count towards bands; of those that are not held, also what they bring.

    Args:
        tables: of at least one visit.
        errors: gives the measured errors of a model version, or None.
        bands: to count by.
    """
    if isinstance(tables, LongTables):
        return sum_by_bands(tables, errors, bands)
    return fit_bands(population_of(tables.visits, tables.distributions, errors), bands)


def measured(
    tables: Tables, model: Counted, measure: str, by: str | None = None
) -> tuple[Totals, np.ndarray]:
    """Total one of `MEASURES` by band. Visits need no receipt lines, which are then not read.

    Args:
        tables: whose visits `model` was fitted to.
        model: how visits count towards bands.
        measure: to total.
        by: one of `PARTS`; by default all visits are one part.

    Returns:
        Totals of shape (bands, parts), and the names of the parts.
    """
    total, names = _totals(tables, model, by)
    if measure == "visits":
        return total(0), names
    spend = total(1)
    if measure == "spend":
        return spend, names
    # A receipt without lines was not imported: its visit is not one without spending.
    return spend.per(total(2)), names


def _totals(
    tables: Tables, model: Counted, by: str | None
) -> tuple[Callable[[int], Totals], np.ndarray]:
    """Return what totals visits (0), spend (1) and visits with lines (2), and the parts' names."""
    if isinstance(model, BandSums):
        part = _part(model, by)
        return partial(model.totals, part), part.names
    assert isinstance(tables, StoreTables)
    numbers, names = (
        (None, np.zeros(1)) if by is None else pd.factorize(PARTS[by](tables.visits), sort=True)
    )

    spent = cache(partial(spend_and_lines, tables))

    def total(what: int) -> Totals:
        values = np.ones(len(model)) if what == 0 else spent()[what - 1]
        return totals(model, values, numbers)

    return total, np.asarray(names)


def _part(sums: BandSums, by: str | None) -> Part:
    """Return the sums by one of `PARTS`; weeks, and days of the week, are made of days."""
    if by is None:
        hours = sums.parts["hour"]
        return hours.joined(np.zeros(len(hours.names), dtype=int), np.zeros(1))
    if by in sums.parts:
        return sums.parts[by]
    days = sums.parts["day"]
    numbers, names = pd.factorize(PARTS[by](pd.DataFrame({"time": days.names})), sort=True)
    return days.joined(numbers, np.asarray(names))


def by_band(tables: Tables, model: Counted, measure: str) -> pd.DataFrame:
    """Summarise a measure of each band.

    Returns:
        One row a band: `band`, `value`, `low`, `high` (95 % interval); for visits and spend also
        the band's `share` of all, `share_low` and `share_high`.
    """
    figure, _ = measured(tables, model, measure)
    figures = {("value", "low", "high"): figure}
    if measure != "basket":
        figures["share", "share_low", "share_high"] = figure.shares()
    table = pd.DataFrame({"band": model.bands.names})
    for columns, totalled in figures.items():
        for column, values in zip(columns, (totalled.value, *totalled.interval()), strict=True):
            table[column] = values[:, 0].clip(min=0)
    return table


def by_part(tables: Tables, model: Counted, by: str, measure: str) -> pd.DataFrame:
    """Total a measure by band over time, by hour or by store.

    Args:
        tables: whose visits `model` was fitted to.
        model: how visits count towards bands.
        by: one of `PARTS`.
        measure: one of `MEASURES`.

    Returns:
        One row a part and band: `part`, `band`, `value`, `low`, `high` (95 % interval).
    """
    figure, names = measured(tables, model, measure, by)
    ends = (figure.value, *figure.interval())
    value, low, high = (values.clip(min=0).T.ravel() for values in ends)
    return pd.DataFrame(
        {
            "part": np.repeat(names, len(model.bands)),
            "band": list(model.bands.names) * len(names),
            "value": value,
            "low": low,
            "high": high,
        }
    )


def is_a_day(by: str, measure: str) -> bool:
    """Return whether a measure is shown for each day: a month has five of some weekdays."""
    return by == "weekday" and measure != "basket"


def per_day(parts: pd.DataFrame, tables: Tables) -> pd.DataFrame:
    """Divide what `by_part` totals by day of the week by how many such days had visits."""
    every = PARTS["weekday"](pd.DataFrame({"time": tables.days})).value_counts()
    count = parts["part"].map(every)
    figures = ["value", "low", "high"]
    return parts.assign(**parts[figures].div(count, axis=0))


def similar_bands(tables: Tables, model: Counted, measure: str) -> list[tuple[str, str]]:
    """Return the pairs of bands whose difference in a measure is not significant, or unknown.

    The pairs that are not returned have a low false discovery rate.
    """
    figure, _ = measured(tables, model, measure)
    one, other = np.array(list(combinations(range(len(model.bands)), 2))).T
    differs = significant(
        (figure.value[one] - figure.value[other])[:, 0],
        (figure.resampled[:, one] - figure.resampled[:, other])[..., 0],
    )
    names = np.array(model.bands.names)
    return list(zip(names[one[~differs]].tolist(), names[other[~differs]].tolist(), strict=True))


def compare(
    first: tuple[Tables, Counted], second: tuple[Tables, Counted], measure: str
) -> pd.DataFrame:
    """Compare a measure of each band in two sets of visits; visits and spend are for each day.

    Args:
        first: tables, and how their visits count.
        second: the same for other visits and the same bands.
        measure: one of `purchases.MEASURES`.

    Returns:
        One row a band: `band`, `first`, `first_low`, `first_high` (95 % interval), the same of
        `second`, `difference` (second minus first), `low`, `high` (95 % interval of the
        difference) and `differs` (whether it is significant, at `FALSE_DISCOVERY_RATE` over the
        bands).
    """
    one, other = (_for_each_day(*side, measure) for side in (first, second))
    # Both sets use the same draws; shifting those of one makes them independent.
    resampled = (np.roll(other.resampled, 1, axis=0) - one.resampled)[..., 0]
    difference = (other.value - one.value)[:, 0]
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {
            "band": first[1].bands.names,
            **_with_ends("first", one),
            **_with_ends("second", other),
            "difference": difference,
            "low": low,
            "high": high,
            "differs": significant(difference, resampled),
        }
    )


def _with_ends(name: str, figure: Totals) -> dict[str, np.ndarray]:
    """Return the columns of a figure of one part: its value and the ends of its interval."""
    columns = (name, f"{name}_low", f"{name}_high")
    values = (figure.value, *figure.interval())
    return {column: ends[:, 0].clip(min=0) for column, ends in zip(columns, values, strict=True)}


def _for_each_day(tables: Tables, model: Counted, measure: str) -> Totals:
    figure, _ = measured(tables, model, measure)
    return figure if measure == "basket" else figure.scaled(1 / max(len(tables.days), 1))
