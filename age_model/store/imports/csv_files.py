"""Reads CSV files of tills and spreadsheets."""

import csv
from io import StringIO
from itertools import chain, count

import numpy as np
import pandas as pd
from charset_normalizer import from_bytes

from age_model.data.spreadsheets import as_before
from age_model.i18n.translate import number, tr

SEPARATORS = ",;\t|"
_MARKS = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16": b"\xff\xfe"}
MOST_COLUMNS = 500
MOST_CELLS = 20_000_000  # take about 2 GB
_SAMPLE = 100_000  # bytes that tell the encoding
YES = ("1", "true", "yes", "y", "да", "истина", "+", "x")
# Heading of what a row has beyond the named columns. In a file of bad rows it is one of them.
BEYOND = "beyond the headings"
NO = ("0", "false", "no", "n", "нет", "ложь", "-", "")


class CsvError(ValueError):
    """A file cannot be read as CSV; the message says why and what to do."""


def read_csv(content: bytes) -> pd.DataFrame:
    """Read a CSV file of any common encoding and separator.

    Returns:
        All values as text, stripped of spaces; the index is the row number in the file, the
        headings being row 1. If a row has more columns than these, `BEYOND` holds what they do
        not name.

    Raises:
        CsvError: it is empty, has no headings, is not text, or is too large.
    """
    text = _decode(content)
    first = next(iter(text.splitlines()), "")
    if not first.strip():
        raise CsvError(tr("The file is empty, or its first line is: it must name the columns."))
    try:
        separator = max(SEPARATORS, key=lambda sign: len(next(csv.reader([first], delimiter=sign))))
        _check_size(text, first.count(separator) + 1)
        headings, *rows = csv.reader(StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise CsvError(tr("The file is not a CSV: {reason}").format(reason=error)) from error
    if len(headings) < 2:
        raise CsvError(
            tr("The file has only one column. Separate columns by comma, semicolon or tab.")
        )
    beyond = [separator.join(filter(str.strip, row[len(headings) :])) for row in rows]
    for row in rows:
        row[:] = [as_before(value.strip()) for value in row] + [""] * (len(headings) - len(row))
    names = _names(headings)
    table = pd.DataFrame(
        [row[: len(names)] for row in rows], columns=names, index=pd.RangeIndex(2, len(rows) + 2)
    )
    if any(beyond):
        table[BEYOND] = table.get(BEYOND, "") + pd.Series(beyond, table.index)
    return table[table.ne("").any(axis=1)]


def _check_size(text: str, columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise CsvError(
            tr("The file has {n} columns, and at most {most} are read: leave out some.").format(
                n=number(columns), most=number(MOST_COLUMNS)
            )
        )
    if (text.count("\n") + text.count("\r")) * columns > MOST_CELLS:
        raise CsvError(tr("The file has too many rows to be read at once: split it in parts."))


def _names(headings: list[str]) -> list[str]:
    """Return headings that are all different and not empty."""
    names: list[str] = []
    for place, heading in enumerate(headings, 1):
        name = as_before(heading.strip())
        numbered = (f"{name} ({number})".strip() for number in count(place))
        names.append(next(each for each in chain([name], numbered) if each and each not in names))
    return names


def _decode(content: bytes) -> str:
    for encoding, mark in _MARKS.items():
        if content.startswith(mark):
            return _try(content, encoding)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # Cyrillic first: tills here use it, and short texts fit many encodings.
        best = from_bytes(content[:_SAMPLE], cp_isolation=["cp1251", "koi8_r", "cp866", "cp1252"])
        found = best.best()
        if found is None:
            raise CsvError(tr("The file's text cannot be read. Save it as CSV in UTF-8.")) from None
        return _try(content, found.encoding)


def _try(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise CsvError(tr("The file's text cannot be read. Save it as CSV in UTF-8.")) from error
    return text


def parse_numbers(texts: pd.Series) -> pd.Series:
    """Parse numbers with a decimal comma or point; NaN where there is none.

    A comma is a decimal separator, unless a number of the column has a point after a comma.

    >>> parse_numbers(pd.Series(["1 234,50", "1.234,5", "12,5", "7", "x"])).tolist()
    [1234.5, 1234.5, 12.5, 7.0, nan]
    >>> parse_numbers(pd.Series(["1,234.50", "1,234"])).tolist()
    [1234.5, 1234.0]
    """
    plain = texts.str.replace(r"[\s\u00a0\u202f'₽$€]|руб\.?|р\.", "", regex=True)
    has_comma = plain.str.contains(",", regex=False)
    if (has_comma & (plain.str.rfind(".") > plain.str.rfind(","))).any():
        pointed = plain.str.replace(",", "", regex=False)
    else:
        without = plain.str.replace(".", "", regex=False)  # thousands, where a comma follows
        pointed = plain.where(~has_comma, without).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(pointed, errors="coerce")
    return numbers.where(np.isfinite(numbers))


def parse_yes_or_no(texts: pd.Series) -> pd.Series:
    """Parse words for yes and no; a missing value for any other word."""
    words = texts.str.lower()
    return words.map(dict.fromkeys(YES, True) | dict.fromkeys(NO, False)).astype("boolean")
