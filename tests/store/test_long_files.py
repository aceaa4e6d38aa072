"""Long files are imported a part at a time, with the outcome of the page that reads a whole one."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from age_model.access.rights import Role
from age_model.access.visitor import ANYBODY, EVERYTHING, AccessDenied, Visitor
from age_model.store.imports import bulk, long_files
from age_model.store.imports.bulk import Choice, import_file
from age_model.store.imports.file_times import TimeReading
from age_model.store.imports.files import read_file
from age_model.store.imports.long_files import LongFile
from age_model.store.imports.rows import (
    RECEIPT_FIELDS,
    VISIT_FIELDS,
    check_receipts,
    check_visits,
    guess_columns,
    without_totals,
)
from age_model.store.imports.tables import TableError
from age_model.store.record.past_imports import past_imports, undo_import
from age_model.store.record.read import read_tables
from tests.support.store_made_up import RUSSIAN

ODD_ROWS = """Отчёт о продажах

{russian}
01.06.2026;12:07;Северный;2;0004;Молоко
01.06.2026;12:07;Северный;2;0004;'=Молоко;a;1;1;5;6
01.06.2026;12:07;Северный;2;0004; Молоко ;"a
b";1;1
01.06.2026;12:07;Северный;2;0005

"""
MANAGER = Visitor.of("olga@example.org", [Role.MANAGER], ["North"])


@pytest.fixture(params=[2**23, 300])
def part(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The size of a part: the whole file, or a few rows."""
    monkeypatch.setattr(long_files, "PART", request.param)
    monkeypatch.setattr(bulk, "_HELD", 2)
    return int(request.param)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16", "utf-8-sig"])
def test_a_file_is_read_in_parts_as_it_is_at_once(tmp_path: Path, part: int, encoding: str) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(ODD_ROWS.format(russian=RUSSIAN).encode(encoding))
    whole = read_file(path.read_bytes(), RECEIPT_FIELDS)
    parts = list(LongFile(path, RECEIPT_FIELDS).parts())
    assert (len(parts) > 1) == (part < 2**23)
    found = pd.concat(parts).fillna("")[whole.columns]
    pd.testing.assert_frame_equal(found, whole, check_dtype=False, check_index_type=False)


def sales(count: int) -> str:
    """Return receipts of one to three lines, with equal lines, broken ones and other dates."""
    random = np.random.default_rng(0)
    lines = ["Store,Till,Receipt,Time,Product,Category,Amount,Quantity"]
    for receipt in range(count):
        time = f"{receipt % 28 + 1:02}/06/2026 {receipt % 12 + 8:02}:{receipt % 60:02}:00"
        for line in range(int(random.integers(1, 4))):
            amount = ["10.00", "10.00", '"1,234.50"', "nothing"][(receipt * 3 + line * line) % 4]
            product = f"Product {receipt % 7 if line < 2 else line}"
            lines.append(f"North,{receipt % 2},R{receipt},{time},{product},Things,{amount},1")
    return "\n".join(lines)


def import_sales(record: Engine, path: Path, visitor: Visitor = ANYBODY) -> bulk.Imported:
    file = LongFile(path, RECEIPT_FIELDS)
    choice = Choice(guess_columns(RECEIPT_FIELDS, file.headings))
    bad = path.with_suffix(".bad.csv")
    return import_file(record, visitor, "receipts", file, choice, path.name, bad)


def test_receipts_are_those_of_the_page(record: Engine, tmp_path: Path, part: int) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(sales(60) + "\nTotal,,,,,,999.00,", "utf-8")
    table = read_file(path.read_bytes(), RECEIPT_FIELDS)
    columns = guess_columns(RECEIPT_FIELDS, table.columns)
    checked = check_receipts(table, columns, {}, TimeReading())
    bad, totals = without_totals(checked.bad)
    done = import_sales(record, path)
    assert done == bulk.Imported(len(checked.good), 0, len(bad), 1, 0) and totals == 1
    lines = read_tables(record, EVERYTHING).lines
    assert lines["amount"].sum() == pytest.approx(checked.good["amount"].sum())
    assert lines["receipt"].nunique() == checked.good["number"].nunique()
    written = pd.read_csv(path.with_suffix(".bad.csv"), encoding="utf-8-sig")
    assert written["row"].tolist() == bad["row"].tolist()
    assert written["reason"].tolist() == bad["reason"].tolist()
    again = import_sales(record, path)
    assert (again.added, again.known) == (0, done.added)
    (listed,) = past_imports(record, ANYBODY)
    assert (listed.file, listed.added, listed.stores) == ("sales.csv", done.added, ["North"])
    assert undo_import(record, ANYBODY, listed.key) == done.added
    assert read_tables(record, EVERYTHING).lines.empty


def test_visits_are_those_of_the_page(record: Engine, tmp_path: Path, part: int) -> None:
    rows = [f"North,1,{i},2026-06-01 12:{i % 40:02},{20 + i},{15 + i},{25 + i}" for i in range(50)]
    path = tmp_path / "visits.csv"
    path.write_text("\n".join(["store,till,receipt,time,age,age_low,age_high", *rows]), "utf-8")
    table = read_file(path.read_bytes(), VISIT_FIELDS)
    columns = guess_columns(VISIT_FIELDS, table.columns)
    checked = check_visits(table, columns, {}, TimeReading())
    assert len(checked.bad) == 10
    file = LongFile(path, VISIT_FIELDS)
    bad = tmp_path / "bad.csv"
    done = import_file(record, ANYBODY, "visits", file, Choice(columns), "visits.csv", bad)
    assert done == bulk.Imported(40, 0, 10, 0, 0)
    written = pd.read_csv(bad, encoding="utf-8-sig")
    assert written["reason"].tolist() == checked.bad["reason"].tolist()
    assert sorted(read_tables(record, EVERYTHING).visits["age"]) == list(range(20, 60))


def test_nothing_is_written_of_a_file_with_anothers_store(record: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(sales(9) + "\nSouth,1,R9,13/06/2026 9:00,Bread,Things,1,1", "utf-8")
    with pytest.raises(AccessDenied):
        import_sales(record, path, MANAGER)
    assert read_tables(record, EVERYTHING).lines.empty
    assert past_imports(record, ANYBODY) == []


def test_dates_that_could_be_either_are_not_guessed(record: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text(
        "store,till,receipt,time,product,amount\nN,1,1,03/04/2026 9:00,Bread,1", "utf-8"
    )
    with pytest.raises(TableError, match="--day-first or --month-first"):
        import_sales(record, path)


@pytest.mark.parametrize(
    "content", [b"", b"time,till\n", "time;\xff\n".encode("utf-16"), b"\x00\xff"]
)
def test_what_is_no_table_gives_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(content)
    try:
        assert sum(map(len, LongFile(path, RECEIPT_FIELDS).parts())) == 0
    except TableError as error:
        assert str(error).endswith((".", "tab."))
