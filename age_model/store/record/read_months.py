"""The exported record, read a month of a store at a time: for sums over more than can be held."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from sqlalchemy import Engine

from age_model.ages import AGE_BINS
from age_model.store.record.database import RecordError
from age_model.store.record.export import FIGURES, SCHEMAS, Export
from age_model.store.record.read import NO_RECEIPT
from age_model.store.record.schema import DISTRIBUTION, DISTRIBUTION_BYTES, OUTCOMES
from age_model.store.record.window import DAY, Window

THREADS = min(2, os.cpu_count() or 1)  # that read and count files
_PACKED = "distribution"
_VISITS = [
    *("id", "time", "store", "receipt_id", "age", "age_low", "age_high"),
    *("model_version", _PACKED),
]
_BOUGHT = ["product_id", "amount"]
_LINES = ["receipt_id", *_BOUGHT]


class StoreMonth(NamedTuple):
    """The visits with an age of a store's month, and what was bought.

    Attributes:
        store: its name; "" without visits.
        key: of the n visits, int64, in the order of time.
        time: datetime64[us], local.
        age: estimates, years.
        low: lower ends of their ranges.
        high: upper ends.
        versions: of models; the last one, "", stands for an unknown one.
        source: the place of each visit's version among these.
        distributions: as stored, float16, shape (n, AGE_BINS).
        row: the visit of each line of a receipt, shape (m,).
        product: key of the line's product, int64.
        amount: of the line, as stored, int64.
    """

    store: str
    key: np.ndarray
    time: np.ndarray
    age: np.ndarray
    low: np.ndarray
    high: np.ndarray
    versions: list[str]
    source: np.ndarray
    distributions: np.ndarray
    row: np.ndarray
    product: np.ndarray
    amount: np.ndarray


@dataclass(frozen=True, eq=False)
class LongTables:
    """What `StoreTables` is for visits that are held: these are read whenever they are counted.

    Attributes:
        engine: of `open_record`.
        export: where the record is exported to.
        asked: whose and when.
        no_range: years; a range that is no wider is none.
        read_at: identifies this reading.
        parts: of some days or stores, as far as they were asked for.
    """

    engine: Engine
    export: Export
    asked: Window
    no_range: float
    read_at: datetime = field(default_factory=datetime.now)
    parts: dict[object, "LongTables"] = field(default_factory=dict)

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """How many visits have an estimate of each age.

        One row a store, model version and completed year of age: store, model_version ("" where
        unknown), year, visits, bare (of these, without a range), bare_ages (sum of the ages of
        those), ranges (sum of the widths of the other ones' ranges). Raises a RecordError if they
        cannot be read.
        """
        from age_model.store.record import read_export  # which not every installation has

        return read_export.estimates(self.engine, self.export, self.asked, self.no_range)

    @property
    def count(self) -> int:
        """The number of visits."""
        return int(self.estimates["visits"].sum())

    @property
    def stores(self) -> list[str]:
        """The stores of the visits, sorted."""
        return sorted(self.estimates["store"].unique())

    @property
    def versions(self) -> dict[str, int]:
        """The number of visits of each model version, "" where there is none."""
        counts = self.estimates.groupby("model_version")["visits"].sum()
        return {str(version): int(count) for version, count in counts.items()}

    @cached_property
    def days(self) -> pd.Series:
        """The days with visits, datetime64. Raises a RecordError if they cannot be read."""
        from age_model.store.record import read_export  # which not every installation has

        return read_export.days(self.engine, self.export, self.asked)

    @cached_property
    def products(self) -> pd.DataFrame:
        """The products of the record, in the order of ids: id, product, category, is_alcohol."""
        from age_model.store.record import read_export

        return read_export.goods_of(self.engine).sort_values("id", ignore_index=True)

    def categories(self) -> pd.Series:
        """Return the category of each product, text by product."""
        names = self.products.set_index("product")["category"]
        if names.index.is_unique:
            return names
        from age_model.store.record import read_export

        return read_export.categories(self.engine, self.export, self.asked)

    def of_stores(self, stores: frozenset[str]) -> "LongTables":
        """Return those of some stores; they are kept."""
        scope = self.asked.scope.narrowed(stores)
        return self._part(stores, Window(scope, self.asked.start, self.asked.end))

    def of_days(self, first: date, last: date) -> "LongTables":
        """Return those of some days, both ends included; they are kept."""
        return self._part((first, last), Window.of_days(self.asked.scope, first, last))

    def _part(self, name: object, asked: Window) -> "LongTables":
        if name not in self.parts:
            self.parts[name] = LongTables(
                self.engine, self.export, asked, self.no_range, self.read_at
            )
        return self.parts[name]

    def alcohol_sales(self) -> pd.DataFrame:
        """Return the visits with an age that bought alcohol, or have an ID check.

        In the order of time, without their distributions: visit_id, time, store, till, cashier,
        age, age_low, age_high, p_under_18, p_under_25, model_version, as in `StoreTables`, and
        outcome of the check, missing where there is none. Raises a RecordError if they cannot be
        read.
        """
        from age_model.store.record import read_export  # which not every installation has

        table = read_export.alcohol_sales(self.engine, self.export, self.asked)
        texts = ("store", "till", "cashier", "model_version", "outcome")
        sales = pd.DataFrame(
            {
                "visit_id": table["id"].to_numpy(),
                "time": table["time"].to_numpy().astype("datetime64[ns]"),
                **{name: _categorical(table[name]) for name in texts},
                **{name: table[name].to_numpy() for name in FIGURES},
            }
        )
        return sales.assign(outcome=sales["outcome"].cat.set_categories(OUTCOMES))

    def months(self) -> Iterator["list[MonthFiles]"]:
        """Yield the months in the order of time, each as its stores, as they were exported last.

        Raises:
            RecordError: the export cannot be read.
        """
        around, (first, last) = self.asked.months(DAY), self.asked.months()
        with _failures():
            found = {
                (kind, *_place(path)): path
                for kind in ("visits", "lines")
                for paths in self.export.by_store(kind, self.asked.scope, *around).values()
                for path in paths
            }
        stores: dict[str, list[str]] = {}
        for kind, folder, month in found:
            if kind == "visits" and first <= month <= last:
                stores.setdefault(month, []).append(folder)
        for month in sorted(stores):
            yield [MonthFiles(self, folder, month, found) for folder in stores[month]]


@dataclass(frozen=True)
class MonthFiles:
    """The files of a store's month.

    Attributes:
        tables: of which it is a part.
        folder: of the store.
        month: such as 2026-06.
        found: all files, by kind, folder and month.
    """

    tables: LongTables
    folder: str
    month: str
    found: Mapping[tuple[str, str, str], str]

    def read(self) -> StoreMonth:
        """Read the files.

        Raises:
            RecordError: they cannot be read.
        """
        with _failures():
            visits = self._rows("visits", self.month, _VISITS)
            if visits[_PACKED].null_count:
                visits = visits.filter(visits[_PACKED].is_valid())
            time = visits["time"].to_numpy()
            receipts = visits["receipt_id"].fill_null(NO_RECEIPT).to_numpy()
            row, lines = self._lines(receipts, time)
            return StoreMonth(
                visits["store"][0].as_py() if len(visits) else "",
                visits["id"].to_numpy(),
                time,
                visits["age"].to_numpy(),
                visits["age_low"].to_numpy(),
                visits["age_high"].to_numpy(),
                *_sources(visits["model_version"]),
                _unpacked(visits[_PACKED]),
                row,
                np.asarray(lines["product_id"], dtype=np.int64),  # also where there are none
                np.asarray(lines["amount"], dtype=np.int64),
            )

    def _lines(self, receipts: np.ndarray, time: np.ndarray) -> tuple[np.ndarray, pa.Table]:
        """Return the lines of visits' receipts, and the visit of each.

        A receipt may be of the month after a visit just before midnight, or of the one before.
        """
        found = [_matched(receipts, self._rows("lines", self.month, _LINES))]
        without = receipts != NO_RECEIPT
        without[found[0][0]] = False
        month = np.datetime64(self.month)
        begin, end = (one.astype(time.dtype) for one in (month, month + 1))
        for other, near in ((month - 1, time < begin + DAY), (month + 1, time >= end - DAY)):
            if (without & near).any():
                wanted = np.where(without & near, receipts, NO_RECEIPT)
                found.append(_matched(wanted, self._rows("lines", str(other), _LINES)))
        rows, lines = zip(*found, strict=True)
        return np.concatenate(rows), pa.concat_tables(lines)

    def _rows(self, kind: str, month: str, names: list[str]) -> pa.Table:
        """Return columns of a file, of the rows that were asked for."""
        path = self.found.get((kind, self.folder, month))
        if path is None:
            return pa.schema([SCHEMAS[kind].field(name) for name in names]).empty_table()
        asked = self.tables.asked
        start = "" if asked.start is None else f"{asked.start:%Y-%m}"
        end = "9" if asked.end is None else f"{asked.end:%Y-%m}"
        moments = [] if start < month < end else ["time", *(["day"] if kind == "lines" else [])]
        export = self.tables.export
        texts = [name for name in ("store", "model_version") if name in names]
        source = export.system()[0].open(path) if export.is_remote else path
        with pyarrow.parquet.ParquetFile(source, read_dictionary=texts) as file:
            rows = file.read(list({*names, *moments}), use_threads=False)
        return rows.filter(_within(rows.select(moments), asked)) if moments else rows


def _place(path: str) -> tuple[str, str]:
    """Return the folder and the month of a file."""
    _, folder, month = path.removesuffix(".parquet").rsplit("/", 2)
    return folder, month


def _within(moments: pa.Table, asked: Window) -> np.ndarray:
    """Tell which rows were asked for; those of old receipts have a day, but no time."""
    time = moments["time"].to_numpy()
    keep = np.ones(len(time), dtype=bool)
    first: np.ndarray = np.array(asked.start or datetime.min, time.dtype)
    if "day" in moments.column_names:
        is_old = np.isnat(time)
        time = np.where(is_old, moments["day"].to_numpy().astype(time.dtype), time)
        first = np.where(is_old, first.astype("datetime64[D]").astype(time.dtype), first)
    if asked.start is not None:
        keep &= time >= first
    return keep if asked.end is None else keep & (time < np.datetime64(asked.end))


def _matched(receipts: np.ndarray, lines: pa.Table) -> tuple[np.ndarray, pa.Table]:
    """Return the lines of some receipts, and the place of each line's receipt among these."""
    wanted = lines["receipt_id"].to_numpy()
    lines = lines.select(_BOUGHT)
    if not len(receipts):
        return np.zeros(0, dtype=int), lines.slice(0, 0)
    order = np.argsort(receipts)
    start = np.flatnonzero(np.diff(wanted, prepend=-1))  # lines of a receipt follow each other
    place = np.searchsorted(receipts[order], wanted[start]).clip(max=len(order) - 1)
    row = np.repeat(order[place], np.diff(start, append=len(wanted)))
    known = receipts[row] == wanted
    return (row, lines) if known.all() else (row[known], lines.filter(known))


def _sources(column: pa.ChunkedArray) -> tuple[list[str], np.ndarray]:
    texts = column.unify_dictionaries().combine_chunks() if len(column) else None
    if texts is None:
        return [""], np.zeros(0, dtype=int)
    names = texts.dictionary.to_pylist()
    return [*names, ""], texts.indices.fill_null(len(names)).to_numpy(zero_copy_only=False)


def _categorical(texts: pa.ChunkedArray) -> pd.Categorical:
    """Return texts with their names sorted."""
    encoded = texts.dictionary_encode().unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # without a single chunk
        encoded = pa.array([], pa.string()).dictionary_encode()
    names = np.array(encoded.dictionary.to_pylist(), dtype=object)
    order = np.argsort(names)
    place = np.empty(len(order) + 1, dtype=np.intp)
    place[order], place[-1] = np.arange(len(order)), -1
    codes = encoded.indices.fill_null(len(order)).to_numpy(zero_copy_only=False)
    return pd.Categorical.from_codes(place[codes], names[order].tolist())


def _unpacked(column: pa.ChunkedArray) -> np.ndarray:
    if not len(column):
        return np.empty((0, AGE_BINS), DISTRIBUTION)
    packed = column.combine_chunks()
    packed = packed.cast(pa.binary(DISTRIBUTION_BYTES))
    rows = np.frombuffer(packed.buffers()[1], DISTRIBUTION).reshape(-1, AGE_BINS)
    return rows[packed.offset : packed.offset + len(packed)]


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise RecordError(str(error)) from error
