"""Nobody reads or writes what is not in her stores."""

import pytest
from sqlalchemy import Engine

from age_model.access.rights import Action, Role
from age_model.access.visitor import ANYBODY, EVERYTHING, AccessDenied, Grant, Visitor
from age_model.store.imports.camera_photos import record_photos
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.add_visit import record_outcome, record_visit, take_back_outcome
from age_model.store.record.links import join_receipts
from age_model.store.record.read import read_span, read_stores, read_tables
from tests.support.store_made_up import NOON, PLACE, estimate, receipt_lines, visits

MANAGER = Visitor.of("olga@example.org", [Role.MANAGER], ["North"])
ANALYST = Visitor.of("ivan@example.org", [Role.ANALYST], None)
CASHIER = Visitor.of("", [Role.CASHIER], ["North"])
STRANGER = Visitor("who@example.org")


@pytest.fixture
def shops(record: Engine) -> Engine:
    for count, store in ((10, "North"), (20, "South")):
        table, distributions = visits(count, store)
        add_receipts(record, ANYBODY, receipt_lines(count, store=store))
        add_visits(record, ANYBODY, table.assign(cashier=f"Olga of {store}"), distributions)
    join_receipts(record, EVERYTHING)
    return record


def test_a_manager_reads_her_stores_only(shops: Engine) -> None:
    scope = MANAGER.scope(Action.SEE_CHECKS)
    tables = read_tables(shops, scope)
    assert set(tables.visits["store"]) == {"North"} and len(tables.visits) == 10
    assert set(tables.visits["cashier"]) == {"Olga of North"}
    assert tables.lines["receipt"].nunique() == 10 and tables.alcohol_lines["receipt"].size == 10
    assert set(tables.checks["visit_id"]) <= set(tables.visits["visit_id"])
    assert read_stores(shops, scope) == ["North"]
    assert read_span(shops, scope) == read_span(shops, EVERYTHING.narrowed(["North"]))
    assert read_span(shops, scope) != read_span(shops, EVERYTHING)


def test_an_analyst_reads_no_cashiers_name(shops: Engine) -> None:
    tables = read_tables(shops, ANALYST.scope(Action.SEE_PURCHASES))
    assert len(tables.visits) == 30 and tables.visits["cashier"].isna().all()


def test_names_are_read_where_one_is_a_manager(shops: Engine) -> None:
    both = Visitor("", ANALYST.grants | {Grant(Role.MANAGER, frozenset({"South"}))})
    seen = read_tables(shops, both.scope(Action.SEE_PURCHASES)).visits
    assert seen["store"].nunique() == 2
    assert seen["cashier"].dropna().unique().tolist() == ["Olga of South"]
    assert seen["cashier"].notna().sum() == 20


@pytest.mark.parametrize("visitor", [STRANGER, CASHIER])
def test_who_has_no_right_reads_nothing(shops: Engine, visitor: Visitor) -> None:
    scope = visitor.scope(Action.SEE_PURCHASES)
    tables = read_tables(shops, scope)
    assert tables.visits.empty and tables.lines.empty and tables.checks.empty
    assert read_stores(shops, scope) == [] and read_span(shops, scope) is None


@pytest.mark.parametrize("visitor", [STRANGER, CASHIER, ANALYST])
def test_only_managers_import(shops: Engine, visitor: Visitor) -> None:
    with pytest.raises(AccessDenied):
        add_receipts(shops, visitor, receipt_lines(30))
    with pytest.raises(AccessDenied):
        add_visits(shops, visitor, *visits(30))
    with pytest.raises(AccessDenied):
        record_photos(shops, visitor, "North", [], lambda _: None)
    assert len(read_tables(shops, EVERYTHING).visits) == 30


def test_a_file_with_anothers_store_is_not_imported_at_all(shops: Engine) -> None:
    table, distributions = visits(40)
    table.loc[5, "store"] = "South"
    with pytest.raises(AccessDenied, match="no rights in the store South"):
        add_visits(shops, MANAGER, table, distributions)
    assert len(read_tables(shops, EVERYTHING).visits) == 30
    assert add_visits(shops, MANAGER, *visits(40)) == 30


def test_links_are_made_in_the_importers_stores(record: Engine) -> None:
    for store in ("North", "South"):
        add_receipts(record, ANYBODY, receipt_lines(3, store=store))
        add_visits(record, ANYBODY, *visits(3, store))
    assert join_receipts(record, MANAGER.scope(Action.IMPORT)) == 3
    assert join_receipts(record, EVERYTHING) == 3


def test_only_who_uses_a_till_of_the_store_records(record: Engine) -> None:
    mine = record_visit(record, CASHIER, NOON, PLACE, estimate())
    theirs = record_visit(record, ANYBODY, NOON, PLACE._replace(store="South"), estimate())
    record_outcome(record, CASHIER, mine, "ID shown")
    for visitor in (STRANGER, MANAGER, ANALYST):
        with pytest.raises(AccessDenied):
            record_visit(record, visitor, NOON, PLACE, estimate())
        with pytest.raises(AccessDenied):
            take_back_outcome(record, visitor, mine)
    with pytest.raises(AccessDenied, match="no rights in the store South"):
        record_outcome(record, CASHIER, theirs, "ID shown")
    with pytest.raises(AccessDenied, match="no rights in the store South"):
        record_visit(record, CASHIER, NOON, PLACE, estimate(50), theirs)
    assert read_tables(record, EVERYTHING).checks["visit_id"].tolist() == [mine]
