"""What visits come to by age band, added up a month of a store at a time: no visit is held.

Weights are a matrix times the probabilities of bands, which depends on all visits. So sums are of
probabilities, and of their products; the matrix makes sums of weights of them at the end.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from age_model.ages import AGE_BINS
from age_model.store.record.bought import paid_for
from age_model.store.record.read_months import THREADS, LongTables, MonthFiles
from age_model.store.record.schema import MONEY_PARTS
from age_model.store.statistics.age_bands import AgeBands
from age_model.store.statistics.band_weights import (
    Totals,
    bootstrap,
    by_cell,
    relative_sizes,
    resampled_totals,
    resized,
    unblurring,
)
from age_model.store.statistics.model_errors import Lookup
from age_model.store.statistics.pooled import People, Pooled, Source, pool, rows_by_source

KINDS = ("product", "category")
HOURS = 24
_STORES_AT_ONCE = 16  # of a month, so that their visits stay in the processor's cache
_ESTIMATES = ("visits", "ranges", "bare", "bare_ages")


class Part(NamedTuple):
    """Sums of the probabilities of visits in some parts, such as days.

    Attributes:
        names: of the C parts.
        by_group: by bootstrap group, what is summed, and part, shape (groups, 3, C, B).
        doubted: under each of `DOUBTS`, shape (doubts, 3, C, B).
    """

    names: np.ndarray
    by_group: np.ndarray
    doubted: np.ndarray

    def joined(self, numbers: np.ndarray, names: np.ndarray) -> "Part":
        """Return the sums of larger parts: `numbers` has that of each part, shape (C,)."""
        by_group, doubted = (
            np.stack([of[:, :, numbers == one].sum(axis=2) for one in range(len(names))], axis=2)
            for of in (self.by_group, self.doubted)
        )
        return Part(names, by_group, doubted)


class LiftSums(NamedTuple):
    """What the lifts of things are made of.

    Attributes:
        names: of the things.
        visits: how many there are.
        held: how many of them have each thing, shape (things,).
        shares: of each band's visits with each thing, shape (bands, things).
        squares: sums of the squares of the shares with which visits count, of those with each
            thing, shape (bands, things).
        all_squares: the same of all visits, shape (bands,).
        mixed: by the weight that the visits of each band have in it, shape (bands, bands).
        doubted: shares under each of `DOUBTS`, shape (doubts, bands, things).
    """

    names: np.ndarray
    visits: int
    held: np.ndarray
    shares: np.ndarray
    squares: np.ndarray
    all_squares: np.ndarray
    mixed: np.ndarray
    doubted: np.ndarray


class Items(NamedTuple):
    """Sums over the visits with each thing in their baskets.

    Attributes:
        names: of the things.
        held: how many visits have it.
        sums: of their probabilities, by what is assumed, shape (assumptions, things, B).
        products: of the products of their probabilities, shape (things, B, B).
    """

    names: np.ndarray
    held: np.ndarray
    sums: np.ndarray
    products: np.ndarray


@dataclass(frozen=True)
class BandSums:
    """What visits come to by age band.

    Attributes:
        pooled: how they count.
        draws: of `bootstrap`.
        sums: of their probabilities, by what is assumed, shape (assumptions, B).
        products: of the products of these, shape (assumptions, B, B).
        parts: by day, hour and store.
        items: by `KINDS`.
    """

    pooled: Pooled
    draws: np.ndarray
    sums: np.ndarray
    products: np.ndarray
    parts: dict[str, Part]
    items: dict[str, Items]

    @property
    def bands(self) -> AgeBands:
        """The bands."""
        return self.pooled.bands

    def __len__(self) -> int:
        return self.pooled.mix.visits

    @property
    def matrices(self) -> list[np.ndarray]:
        """What makes weights of probabilities, by what is assumed."""
        return [unblurring(*of) for of in zip(self.sums, self.products, strict=True)]

    @property
    def by_band(self) -> np.ndarray:
        """The visits of each band, shape (B,)."""
        visits: np.ndarray = self.sums[0] @ self.matrices[0]
        return visits

    def totals(self, part: Part, what: int) -> Totals:
        """Total what the visits of each part bring.

        Args:
            part: the parts.
            what: is summed: 0 visits, 1 spend, 2 visits with lines.
        """
        first, *others = self.matrices
        visits = self.parts["hour"].by_group[:, 0].sum(axis=1) @ first
        sizes = relative_sizes(self.pooled.shares) * self.sums[0]
        return resampled_totals(
            part.by_group[:, what] @ first,
            [of[what] @ matrix for of, matrix in zip(part.doubted, others, strict=True)],
            self.draws,
            resized(self.draws @ visits, sizes, len(self)),
            self.pooled.mix.unmeasured,
        )

    def lift_sums(self, kind: str) -> LiftSums:
        """Return what the lifts of the things of one of `KINDS` are made of."""
        items, (matrix, *others) = self.items[kind], self.matrices
        size = self.by_band
        products = matrix.T @ self.products[0]
        return LiftSums(
            items.names,
            len(self),
            items.held,
            (items.sums[0] @ matrix / size).T,
            np.einsum("ib,tij,jb->bt", matrix, items.products, matrix) / size[:, None] ** 2,
            np.einsum("bi,ib->b", products, matrix) / size**2,
            products / size[:, None],
            np.array(
                [
                    (of @ other / (total @ other)).T
                    for of, other, total in zip(items.sums[1:], others, self.sums[1:], strict=True)
                ]
            ).reshape(-1, len(size), len(items.names)),
        )


def sum_by_bands(tables: LongTables, errors: Lookup, bands: AgeBands) -> BandSums:
    """Add up what visits come to.

    Args:
        tables: of at least one visit.
        errors: gives the measured errors of a model version, or None.
        bands: to count by.

    Raises:
        RecordError: the export cannot be read.
    """
    try:
        return _sum(tables, errors, bands)
    except LookupError:  # a store, a product or a model version is new since they were read
        anew = LongTables(tables.engine, tables.export, tables.asked, tables.no_range)
        return _sum(anew, errors, bands)


def _sum(tables: LongTables, errors: Lookup, bands: AgeBands) -> BandSums:
    pooled = pool(_sources(tables.estimates), errors, bands)
    goods = _goods(tables.products)
    group, draws = bootstrap(pooled.mix.visits)
    added = _Added(pooled, goods, tables.stores, group, draws.shape[1])
    ready: list[_Counted] = []
    with ThreadPoolExecutor(THREADS) as threads:
        for files in tables.months():
            counted = threads.map(partial(_count, pooled=pooled, goods=goods), files)
            added.add(ready)  # while the threads are at work on the next month
            ready = [one for one in counted if len(one.key)]
    added.add(ready)
    return added.sums(draws)


class _Goods(NamedTuple):
    """The products: by kind, the thing that each key is, and the names of things."""

    thing: dict[str, np.ndarray]
    names: dict[str, np.ndarray]


def _goods(products: pd.DataFrame) -> _Goods:
    """Return the products of `LongTables`."""
    key = products["id"].to_numpy(np.int64)
    thing, names = {}, {}
    for kind in KINDS:
        of = products[kind].astype("category").cat
        thing[kind] = np.zeros(key.max(initial=0) + 1, dtype=np.int64)
        thing[kind][key] = of.codes
        names[kind] = np.array(of.categories, dtype=object)
    return _Goods(thing, names)


class _Counted(NamedTuple):
    """The visits of a store's month.

    Attributes:
        store: its name.
        key: of the n visits.
        time: of theirs.
        probabilities: of their bands, by what is assumed, shape (assumptions, B, n).
        products: sums of the products of these, shape (assumptions, B, B).
        brought: by each visit: spend, and whether its receipt has lines, shape (2, n).
        items: by kind, the things that are in baskets, in how many, and the sums of the
            probabilities and of their products over those visits.
    """

    store: str
    key: np.ndarray
    time: np.ndarray
    probabilities: np.ndarray
    products: np.ndarray
    brought: np.ndarray
    items: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]


def _count(files: MonthFiles, pooled: Pooled, goods: _Goods) -> _Counted:
    """Count a store's month."""
    month = files.read()
    sources = rows_by_source(month.source, month.versions)
    people = People(month.age, month.low, month.high, month.distributions, sources)
    probabilities = pooled.probabilities(people)
    amount = month.amount / MONEY_PARTS
    visits = len(month.key)
    spend = np.bincount(month.row, amount, minlength=visits)
    with_lines = np.bincount(month.row, minlength=visits) > 0
    of_visits = np.ascontiguousarray(probabilities.swapaxes(0, 1))
    items = {}
    for kind, thing in goods.thing.items():
        held, row = paid_for(thing[month.product], month.row, visits, amount)
        start = np.flatnonzero(np.diff(held, prepend=-1))
        items[kind] = held[start], np.diff(start, append=len(held)), *_sums(of_visits[row], start)
    return _Counted(
        month.store,
        month.key,
        month.time,
        # One band after the other in memory, as they are added up.
        np.ascontiguousarray(probabilities.swapaxes(1, 2)),
        probabilities.swapaxes(1, 2) @ probabilities,
        np.stack([spend, with_lines]),
        items,
    )


