"""Filters on the tables that were read."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import overload

import numpy as np
import pandas as pd

from age_model.i18n.message import mark
from age_model.i18n.translate import LANGUAGES, in_language, tr
from age_model.store.record.read import StoreTables
from age_model.store.record.read_months import LongTables

Tables = StoreTables | LongTables


def select_visits(tables: StoreTables, keep: np.ndarray) -> StoreTables:
    """Return the tables with some of their visits.

    Lines and checks of other visits stay, and match none.

    Args:
        tables: of n visits.
        keep: whether each stays, bool, shape (n,).
    """
    visits = tables.visits[keep].reset_index(drop=True)
    return replace(tables, visits=visits, distributions=tables.distributions[keep])


@overload
def of_stores(tables: StoreTables, stores: Collection[str]) -> StoreTables: ...
@overload
def of_stores(tables: LongTables, stores: Collection[str]) -> LongTables: ...
def of_stores(tables: Tables, stores: Collection[str]) -> Tables:
    """Return the tables with the visits to some stores; no names means all."""
    if not stores:
        return tables
    if isinstance(tables, LongTables):
        return tables.of_stores(frozenset(stores))
    return select_visits(tables, tables.visits["store"].isin(list(stores)).to_numpy())


@overload
def of_days(tables: StoreTables, first: date, last: date) -> StoreTables: ...
@overload
def of_days(tables: LongTables, first: date, last: date) -> LongTables: ...
def of_days(tables: Tables, first: date, last: date) -> Tables:
    """Return the tables with the visits of some days, both ends included."""
    if isinstance(tables, LongTables):
        return tables.of_days(first, last)
    day = tables.visits["time"].dt.normalize()
    inside = (day >= pd.Timestamp(first)) & (day <= pd.Timestamp(last))
    return select_visits(tables, inside.to_numpy())


def cut_weeks(first: date, last: date) -> list[date]:
    """Return the Mondays of the weeks that lie only partly between two days.

    >>> cut_weeks(date(2026, 6, 1), date(2026, 6, 30))
    [datetime.date(2026, 6, 29)]
    """
    mondays = {day - timedelta(days=day.weekday()) for day in (first, last)}
    return sorted(day for day in mondays if day < first or day + timedelta(days=6) > last)


def is_demonstration(tables: Tables) -> bool:
    """Return whether visits of the demonstration month are among these."""
    return not demo_names().isdisjoint(tables.stores)


# With their cashiers; in a record the names are in the language of who loaded the month.
DEMO_STORES = {mark("Demo Central"): 7, mark("Demo Riverside"): 7, mark("Demo Station"): 6}


@cache
def demo_names() -> frozenset[str]:
    """Return the names of the demonstration stores in every language."""
    names: list[str] = []
    for code in LANGUAGES:
        with in_language(code):
            names += map(tr, DEMO_STORES)
    return frozenset(names)
