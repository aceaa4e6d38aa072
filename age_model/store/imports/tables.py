"""A table of texts from the rows of a file: where its headings are, and how large it may be."""

import re
from collections.abc import Callable, Sequence
from itertools import chain, count

import pandas as pd

from age_model.data.spreadsheets import as_before
from age_model.i18n.translate import number, tr

FIRST_ROWS = 30  # among which the headings are: reports have a title and a period above them
# Heading of what a row has beyond the named columns. In a file of bad rows it is one of them.
BEYOND = "beyond the headings"
MOST_COLUMNS = 500
MOST_CELLS = 20_000_000  # take about 2 GB
_FIGURE = re.compile(r"[\s\d.,:/+-]*\d[\s\d.,:/+-]*")  # or a date
Recognise = Callable[[Sequence[str]], int]


class TableError(ValueError):
    """A file cannot be read as a table; the message says why and what to do."""


def check_size(rows: int, columns: int) -> None:
    """Refuse a table that would not fit in memory.

    Raises:
        TableError: it has too many columns, or too many cells.
    """
    if columns > MOST_COLUMNS:
        raise TableError(
            tr("The file has {n} columns, and at most {most} are read: leave out some.").format(
                n=number(columns), most=number(MOST_COLUMNS)
            )
        )
    if rows * columns > MOST_CELLS:
        raise TableError(tr("The file has too many rows to be read at once: split it in parts."))


def table_of(rows: list[list[str]], recognise: Recognise) -> pd.DataFrame:
    """Return the rows below the headings as a table.

    Args:
        rows: of the whole file.
        recognise: returns how many of some headings are known.

    Returns:
        All values as text, stripped of spaces; the index is the row number in the file, counted
        from 1. Empty rows are left out. If a row has more cells than there are headings, `BEYOND`
        holds them.

    Raises:
        TableError: there are no headings.
    """
    place = find_headings(rows, recognise)
    headings = rows[place]
    below = rows[place + 1 :]
    beyond = [" ".join(filter(str.strip, row[len(headings) :])) for row in below]
    for row in below:
        row[:] = [as_before(value.strip()) for value in row] + [""] * (len(headings) - len(row))
    index = pd.RangeIndex(place + 2, len(rows) + 1)
    names = unique_names(headings)
    table = pd.DataFrame([row[: len(names)] for row in below], columns=names, index=index)
    if any(beyond):
        table[BEYOND] = table.get(BEYOND, "") + pd.Series(beyond, table.index)
    return table[table.ne("").any(axis=1)]


def find_headings(rows: list[list[str]], recognise: Recognise) -> int:
    """Return the place of the headings: the first of the rows with most names that are known.

    A row with a figure or a date is none, unless all have one.
    """
    first = {place: row for place, row in enumerate(rows[:FIRST_ROWS]) if any(map(str.strip, row))}
    if not first:
        raise TableError(tr("The file is empty."))
    wide = {place: row for place, row in first.items() if len(row) > 1}
    if not wide:
        raise TableError(
            tr("The file has only one column. Separate columns by comma, semicolon or tab.")
        )
    known = {
        place: recognise(row) for place, row in wide.items() if not any(map(_FIGURE.fullmatch, row))
    }
    return max(known, key=lambda place: known[place]) if any(known.values()) else next(iter(wide))


def unique_names(headings: list[str]) -> list[str]:
    """Return headings that are all different and not empty."""
    names: list[str] = []
    for place, heading in enumerate(headings, 1):
        name = as_before(heading.strip())
        numbered = (f"{name} ({number})".strip() for number in count(place))
        names.append(next(each for each in chain([name], numbered) if each and each not in names))
    return names
