"""What the record has of one cashier is handed over, and erased."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from age_model.access.rights import Role
from age_model.access.visitor import ANYBODY, EVERYTHING, AccessDenied, Visitor
from age_model.predict.id_rule import AskRule
from age_model.store.record.add_many import add_receipts
from age_model.store.record.add_visit import record_outcome, record_visit, take_back_outcome
from age_model.store.record.database import clear_log
from age_model.store.record.links import join_receipts
from age_model.store.record.read import read_tables
from age_model.store.record.schema import METADATA
from age_model.store.retention.one_cashier import (
    UnknownCashierError,
    erase_cashier,
    export_cashier,
)
from age_model.store.tills.cashiers import add_cashier, list_cashiers
from tests.support.store_made_up import NOON, PLACE, estimate, receipt_lines

ADMIN = Visitor.of("admin@example.org", [Role.ADMIN], None)


@pytest.fixture
def olga(record: Engine, fast_hashes: None) -> Engine:
    """A record with Olga in two stores, and with Anna."""
    for name in ("Olga", "Anna"):
        add_cashier(record, ADMIN, "North", name)
    (_, cashier) = list_cashiers(record, "North")
    place = PLACE._replace(rule=AskRule(30, 0.02))
    key = record_visit(record, cashier.visitor, NOON, place, estimate())
    record_outcome(record, cashier.visitor, key, "ID shown")
    take_back_outcome(record, cashier.visitor, key)
    record_outcome(record, cashier.visitor, key, "not asked")
    record_visit(record, ANYBODY, NOON, place._replace(till="2", cashier="Anna"), estimate())
    record_visit(record, ANYBODY, NOON, place._replace(store="South"), estimate())
    add_receipts(record, ANYBODY, receipt_lines(3))
    join_receipts(record, EVERYTHING)
    return record


def everything(engine: Engine, store: str | None = None) -> str:
    """All texts of the record."""
    rows = []
    with engine.connect() as connection:
        for table in METADATA.sorted_tables:
            found = connection.execute(table.select()).mappings()
            rows += [row for row in found if store in (None, row.get("store", store))]
    return str(rows)


def test_all_of_a_cashier_is_handed_over_and_nothing_of_others(olga: Engine) -> None:
    content = json.loads(export_cashier(olga, ADMIN, "North", "Olga"))
    assert (content["store"], content["name"]) == ("North", "Olga")
    assert content["account"]["active"] is True and "pin" not in content["account"]
    (visit,) = content["visits"]
    assert visit["time"] == str(NOON) and visit["outcome"] == "not asked"
    assert (visit["challenge_age"], visit["likelihood"]) == (30, 0.02)
    assert [receipt["number"] for receipt in content["receipts"]] == ["R00000", "R00001", "R00002"]
    whats = [entry["what"] for entry in content["audit_log"]]
    assert whats == ["added a cashier", "undid an outcome"]
    assert "Anna" not in str(content) and "age_low" not in str(content)


def test_an_erased_cashier_is_nowhere_in_the_record(olga: Engine) -> None:
    before = len(read_tables(olga, EVERYTHING).visits)
    assert erase_cashier(olga, ADMIN, "North", "Olga") == 4  # a visit and three receipts
    assert "Olga" not in everything(olga, "North")
    tables = read_tables(olga, EVERYTHING)
    assert len(tables.visits) == before and len(tables.checks) == 1
    assert sorted(tables.visits["cashier"].dropna()) == ["Anna", "Olga"]  # that of South
    with pytest.raises(UnknownCashierError):
        export_cashier(olga, ADMIN, "North", "Olga")


def test_importing_her_receipts_again_does_not_bring_the_name_back(olga: Engine) -> None:
    erase_cashier(olga, ADMIN, "North", "Olga")
    assert add_receipts(olga, ANYBODY, receipt_lines(3)) == 0
    join_receipts(olga, EVERYTHING)
    assert "Olga" not in everything(olga, "North")


def test_nor_in_the_bytes_of_a_file(olga: Engine) -> None:
    if olga.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps deleted rows until it vacuums")
    erase_cashier(olga, ADMIN, "North", "Olga")
    erase_cashier(olga, ADMIN, "South", "Olga")
    clear_log(olga)
    assert b"Olga" not in Path(str(olga.url.database)).read_bytes()


def test_a_cashier_without_an_account_is_known_by_her_visits(olga: Engine) -> None:
    content = json.loads(export_cashier(olga, ADMIN, "South", "Olga"))
    assert content["account"] is None and len(content["visits"]) == 1
    assert erase_cashier(olga, ADMIN, "South", "Olga") == 1


@pytest.mark.parametrize("name", ["Eve", "olga", "", "Olga' OR '1'='1"])
def test_of_a_stranger_there_is_nothing(olga: Engine, name: str) -> None:
    for use in (export_cashier, erase_cashier):
        with pytest.raises(UnknownCashierError, match="has no cashier"):
            use(olga, ADMIN, "North", name)


def test_only_an_administrator_may(olga: Engine) -> None:
    before = everything(olga)
    for role in (Role.CASHIER, Role.ANALYST, Role.MANAGER):
        for use in (export_cashier, erase_cashier):
            with pytest.raises(AccessDenied):
                use(olga, Visitor.of("x@example.org", [role], None), "North", "Olga")
    assert everything(olga) == before


def test_both_are_in_the_log(olga: Engine) -> None:
    export_cashier(olga, ADMIN, "North", "Olga")
    erase_cashier(olga, ADMIN, "North", "Olga")
    with olga.connect() as connection:
        last = connection.execute(
            text("SELECT who, what, store FROM audit_log ORDER BY id DESC LIMIT 2")
        ).all()
    assert [tuple(row) for row in last] == [
        ("admin@example.org", "erased a cashier", "North"),
        ("admin@example.org", "exported", "North"),
    ]
