"""An import is listed, can be undone, and takes out what it added, and nothing else."""

import json

import pandas as pd
import pytest
from sqlalchemy import Connection, Engine, func, select

from age_model.access.rights import Role
from age_model.access.visitor import ANYBODY, EVERYTHING, AccessDenied, Visitor
from age_model.store.record import past_imports as undoing
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.audit_log import Event
from age_model.store.record.batches import ROWS, Limits
from age_model.store.record.column_choices import keep_choice, known_choice
from age_model.store.record.database import RecordError
from age_model.store.record.links import join_receipts
from age_model.store.record.past_imports import (
    begin_import,
    end_import,
    past_imports,
    undo_import,
)
from age_model.store.record.read import read_tables
from age_model.store.record.receipt_batch import ReceiptBatch
from age_model.store.record.schema import AUDIT_LOG, RECEIPTS
from tests.support.store_made_up import receipt_lines, visits

SOUTH = Visitor.of("south@example.org", [Role.MANAGER], ["South"])


def add(record: Engine, lines: pd.DataFrame, file: str) -> int:
    key = begin_import(record, ANYBODY, "receipts", file, ["North"])
    add_receipts(record, ANYBODY, lines, key)
    end_import(record, ANYBODY, key)
    return key


def receipts(record: Engine) -> int:
    with record.connect() as connection:
        return connection.scalar(select(func.count()).select_from(RECEIPTS)) or 0


def test_an_undone_import_is_gone_and_what_was_there_before_stays(record: Engine) -> None:
    lines = receipt_lines(20)
    first = add(record, lines.iloc[:12], "june.xlsx")
    second = add(record, lines, "june, all.xlsx")
    listed = past_imports(record, ANYBODY)
    assert [(one.key, one.file, one.added) for one in listed] == [
        (second, "june, all.xlsx", len(lines) - 12), (first, "june.xlsx", 12)
    ]  # fmt: skip
    assert undo_import(record, ANYBODY, second) == len(lines) - 12
    assert undo_import(record, ANYBODY, second) == 0
    left = read_tables(record, EVERYTHING).lines
    assert left["amount"].sum() == pytest.approx(lines["amount"].iloc[:12].sum())
    assert receipts(record) == lines["number"].iloc[:12].nunique()
    assert undo_import(record, ANYBODY, first) == 12
    assert receipts(record) == 0
    with record.connect() as connection:
        done = connection.scalars(select(AUDIT_LOG.c.what).order_by(AUDIT_LOG.c.id)).all()
    assert done == [Event.IMPORTED] * 2 + [Event.UNDID_IMPORT] * 2


def test_an_import_that_fails_on_the_way_can_be_undone(
    record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ROWS, record.dialect.name, Limits(60, 2, 2, 2))  # receipts at a time
    add = ReceiptBatch.add

    def break_down(batch: ReceiptBatch, connection: Connection) -> int:
        added = add(batch, connection)
        if "R00004" in set(batch.receipts["number"]):
            raise RecordError
        return added

    monkeypatch.setattr(ReceiptBatch, "add", break_down)
    key = begin_import(record, ANYBODY, "receipts", "june.csv", ["North"])
    with pytest.raises(RecordError):
        add_receipts(record, ANYBODY, receipt_lines(6), key)
    end_import(record, ANYBODY, key)
    (listed,) = past_imports(record, ANYBODY)
    assert listed.added == 20
    assert undo_import(record, ANYBODY, key) == 20
    assert receipts(record) == 0