def _sums(columns: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums of rows, and of their products, from each start to the next.

    Args:
        columns: probabilities, by what is assumed, shape (m, assumptions, B).
        start: rows.

    Returns:
        Shapes (starts, assumptions, B), and (starts, B, B) of those first assumed.
    """
    _, _, bands = columns.shape
    if not len(start):
        return columns[:0], np.zeros((0, bands, bands))
    parts = np.split(columns[:, 0], start[1:])
    return np.add.reduceat(columns, start, axis=0), np.array([part.T @ part for part in parts])


def _sources(estimates: pd.DataFrame) -> dict[str, Source]:
    """Return the sources of estimates as in `LongTables`."""
    found = {}
    for version, rows in estimates.groupby("model_version"):
        year = rows["year"].clip(0, AGE_BINS - 1).to_numpy()
        found[str(version)] = Source(*(np.bincount(year, rows[of], AGE_BINS) for of in _ESTIMATES))
    return found


class _Added:
    """Adds up months."""

    def __init__(
        self, pooled: Pooled, goods: _Goods, stores: list[str], group: np.ndarray, groups: int
    ) -> None:
        self._pooled, self._goods, self._group, self._groups = pooled, goods, group, groups
        self._seen = 0
        bands, assumed = len(pooled.bands), len(pooled.mix.assumed)
        self._sums = np.zeros((assumed, bands))
        self._products = np.zeros((assumed, bands, bands))
        self._held = {kind: np.zeros(len(names), int) for kind, names in goods.names.items()}
        self._of_items = {
            kind: (np.zeros((len(names), assumed, bands)), np.zeros((len(names), bands, bands)))
            for kind, names in goods.names.items()
        }
        self._stores = {store: number for number, store in enumerate(stores)}
        self._by_store = self._no_parts(len(stores))
        self._by_hour = self._no_parts(HOURS)
        self._by_day: list[tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]] = []

    def _no_parts(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        assumed, bands = self._sums.shape
        return np.zeros((self._groups, 3, count, bands)), np.zeros((assumed - 1, 3, count, bands))

    def add(self, counted: list[_Counted]) -> None:
        """Add a month of all stores, the months in the order of time."""
        if not counted:
            return
        key = np.concatenate([one.key for one in counted])
        time = np.concatenate([one.time for one in counted])
        # Groups go by the order of time, of all stores together.
        place = np.arange(self._seen, self._seen + len(key))
        group = np.empty(len(key), dtype=int)
        group[np.lexsort((key, time))] = self._group.take(place, mode="wrap")
        self._seen += len(key)
        month = time[0].astype("datetime64[M]")
        days = np.arange(month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]"))
        of_days = self._no_parts(len(days))
        self._by_day.append((days, of_days))
        groups = np.split(group, np.cumsum([len(one.key) for one in counted])[:-1])
        for some in range(0, len(counted), _STORES_AT_ONCE):
            of_some = slice(some, some + _STORES_AT_ONCE)
            self._add(counted[of_some], np.concatenate(groups[of_some]), days[0], of_days)

    def _add(
        self,
        counted: list[_Counted],
        group: np.ndarray,
        first: np.datetime64,
        of_days: tuple[np.ndarray, np.ndarray],
    ) -> None:
        """Add some stores' month, of which the first day is given, and the sums by day."""
        for one in counted:
            self._products += one.products
            for kind, (found, count, sums, products) in one.items.items():
                self._held[kind][found] += count
                self._of_items[kind][0][found] += sums
                self._of_items[kind][1][found] += products
        probabilities = np.concatenate([one.probabilities for one in counted], axis=2)
        self._sums += probabilities.sum(axis=2)
        time = np.concatenate([one.time for one in counted])
        stores = np.array([self._stores[one.store] for one in counted])
        store = np.repeat(np.arange(len(counted)), [len(one.key) for one in counted])
        hour = time.astype("datetime64[h]").astype(int) % HOURS
        day = (time.astype("datetime64[D]") - first).astype(int)
        places = (
            (store, stores, self._by_store),
            (hour, np.arange(HOURS), self._by_hour),
            (day, np.arange(of_days[0].shape[2]), of_days),
        )
        spend, with_lines = np.concatenate([one.brought for one in counted], axis=1)
        every = probabilities, spend * probabilities, with_lines * probabilities
        for what, values in enumerate(every):
            for part, parts, added in places:
                _add_part(added, what, group, part, parts, values)

    def sums(self, draws: np.ndarray) -> BandSums:
        """Return what was added up."""
        days = np.concatenate([days for days, _ in self._by_day])
        by_group, doubted = (
            np.concatenate([of[number] for _, of in self._by_day], axis=2) for number in (0, 1)
        )
        parts = {
            "store": _present(np.array(list(self._stores), dtype=object), *self._by_store),
            "hour": _present(np.arange(HOURS), *self._by_hour),
            "day": _present(days.astype("datetime64[ns]"), by_group, doubted),
        }
        items = {
            kind: Items(self._goods.names[kind], self._held[kind], sums.swapaxes(0, 1), products)
            for kind, (sums, products) in self._of_items.items()
        }
        return BandSums(self._pooled, draws, self._sums, self._products, parts, items)


def _add_part(
    sums: tuple[np.ndarray, np.ndarray],
    what: int,
    group: np.ndarray,
    part: np.ndarray,
    parts: np.ndarray,
    every: np.ndarray,
) -> None:
    """Add what visits bring, shape (assumptions, B, n), to the sums of `Part`.

    `part` has the place of each visit's part among `parts`, and these are places in the sums.
    """
    by_group, doubted = sums
    groups, count = len(by_group), len(parts)
    found = by_cell(group * count + part, every[0].T, groups * count)
    by_group[:, what, parts] += found.reshape(groups, count, -1)
    for number, doubt in enumerate(every[1:]):
        doubted[number, what, parts] += by_cell(part, doubt.T, count)


def _present(names: np.ndarray, by_group: np.ndarray, doubted: np.ndarray) -> Part:
    """Return the parts that have visits."""
    has = by_group[:, 0].sum(axis=(0, 2)) > 0.5  # of a visit
    return Part(names[has], by_group[:, :, has], doubted[:, :, has])
