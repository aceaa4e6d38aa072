"""Reads spreadsheets: .xlsx by openpyxl, the older .xls by xlrd."""

import os
import warnings
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from age_model.i18n.translate import tr
from age_model.store.imports.tables import TableError, check_size

if TYPE_CHECKING:
    from xlrd.sheet import Cell as XlsCell

XLSX_MAGIC = b"PK\x03\x04"
XLS_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MOST_BYTES = 500_000_000  # of an .xlsx when unpacked: it is a ZIP, and can hide a bomb
MIDNIGHT = time()

Cell = object


def is_excel(content: bytes) -> bool:
    """Tell by its first bytes whether a file is a spreadsheet of Excel."""
    return content.startswith((XLSX_MAGIC, XLS_MAGIC))


def excel_rows(content: bytes) -> list[list[str]]:
    """Read the first sheet that is not empty, with its cells as a CSV file has them.

    Raises:
        TableError: it is damaged, locked by a password, empty, or too large.
    """
    read = _xlsx_sheets if content.startswith(XLSX_MAGIC) else _xls_sheets
    try:
        for sheet in read(content):
            cells = _checked(sheet)
            if cells:
                return _texts(cells)
    except (TableError, MemoryError):
        raise
    except Exception as error:  # either library raises whatever a damaged file makes it do
        raise TableError(
            tr(
                "The spreadsheet cannot be read: it is damaged or locked by a password. Open it "
                "and save it as .xlsx or CSV."
            )
        ) from error
    raise TableError(tr("The file is empty."))


def _xlsx_sheets(content: bytes) -> Iterator[Iterable[tuple[Cell, ...]]]:
    from openpyxl import load_workbook

    try:
        unpacked = sum(part.file_size for part in ZipFile(BytesIO(content)).infolist())
    except BadZipFile:
        unpacked = 0  # a damaged one, which openpyxl refuses
    if unpacked > MOST_BYTES:
        raise TableError(tr("The file has too many rows to be read at once: split it in parts."))
    with warnings.catch_warnings(action="ignore"):  # on styles and the like, which are not read
        book = load_workbook(BytesIO(content), read_only=True, data_only=True)
        for sheet in book.worksheets:
            # What a file says of its own size is often wrong, and may be a trap.
            sheet.reset_dimensions()
            yield sheet.iter_rows(values_only=True)


def _xls_sheets(content: bytes) -> Iterator[Iterable[tuple[Cell, ...]]]:
    import xlrd

    with (
        Path(os.devnull).open("w") as nowhere,
        xlrd.open_workbook(file_contents=content, logfile=nowhere, on_demand=True) as book,
    ):
        for number in range(book.nsheets):
            sheet = book.sheet_by_index(number)
            yield (
                tuple(_xls_value(cell, book.datemode) for cell in sheet.row(row))
                for row in range(sheet.nrows)
            )


def _xls_value(cell: "XlsCell", datemode: int) -> Cell:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(cell.value, datemode)
        return moment.time() if cell.value < 1 else moment
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return None if cell.ctype == xlrd.XL_CELL_ERROR else cell.value


def _checked(sheet: Iterable[tuple[Cell, ...]]) -> list[list[Cell]]:
    """Return the rows without empty cells at their ends, and without empty rows at the end."""
    rows: list[list[Cell]] = []
    filled = columns = cells = 0
    for row in sheet:
        width = max(
            (place for place, cell in enumerate(row, 1) if cell not in (None, "")), default=0
        )
        rows.append(list(row[:width]))
        if width:
            filled, columns, cells = len(rows), max(columns, width), cells + width
            check_size(1, columns)
            check_size(cells + len(rows), 1)
    return rows[:filled]


def _texts(rows: list[list[Cell]]) -> list[list[str]]:
    """Return cells as texts; a column whose moments are all midnights is one of dates."""
    columns = max(map(len, rows))
    timed = [False] * columns
    for row in rows:
        for place, cell in enumerate(row):
            timed[place] |= isinstance(cell, datetime) and cell.time() != MIDNIGHT
    return [
        [_text(cell, timed[place]) for place, cell in enumerate(row)] + [""] * (columns - len(row))
        for row in rows
    ]


def _text(cell: Cell, timed: bool) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "1" if cell else "0"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if timed:
            return cell.replace(tzinfo=None).isoformat(" ", "seconds")
        case date():
            return f"{cell:%Y-%m-%d}"
        case time():
            return cell.isoformat("seconds")
    return str(cell)
