"""Files as tills, 1C and Excel write them, on their way to rows that can be checked."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from age_model.store.imports import excel_files, tables
from age_model.store.imports.csv_files import parse_numbers
from age_model.store.imports.file_times import TimeReading, parse_times
from age_model.store.imports.files import read_file
from age_model.store.imports.rows import (
    RECEIPT_FIELDS,
    VISIT_FIELDS,
    check_receipts,
    guess_columns,
    written_times,
)
from age_model.store.imports.tables import TableError

HEADINGS: list[object] = [
    "Дата",
    "Номер чека",
    "Магазин",
    "Касса",
    "Номенклатура",
    "Количество",
    "Сумма",
]


def xlsx(*sheets: Sequence[Sequence[object]]) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_report_of_1c_with_a_title_above_its_headings() -> None:
    """In .xls, its first sheet empty, date and time in one column named "date"."""
    content = Path(__file__).with_name("till_report.xls").read_bytes()
    table = read_file(content, RECEIPT_FIELDS)
    assert table.index.tolist() == [5, 6, 7]  # as the spreadsheet counts
    columns = guess_columns(RECEIPT_FIELDS, table.columns)
    assert columns == {
        "time": "Дата чека", "number": "Номер чека", "store": "Склад", "till": "ККМ",
        "product": "Номенклатура", "quantity": "Кол-во", "amount": "Сумма",
    }  # fmt: skip
    checked = check_receipts(table, columns, {}, TimeReading())
    times = [datetime(2026, 6, 1, 12, 0, 5), datetime(2026, 6, 13)]
    assert checked.good["time"].tolist() == times
    assert checked.good["number"].tolist() == ["0001", "0002"]
    assert checked.good["amount"].tolist() == [48.5, 92]
    assert checked.bad["row"].tolist() == [7]  # the sum below
    assert checked.bad["reason"].tolist() == ["a total, not something sold"]
    table.loc[7, ["Дата чека", "Номенклатура"]] = ["ИТОГО:", ""]
    checked = check_receipts(table, columns, {}, TimeReading())
    assert checked.bad["reason"].tolist() == ["a total, not something sold"]
    table.loc[7, "Дата чека"] = "Итоговая"  # no word of its own
    checked = check_receipts(table, columns, {}, TimeReading())
    assert "the time is missing" in checked.bad["reason"].iloc[0]


def test_cells_of_excel_are_read_as_its_reader_sees_them() -> None:
    rows: list[list[object]] = [
        HEADINGS,
        [datetime(2026, 6, 1, 12, 0, 5), 17, "Север", 1, "Хлеб", 0.25, "1 234,50"],
        ["02.06.2026 13:00", 18.0, "Север", 1, True, None, 7],
    ]
    table = read_file(xlsx([], rows), RECEIPT_FIELDS)
    assert table.iloc[0].tolist() == [
        "2026-06-01 12:00:05", "17", "Север", "1", "Хлеб", "0.25", "1 234,50"
    ]  # fmt: skip
    assert table.iloc[1].tolist() == ["02.06.2026 13:00", "18", "Север", "1", "1", "", "7"]
    assert parse_numbers(table["Сумма"]).tolist() == [1234.5, 7]


def test_a_date_and_a_time_in_columns_of_their_own() -> None:
    rows: list[list[object]] = [["Date", "Time", "x"], [date(2026, 6, 1), time(12, 0, 5), "x"]]
    table = read_file(xlsx(rows), VISIT_FIELDS)
    columns = guess_columns(VISIT_FIELDS, table.columns)
    times = parse_times(written_times(table, columns), TimeReading())
    assert times.tolist() == [datetime(2026, 6, 1, 12, 0, 5)]


@pytest.mark.parametrize(
    ("headings", "field"),
    [
        ("Date;Order ID;Item;Line total", {"time", "number", "product", "amount"}),
        ("Дата;Чек №;Номенклатура;Выручка", {"time", "number", "product", "amount"}),
        ("Дата чека;ККТ;№ чека;Товар", {"time", "till", "number", "product"}),
        ("Order date;Order ID;Location;Item", {"time", "number", "store", "product"}),
        ("Дата/время;Сумма чека;№ чека;Товар", {"time", "number", "product", "amount"}),
    ],
)
def test_what_common_tills_write_is_recognised(headings: str, field: set[str]) -> None:
    found = guess_columns(RECEIPT_FIELDS, headings.split(";"))
    assert set(found) == field
    assert found["number"] in ("Order ID", "Чек №", "№ чека")


def test_a_title_above_the_headings_of_a_csv_is_no_heading() -> None:
    text = "Продажи, июнь; все магазины\n\nДата;Чек;Товар;Сумма\n01.06.2026 12:00;7;Хлеб;12,5\n"
    table = read_file(text.encode("cp1251"), RECEIPT_FIELDS)
    assert list(table.columns) == ["Дата", "Чек", "Товар", "Сумма"]
    assert table.index.tolist() == [4]


def test_a_row_of_goods_is_not_taken_for_the_headings() -> None:
    table = read_file(b"a,b,c\n2026-06-01 12:00,total item receipt till,5\n", RECEIPT_FIELDS)
    assert list(table.columns) == ["a", "b", "c"]


def locked() -> bytes:
    return excel_files.XLS_MAGIC + bytes(5000)


def wide() -> bytes:
    return xlsx([["x"] * 501, ["y"] * 501])


def bomb() -> bytes:
    content = BytesIO(xlsx([HEADINGS]))
    with ZipFile(content, "a", ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", b" " * 200_000)
    return content.getvalue()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (locked, "damaged or locked by a password"),
        (lambda: xlsx([HEADINGS])[:2000], "damaged or locked"),
        (lambda: excel_files.XLSX_MAGIC, "damaged or locked"),
        (lambda: xlsx([]), "is empty"),
        (lambda: xlsx([["one"], ["column"]]), "only one column"),
        (wide, "has 501 columns"),
        (bomb, "too many rows"),
    ],
)
def test_a_spreadsheet_that_is_none_is_refused_with_a_sentence(
    make: Callable[[], bytes], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel_files, "MOST_BYTES", 100_000)
    with pytest.raises(TableError, match=sentence):
        read_file(make(), RECEIPT_FIELDS)


def test_two_cells_at_the_ends_of_a_sheet_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_CELLS", 1000)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["B1"], sheet["A100000"] = "Дата", "Чек", "x"
    content = BytesIO()
    book.save(content)
    with pytest.raises(TableError, match="too many rows"):
        read_file(content.getvalue(), RECEIPT_FIELDS)