def test_an_undo_that_is_interrupted_goes_on(
    record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = add(record, receipt_lines(12).iloc[:20], "kept.csv")
    key = begin_import(record, ANYBODY, "receipts", "june.csv", ["North"])
    add_receipts(record, ANYBODY, receipt_lines(12), key)
    add_visits(record, ANYBODY, *visits(6), key)
    remove, parts = undoing._remove_empty, list[int]()

    def break_down(connection: Connection, receipts: set[int]) -> None:
        remove(connection, receipts)
        parts.append(len(receipts))
        if len(parts) == 4:  # of two parts of visits, and two of receipts
            raise RecordError

    monkeypatch.setitem(ROWS, record.dialect.name, Limits(60, 4, 4, 4))
    monkeypatch.setattr(undoing, "_remove_empty", break_down)
    with pytest.raises(RecordError):
        undo_import(record, ANYBODY, key)
    left = {one.key: one.added for one in past_imports(record, ANYBODY)}
    tables = read_tables(record, EVERYTHING)
    assert (len(tables.visits), len(tables.lines)) == (0, 40) and left == {kept: 20, key: 20}
    assert undo_import(record, ANYBODY, key) == 20
    assert [one.key for one in past_imports(record, ANYBODY)] == [kept]
    assert len(read_tables(record, EVERYTHING).lines) == receipts(record) * 5 == 20
    with record.connect() as connection:
        of_undo = select(AUDIT_LOG.c.detail).where(AUDIT_LOG.c.what == Event.UNDID_IMPORT)
        logged = [json.loads(detail)["rows"] for detail in connection.scalars(of_undo)]
    assert logged == [26, 20]


def test_a_line_with_a_new_category_stays_of_the_import_that_it_came_with(record: Engine) -> None:
    lines = receipt_lines(5)
    add(record, lines, "old.csv")
    changed = add(record, lines.assign(category="Other"), "new categories.csv")
    undo_import(record, ANYBODY, changed)
    assert len(read_tables(record, EVERYTHING).lines) == len(lines)


def test_visits_lose_their_link_to_a_receipt_that_is_gone(record: Engine) -> None:
    add_visits(record, ANYBODY, *visits(20))
    key = add(record, receipt_lines(20), "june.csv")
    assert join_receipts(record, EVERYTHING) == 20
    undo_import(record, ANYBODY, key)
    table = read_tables(record, EVERYTHING).visits
    assert len(table) == 20 and (table["receipt"] == 0).all()


def test_imported_visits_go_with_their_checks(record: Engine) -> None:
    table, distributions = visits(10)
    key = begin_import(record, ANYBODY, "visits", "visits.csv", ["North"])
    add_visits(record, ANYBODY, table, distributions, key)
    assert undo_import(record, ANYBODY, key) == 10
    tables = read_tables(record, EVERYTHING)
    assert tables.visits.empty and tables.checks.empty


def test_an_import_that_adds_nothing_is_not_listed(record: Engine) -> None:
    add(record, receipt_lines(5), "june.csv")
    add(record, receipt_lines(5), "june again.csv")
    assert [one.file for one in past_imports(record, ANYBODY)] == ["june.csv"]


def test_another_stores_manager_neither_sees_nor_undoes_it(record: Engine) -> None:
    key = add(record, receipt_lines(5), "june.csv")
    assert past_imports(record, SOUTH) == []
    with pytest.raises(AccessDenied):
        undo_import(record, SOUTH, key)
    with pytest.raises(AccessDenied):
        begin_import(record, SOUTH, "receipts", "june.csv", ["South", "North"])
    assert len(read_tables(record, EVERYTHING).lines) == len(receipt_lines(5))


def test_columns_are_remembered_for_files_with_the_same_headings(record: Engine) -> None:
    choice = {"columns": {"time": "Дата"}, "typed": {"store": "North"}, "alcohol": []}
    assert known_choice(record, ANYBODY, "receipts", ["Дата", "Чек"]) is None
    keep_choice(record, ANYBODY, "receipts", ["Дата", "Чек"], {"old": 1})
    keep_choice(record, ANYBODY, "receipts", ["Чек", "Дата"], choice)
    assert known_choice(record, ANYBODY, "receipts", ["Дата", "Чек"]) == choice
    assert known_choice(record, ANYBODY, "visits", ["Дата", "Чек"]) is None
    assert known_choice(record, ANYBODY, "receipts", ["Дата"]) is None
    assert known_choice(record, SOUTH, "receipts", ["Дата", "Чек"]) is None
