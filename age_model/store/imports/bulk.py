"""Imports a long file of receipts or visits into the record, a part at a time."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.data.spreadsheets import csv_file
from age_model.i18n.translate import tr
from age_model.store.imports import rows
from age_model.store.imports.csv_files import commas_group
from age_model.store.imports.file_times import TimeReading, TimesCounted, TimesWritten, count_times
from age_model.store.imports.long_files import LongFile
from age_model.store.imports.rows import Checked, Field
from age_model.store.imports.tables import TableError
from age_model.store.record.add_many import add_batch, receipt_batch, visit_batch
from age_model.store.record.batches import ROWS, Pace, numbered
from age_model.store.record.links import Span, join_receipts, spans_of
from age_model.store.record.past_imports import begin_import, end_import
from age_model.store.record.receipt_batch import RECEIPT, ReceiptBatch
from age_model.store.record.visit_batch import VisitBatch

FIELDS = {"receipts": rows.RECEIPT_FIELDS, "visits": rows.VISIT_FIELDS}
_NUMBERS = ("amount", "quantity", *rows.FIGURES)
_HELD = 1000  # rows at the end of a part: the receipts among them may go on in the next
_ENCODING = "utf-8-sig"  # of `csv_file`
Item = TypeVar("Item")


@dataclass(frozen=True)
class Choice:
    """How a file is to be read.

    Attributes:
        columns: the column of each field that the file has.
        typed: store and till where there is no column for them.
        alcohol: names of the categories that are alcohol, if there is no column for it.
        month_first: whether 03/04/2026 is in March; None: as the file tells.
        zone: of the store, where times have an offset.
    """

    columns: Mapping[str, str]
    typed: Mapping[str, str] = field(default_factory=dict)
    alcohol: Collection[str] = ()
    month_first: bool | None = None
    zone: str | None = None


class Surveyed(NamedTuple):
    """What only a whole file tells: the format of times and numbers, and the stores."""

    times: TimesWritten
    grouped: dict[str, bool]
    stores: list[str]


class Imported(NamedTuple):
    """The outcome: new rows, existing ones, bad ones, totals, visits linked to a receipt."""

    added: int
    known: int
    bad: int
    totals: int
    joined: int


def lacking(kind: str, choice: Choice) -> list[Field]:
    """Return the fields that a file must have and that are neither in a column nor typed."""
    return [
        one
        for name, one in FIELDS[kind].items()
        if one.required and name not in choice.columns and not choice.typed.get(name)
    ]


def survey(file: LongFile, choice: Choice) -> Surveyed:
    """Read a file once for what must be known before its first row is.

    Raises:
        TableError: it cannot be read.
    """
    known = choice.columns
    read = {known[name] for name in ("time", "date", "store", *_NUMBERS) if name in known}
    times, grouped, stores = TimesCounted(), dict.fromkeys(_NUMBERS, False), set[str]()
    for part in file.parts(read):
        written = rows.written_times(part, known)
        times += count_times(written)
        stores |= (  # a row without a time cannot be added: it may be a total
            set(part.loc[written.str.strip() != "", known["store"]].unique())
            if "store" in known
            else {choice.typed["store"]}
        )
        for name in _NUMBERS:
            if name in known and not grouped[name]:
                grouped[name] = commas_group(part[known[name]])
    return Surveyed(times.written, grouped, sorted(stores - {""}))


def reading_of(choice: Choice, times: TimesWritten) -> TimeReading:
    """Return how the times of a file are read.

    Raises:
        TableError: the file leaves it open, and it was not said.
    """
    month_first = choice.month_first
    if month_first is None:
        if times.example and not times.decided:
            raise TableError(
                tr(
                    "The file does not show whether “{text}” begins with the day or the month: "
                    "say --day-first or --month-first."
                ).format(text=times.example)
            )
        month_first = times.month_first
    if times.zoned and choice.zone is None:
        raise TableError(
            tr("Some times have Z or an offset: name the time zone of the store by --zone.")
        )
    return TimeReading(month_first, choice.zone or TimeReading().zone)


def import_file(
    engine: Engine, writer: Visitor, kind: str, file: LongFile, choice: Choice, name: str, bad: Path
) -> Imported:
    """Import a file; what it adds can be undone.

    While a part is added, the next one is read.

    Args:
        engine: of `open_record`.
        writer: who imports it.
        kind: of `FIELDS`.
        file: to read.
        choice: how.
        name: of the file, for the list of imports.
        bad: CSV file for the rows that cannot be added, with the reasons; only made if there are
            some.

    Raises:
        AccessDenied: the writer may not import into one of the stores; nothing was written.
        TableError: the file cannot be read, or not on: a part, or nothing, was written.
        RecordError: a part, or nothing, was written.
        OSError: the file of rows that cannot be added cannot be written.
    """
    found = survey(file, choice)
    reading = reading_of(choice, found.times)
    left_out = _LeftOut(bad)
    spans: dict[str, Span] = {}
    added = good = 0
    pace = Pace(ROWS[engine.dialect.name])
    key = begin_import(engine, writer, kind, name, found.stores)
    checked = _checked(kind, file, choice, reading, found.grouped, left_out)
    parts = whole_receipts(checked) if kind == "receipts" else checked
    try:
        for part, batch in _ahead((part, _batch(kind, writer, key, part)) for part in parts):
            added += add_batch(engine, batch, key, pace)
            good += len(part)
            for store, span in spans_of(part).items():
                spans[store] = _both(span, spans.get(store, span))
    finally:
        end_import(engine, writer, key)
    joined = join_receipts(engine, writer.scope(Action.IMPORT), spans=spans)
    return Imported(added, good - added, left_out.count, left_out.totals, joined)


def whole_receipts(parts: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Yield rows so that no receipt is cut: its equal lines are numbered within one part."""
    held = None
    for part in parts:
        lines = part if held is None else pd.concat([held, part])
        if lines.empty:
            continue
        receipt = numbered(lines.assign(day=lines["time"].dt.normalize()), RECEIPT)
        cut = np.isin(receipt, receipt[-_HELD:])
        held = lines[cut]
        if not cut.all():
            yield lines[~cut]
    if held is not None:
        yield held


