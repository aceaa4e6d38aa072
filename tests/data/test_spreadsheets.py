"""What a spreadsheet would run is text, and what was written is what is read."""

import csv
from datetime import date, datetime
from io import BytesIO, StringIO

import pandas as pd
import pytest
from openpyxl import load_workbook

from age_model.data.spreadsheets import as_before, csv_file, csv_lines, excel_file, harmless
from age_model.store.imports.files import read_file

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "=HYPERLINK(1)\r\n", "-"]


@pytest.mark.parametrize("text", [*FORMULAS, "'=1", "''=1", "'", "'tis", "", "Bread", "a=1", "1-1"])
def test_a_formula_becomes_text_and_can_be_read_back(text: str) -> None:
    cell = harmless(text)
    assert cell[:1] not in set("=+-@\t\r\n＝")
    assert as_before(cell) == text
    assert cell == text or text in FORMULAS or text.startswith("'")


def test_every_text_of_a_table_is_made_harmless_and_nothing_else() -> None:
    table = pd.DataFrame(
        {
            "=name": ["=1", "Bread", None],
            "kind": pd.Categorical(["@x", "y", "y"]),
            "string": pd.array(["-x", "y", None], dtype="string"),
            "mixed": [1, "=2", -0.5],
            "amount": [-1.5, 2, float("nan")],
            "whole": pd.array([-1, None, 2], dtype="Int64"),
            "yes": pd.array([True, None, False], dtype="boolean"),
            "time": pd.to_datetime(["2026-06-01 12:00:05"] * 3),
        }
    )
    text = csv_file(table).decode("utf-8-sig")
    assert list(csv.reader(StringIO(text, newline=""))) == [
        ["'=name", "kind", "string", "mixed", "amount", "whole", "yes", "time"],
        ["'=1", "'@x", "'-x", "1", "-1.5", "-1", "True", "2026-06-01 12:00:05"],
        ["Bread", "y", "y", "'=2", "2.0", "", "", "2026-06-01 12:00:05"],
        ["", "y", "", "-0.5", "", "2", "False", "2026-06-01 12:00:05"],
    ]


def test_two_columns_of_one_name_both_stay() -> None:
    table = pd.DataFrame([["=1", 2]], columns=["a", "a"])
    assert csv_file(table).decode("utf-8-sig") == "a,a\r\n'=1,2\r\n"


def test_lines_of_rows() -> None:
    rows: list[list[object]] = [["photo", "age"], ["a\rb\nc.jpg", None], ['x, "y"', 30.5]]
    text = csv_lines(rows)
    assert not text.endswith("\n")
    read = list(csv.reader(StringIO(text, newline="")))
    assert read == [["photo", "age"], ["a\rb\nc.jpg", ""], ['x, "y"', "30.5"]]


def test_rows_handed_back_are_imported_as_they_were() -> None:
    table = pd.DataFrame({"=a": ["=1", "-5,50", "x\ry"], "b": ["@", "'=x", "\u0436"]})
    again = read_file(csv_file(table), {})
    assert list(again.columns) == ["=a", "b"]
    assert again.to_numpy().tolist() == table.to_numpy().tolist()


def test_excel_has_numbers_days_and_texts_that_nothing_runs() -> None:
    texts = [*FORMULAS, "bell \x07", "half \ud800", "a" * 40_000]
    table = pd.DataFrame(
        {
            "=name": pd.Series(texts, dtype=object),
            "share": [0.5, float("nan"), *[1] * (len(texts) - 2)],
            "count": range(len(texts)),
            "day": [date(2026, 6, 1), None, *[pd.NaT] * (len(texts) - 2)],
        }
    )
    (sheet,) = load_workbook(BytesIO(excel_file({"[a/b]" * 10: table}, {"share": "0%"}))).worksheets
    names, shares, counts, days = (list(column) for column in sheet.iter_cols())
    assert names[0].value == "'=name"
    assert {cell.data_type for cell in names} == {"s"}
    assert not any(str(cell.value)[:1] in "=+-@\t\r\n＝" for cell in names)
    assert [cell.value for cell in names[-3:-1]] == ["bell �", "half �"]
    assert shares[1].value == 0.5 and shares[1].number_format == "0%" and shares[2].value is None
    assert [cell.value for cell in counts[1:]] == list(range(len(texts)))
    assert days[1].value == datetime(2026, 6, 1) and days[1].is_date
    assert {cell.value for cell in days[2:]} == {None}
