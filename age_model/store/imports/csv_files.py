"""Reads CSV files of tills and spreadsheets."""

import csv
from io import StringIO
from itertools import islice

import numpy as np
import pandas as pd
from charset_normalizer import from_bytes

from age_model.i18n.translate import tr
from age_model.store.imports.tables import (
    FIRST_ROWS,
    MOST_COLUMNS,
    Recognise,
    TableError,
    check_size,
)

SEPARATORS = ",;\t|"
_MARKS = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16": b"\xff\xfe"}
_SAMPLE = 100_000  # bytes that tell the encoding
YES = ("1", "true", "yes", "y", "да", "истина", "+", "x")
NO = ("0", "false", "no", "n", "нет", "ложь", "-", "")


def csv_rows(content: bytes, recognise: Recognise) -> list[list[str]]:
    """Read the rows of a CSV file of any common encoding and separator, as they are in it.

    Args:
        content: of the file.
        recognise: returns how many of some headings are known; tells the separator.

    Raises:
        TableError: it is not text, or is too large.
    """
    text = _try(content, encoding_of(content))
    first = _first_lines(text)
    try:
        separator = separator_of(text, recognise)
        columns = max((len(_cells(line, separator)) for line in first), default=1)
        check_size(text.count("\n") + text.count("\r"), columns)
        return list(csv.reader(StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise no_csv() from error


def no_csv() -> TableError:
    """Return the error for a file that a reader of CSV refuses."""
    return TableError(
        tr(
            "The file cannot be read as a table: most likely a quotation mark is missing, and "
            "half of the file is one cell. Save it anew as CSV."
        )
    )


def separator_of(text: str, recognise: Recognise) -> str:
    """Return the separator of a CSV file's cells.

    Raises:
        csv.Error: it is no CSV.
    """
    first = _first_lines(text)
    return max(SEPARATORS, key=lambda sign: _fit(first, sign, recognise))


def _first_lines(text: str) -> list[str]:
    return list(islice((line for line in text.splitlines() if line.strip()), FIRST_ROWS))


def _fit(lines: list[str], separator: str, recognise: Recognise) -> tuple[int, int, int]:
    """Return how well a separator fits: by known headings, and by cells of the first line."""
    rows = (_cells(line, separator) for line in lines)
    fits = ((recognise(row[:MOST_COLUMNS]), -place, len(row)) for place, row in enumerate(rows))
    return max(fits, default=(0, 0, 1))


def _cells(line: str, separator: str) -> list[str]:
    return next(csv.reader([line], delimiter=separator))


def encoding_of(content: bytes) -> str:
    """Return the encoding of a text.

    Raises:
        TableError: it is none that is known.
    """
    for encoding, mark in _MARKS.items():
        if content.startswith(mark):
            return encoding
    try:
        content.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        # Cyrillic first: tills here use it, and short texts fit many encodings.
        best = from_bytes(content[:_SAMPLE], cp_isolation=["cp1251", "koi8_r", "cp866", "cp1252"])
        found = best.best()
        if found is None:
            raise unreadable() from None
        return found.encoding


def unreadable() -> TableError:
    """Return the error for a text of which the letters are unknown."""
    return TableError(tr("The file's text cannot be read. Save it as CSV in UTF-8."))


def _try(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise unreadable() from error


def parse_numbers(texts: pd.Series, grouped: bool | None = None) -> pd.Series:
    """Parse numbers with a decimal comma or point; NaN where there is none.

    A comma is a decimal separator, unless a number of the column has a point after a comma.

    Args:
        texts: of a column, or of a part of it.
        grouped: whether a number of the column has; by default, whether one of these has.

    >>> parse_numbers(pd.Series(["1 234,50", "1.234,5", "12,5", "7", "x"])).tolist()
    [1234.5, 1234.5, 12.5, 7.0, nan]
    >>> parse_numbers(pd.Series(["1,234.50", "1,234"])).tolist()
    [1234.5, 1234.0]
    """
    place, different = pd.factorize(texts)  # prices and quantities are often the same
    plain = _bare(pd.Series(different, dtype=texts.dtype))
    has_comma = plain.str.contains(",", regex=False)
    if grouped if grouped is not None else _groups(plain).any():
        pointed = plain.str.replace(",", "", regex=False)
    else:
        without = plain.str.replace(".", "", regex=False)  # thousands, where a comma follows
        pointed = plain.where(~has_comma, without).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(pointed, errors="coerce")
    finite = numbers.where(np.isfinite(numbers)).to_numpy(float, na_value=np.nan)
    return pd.Series(np.append(finite, np.nan)[place], texts.index)


def commas_group(texts: pd.Series) -> bool:
    """Return whether a number of a column has a point after a comma: 1,234.50."""
    return bool(_groups(_bare(pd.Series(pd.factorize(texts)[1]))).any())


def _groups(plain: pd.Series) -> pd.Series:
    return plain.str.contains(r",[^,]*\.[^,]*$")


def _bare(texts: pd.Series) -> pd.Series:
    """Return numbers without spaces and currencies."""
    more = ~texts.str.fullmatch(r"[0-9.,-]*")
    bare = texts[more].str.replace(r"[\s\u00a0\u202f'₽$€]|руб\.?|р\.", "", regex=True)
    return texts.mask(more, bare)


def parse_yes_or_no(texts: pd.Series) -> pd.Series:
    """Parse words for yes and no; a missing value for any other word."""
    words = texts.str.lower()
    return words.map(dict.fromkeys(YES, True) | dict.fromkeys(NO, False)).astype("boolean")
