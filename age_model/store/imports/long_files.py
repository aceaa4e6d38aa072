"""Reads files of receipts and visits of any length, a part at a time, as a whole one is read."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from age_model.data.spreadsheets import MADE_HARMLESS, as_before
from age_model.i18n.translate import tr
from age_model.store.imports.csv_files import encoding_of, no_csv, separator_of, unreadable
from age_model.store.imports.excel_files import is_excel
from age_model.store.imports.files import read_file
from age_model.store.imports.rows import Field, guess_columns
from age_model.store.imports.tables import (
    BEYOND,
    MOST_COLUMNS,
    TableError,
    check_size,
    find_headings,
    unique_names,
)

PART = 2**22  # bytes: some 50,000 lines
_SAMPLE = 2**18  # bytes, which tell encoding, separator and headings


class LongFile:
    """A CSV file; a spreadsheet, which has a million rows at most, is read as one part.

    Attributes:
        headings: of its columns.
    """

    def __init__(self, path: Path, fields: Mapping[str, Field]) -> None:
        """Read the beginning of a file.

        Args:
            path: of the file.
            fields: that its columns may hold; they tell the headings from a title above them.

        Raises:
            TableError: it cannot be read as a table.
            OSError: it cannot be read.
        """
        self._path = path
        with path.open("rb") as file:
            sample = file.read(_SAMPLE)
        self._sheet = read_file(path.read_bytes(), fields) if is_excel(sample) else None
        if self._sheet is not None:
            self.headings = list(self._sheet.columns)
            return

        def recognise(headings: Sequence[str]) -> int:
            return len(guess_columns(fields, list(dict.fromkeys(headings))))

        if len(sample) == _SAMPLE:
            sample = sample[: sample.rfind(b"\n") + 1] or sample
        self._encoding = encoding_of(sample)
        text = sample.decode(self._encoding, errors="ignore")
        try:
            self._separator = separator_of(text, recognise)
            rows = list(csv.reader(StringIO(text, newline=""), delimiter=self._separator))
        except csv.Error as error:
            raise no_csv() from error
        self._place = find_headings(rows, recognise)
        check_size(0, len(rows[self._place]))
        self.headings = unique_names(rows[self._place])

    def parts(self, columns: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the rows below the headings, as `table_of` returns them, some at a time.

        Args:
            columns: to read; by default all.

        Raises:
            TableError: it cannot be read on.
        """
        wanted = [name for name in self.headings if columns is None or name in columns]
        if self._sheet is not None:
            yield self._sheet[wanted]
            return
        odd: dict[int, str] = {}  # rows with more or fewer cells than headings, by number

        def keep(row: pyarrow.csv.InvalidRow) -> str:
            odd[row.number] = row.text
            return "skip"

        number = self._place + 2  # of the next row, counted from 1
        try:
            for batch in self._batches(wanted, keep):
                numbers = np.arange(number, number + len(batch) + len(odd))
                numbers = numbers[~np.isin(numbers, list(odd))][: len(batch)]
                number = int(numbers[-1]) + 1 if len(numbers) else number
                table = pd.DataFrame(
                    {name: _clean(batch.column(name)) for name in wanted}, index=numbers
                )
                known = {place: odd.pop(place) for place in sorted(odd) if place < number}
                yield self._with_odd(table, known, wanted)
            if odd:
                yield self._with_odd(pd.DataFrame(columns=wanted), odd, wanted)
        except UnicodeDecodeError as error:
            raise unreadable() from error
        except (pa.ArrowInvalid, csv.Error) as error:
            if "UTF8" in str(error):
                raise unreadable() from error
            raise no_csv() from error

    def _batches(self, wanted: list[str], keep: object) -> Iterator[pa.RecordBatch]:
        try:
            reader = pyarrow.csv.open_csv(
                self._path,
                pyarrow.csv.ReadOptions(
                    use_threads=False,
                    block_size=PART,
                    skip_rows=self._place + 1,
                    column_names=self.headings,
                    encoding=self._encoding,
                ),
                pyarrow.csv.ParseOptions(
                    delimiter=self._separator,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=keep,
                ),
                pyarrow.csv.ConvertOptions(
                    column_types=dict.fromkeys(self.headings, pa.string()),
                    strings_can_be_null=False,
                    include_columns=wanted,
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):  # headings alone
                return
            raise
        with reader:
            yield from reader

    def _with_odd(
        self, table: pd.DataFrame, odd: Mapping[int, str], wanted: list[str]
    ) -> pd.DataFrame:
        """Return a part with its odd rows; empty rows are left out."""
        width = len(self.headings)
        rows, beyond = [], []
        for text in odd.values():
            (cells,) = csv.reader([text], delimiter=self._separator)
            beyond.append(" ".join(filter(str.strip, cells[width:])))
            cells = [as_before(cell.strip()) for cell in cells] + [""] * (width - len(cells))
            named = dict(zip(self.headings, cells, strict=False))
            rows.append([named[name] for name in wanted])
        if rows:
            more = pd.DataFrame(rows, columns=wanted, index=list(odd), dtype=str)
            if any(beyond):
                more[BEYOND] = beyond
            table = pd.concat([table, more]).sort_index()
            if BEYOND in table:
                table[BEYOND] = table[BEYOND].fillna("")
        return table[table.ne("").any(axis=1)]


def check_headings(file: LongFile, columns: Mapping[str, str]) -> None:
    """Check that a file has the columns that somebody named.

    Raises:
        TableError: it lacks one.
    """
    for heading in columns.values():
        if heading not in file.headings:
            raise TableError(
                tr("The file has no column {name}. It has: {names}").format(
                    name=heading, names=", ".join(file.headings[:MOST_COLUMNS])
                )
            )


def _clean(column: pa.Array) -> pd.Series:
    """Return texts without spaces around them, and as they were before `harmless`."""
    texts = pc.utf8_trim_whitespace(column)
    if pc.any(pc.starts_with(texts, "'")).as_py():
        texts = pc.if_else(
            pc.match_substring_regex(texts, f"^{MADE_HARMLESS}"),
            pc.utf8_slice_codeunits(texts, 1),
            texts,
        )
    return pd.Series(texts, dtype="str").array
