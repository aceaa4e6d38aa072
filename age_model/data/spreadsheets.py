"""CSV for people: no cell of it is a formula, and rows read back equal the rows written.

A spreadsheet takes a text such as =HYPERLINK(...) for a formula and runs it on the machine of
whoever opens the file; a photo's name or a product's can be that. An apostrophe before it makes it
text (owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
import re
from collections.abc import Iterable
from io import StringIO

import pandas as pd

_STARTS = "=+\\-@\t\r\n＝＋－＠"  # the wide ones are formulas where Japanese or Chinese is written
# Texts that have the apostrophes already get one more, so that `as_before` knows the first.
_FORMULA = re.compile(f"'*[{_STARTS}]")
_MADE_HARMLESS = re.compile(f"'+[{_STARTS}]")


def harmless(text: str) -> str:
    """Return a text as a cell that no spreadsheet takes for a formula.

    >>> harmless("=1+1"), harmless("Bread"), harmless("'=1+1")
    ("'=1+1", 'Bread', "''=1+1")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def as_before(text: str) -> str:
    """Return the text that `harmless` made a cell of.

    >>> as_before("'=1+1"), as_before("Bread"), as_before("'tis")
    ('=1+1', 'Bread', "'tis")
    """
    return text[1:] if _MADE_HARMLESS.match(text) else text


def csv_lines(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV without a line end after the last; None is an empty cell."""
    text = StringIO()
    # Of what may end a line, the writer quotes only what it ends lines with itself.
    writer = csv.writer(text, lineterminator="\r\n")
    lines: list[str] = []
    for row in rows:
        writer.writerow(harmless(cell) if isinstance(cell, str) else cell for cell in row)
        lines.append(text.getvalue().removesuffix("\r\n"))
        text.seek(0)
        text.truncate()
    return "\n".join(lines)


def csv_file(table: pd.DataFrame) -> bytes:
    """Return a table, without its index, as a CSV file that Excel opens with the right letters."""
    safe = pd.DataFrame(
        {place: _harmless(values) for place, (_, values) in enumerate(table.items())}
    )
    headings = [harmless(str(heading)) for heading in table.columns]
    text = safe.to_csv(index=False, header=headings, lineterminator="\r\n")
    return text.encode("utf-8-sig", errors="replace")  # the mark tells Excel that it is UTF-8


def _harmless(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    return values.astype(object).map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)