def _checked(
    kind: str,
    file: LongFile,
    choice: Choice,
    reading: TimeReading,
    grouped: Mapping[str, bool],
    left_out: "_LeftOut",
) -> Iterator[pd.DataFrame]:
    """Yield the rows of each part that can be added; the others are written to a file."""
    repeats = Repeats()
    for part in file.parts():
        if kind == "receipts":
            done = rows.check_receipts(
                part, choice.columns, choice.typed, reading, choice.alcohol, grouped
            )
        else:
            done = rows.check_visits(part, choice.columns, choice.typed, reading, grouped)
            done = repeats.left_out(part, done)
        left_out.write(done.bad)
        if len(done.good):
            yield done.good


class Repeats:
    """Finds visits that repeat one of an earlier part, as `check_visits` does within one.

    Only digests of 64 bits are kept: among ten million visits, the chance that two are taken for
    one is below one in 100,000.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], np.ndarray] = {}

    def left_out(self, part: pd.DataFrame, checked: Checked) -> Checked:
        """Return what was checked, without the visits that came before."""
        good = checked.good.assign(day=checked.good["time"].dt.normalize())
        problems = rows.Problems(part.loc[good.index])
        for keys, reason in rows.unique_keys():
            whole = good.dropna(subset=list(keys))
            digest = pd.util.hash_pandas_object(whole[list(keys)], index=False).to_numpy()
            before = self._seen.get(keys, digest[:0])
            again = pd.Series(np.isin(digest, before), whole.index)
            problems.add(again.reindex(good.index, fill_value=False), reason)
            self._seen[keys] = np.union1d(before, digest)
        more = problems.part(checked.good)
        return Checked(more.good, pd.concat([checked.bad, more.bad]).sort_index())


class _LeftOut:
    """The file of rows that cannot be added; totals are only counted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.count = self.totals = 0

    def write(self, bad: pd.DataFrame) -> None:
        bad, totals = rows.without_totals(bad)
        self.totals += totals
        if bad.empty:
            return
        content = csv_file(bad)
        if self.count:  # the headings are there
            content = content.decode(_ENCODING).split("\r\n", 1)[1].encode()
        with self._path.open("ab" if self.count else "wb") as file:
            file.write(content)
        self.count += len(bad)


def _ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield items, each made while the one before is used."""
    context = copy_context()  # the language of the reasons
    with ThreadPoolExecutor(1) as reader, suppress(StopIteration):
        coming = reader.submit(context.run, next, items)
        while True:
            item = coming.result()
            coming = reader.submit(context.run, next, items)
            yield item


def _batch(
    kind: str, writer: Visitor, source: int, part: pd.DataFrame
) -> ReceiptBatch | VisitBatch:
    """Return a part as it is added."""
    if kind == "receipts":
        return receipt_batch(writer, part, source)
    return visit_batch(writer, *rows.visit_distributions(part), source)


def _both(one: Span, other: Span) -> Span:
    return Span(min(one.first, other.first), max(one.last, other.last))
