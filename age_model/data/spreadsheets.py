"""CSV and Excel for people: no cell is a formula, and rows of CSV read back as they were written.

A spreadsheet takes a text such as =HYPERLINK(...) for a formula and runs it on the machine of
whoever opens the file; a photo's name or a product's can be that. An apostrophe before it makes it
text (owasp.org/www-community/attacks/CSV_Injection).
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell

_STARTS = "=+\\-@\t\r\n＝＋－＠"  # the wide ones are formulas where Japanese or Chinese is written
# Texts that have the apostrophes already get one more, so that `as_before` knows the first.
_FORMULA = re.compile(f"'*[{_STARTS}]")
MADE_HARMLESS = f"'+[{_STARTS}]"  # a regular expression: how such a text begins
_MADE_HARMLESS = re.compile(MADE_HARMLESS)
# Of Excel: what no file may hold, no sheet may be named by, and how much room there is.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SHEET_SIGNS = re.compile(r"[\\/*?:\[\]]")
_SHEET_NAME, _CELL_TEXT, _WIDEST = 31, 32_767, 90
_LOCAL_DATE = "mm-dd-yy"  # Excel's number 14, which it shows as the reader's system writes dates


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
    return text.encode("utf-8-sig", errors="replace")  # the mark makes Excel read UTF-8


def _harmless(values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return values
    return values.astype(object).map(lambda cell: harmless(cell) if isinstance(cell, str) else cell)


def excel_file(
    sheets: Mapping[str, pd.DataFrame], forms: Mapping[str, str | Sequence[str]]
) -> bytes:
    """Return tables, without their indexes, as the sheets of an Excel file.

    Numbers are cells with numbers, days are dates in the form of whoever opens the file, and texts
    are harmless as in CSV.

    Args:
        sheets: tables by the names of their sheets.
        forms: Excel's formats of columns with numbers, such as "0%", by their headings; of some
            columns one for each row.
    """
    from openpyxl import Workbook  # takes a moment, and few visitors download a file
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    del book["Sheet"]
    for name, table in sheets.items():
        sheet = book.create_sheet(_SHEET_SIGNS.sub(" ", name)[:_SHEET_NAME])
        sheet.freeze_panes = "A2"
        for column, (heading, values) in enumerate(table.items(), start=1):
            title = sheet.cell(1, column)
            title.value, title.font = _excel_text(str(heading)), Font(bold=True)
            texts, form = [str(heading)], forms.get(str(heading))
            for row, value in enumerate(values):
                cell = sheet.cell(row + 2, column)
                _fill(cell, value, form if form is None or isinstance(form, str) else form[row])
                texts.append(str(cell.value if cell.value is not None else ""))
                if isinstance(value, str):
                    cell.alignment = Alignment(wrap_text=True, vertical="top")
            width = min(max(map(len, texts)) + 2, _WIDEST)
            sheet.column_dimensions[get_column_letter(column)].width = width
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(cell: "Cell", value: object, form: str | None) -> None:
    """Write a value into a cell: a missing one leaves it empty."""
    if isinstance(value, str):
        cell.value = _excel_text(value)
        cell.data_type = "s"
    elif isinstance(value, date):  # a pandas timestamp too
        if not pd.isna(value):
            cell.value, cell.number_format = value, _LOCAL_DATE
    elif isinstance(value, int | float | np.number) and not pd.isna(value):
        cell.value = float(value)  # numpy's whole numbers are unknown to the library
        if form is not None:
            cell.number_format = form


def _excel_text(text: str) -> str:
    return _NO_XML.sub("�", harmless(text))[:_CELL_TEXT]
