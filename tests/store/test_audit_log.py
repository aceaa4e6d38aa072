"""The audit log: entries are added, and nothing changes or deletes them."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from age_model.access.visitor import ANYBODY, Visitor
from age_model.store.record.add_visit import record_outcome, record_visit, take_back_outcome
from age_model.store.record.audit_log import (
    EVENTS,
    Event,
    cashier_key,
    log_alone,
    read_log,
    utc_now,
)
from age_model.store.record.database import open_record
from age_model.store.tills.cashiers import add_cashier, list_cashiers
from tests.store.test_record import create_version_1
from tests.support.store_made_up import NOON, PLACE, estimate

DAY = timedelta(days=1)
CHANGES = ["UPDATE audit_log SET who = 'nobody'", "DELETE FROM audit_log"]


def entries(engine: Engine) -> list[dict[str, object]]:
    table = read_log(engine, utc_now() - DAY, utc_now() + DAY)
    return [dict(row) for row in table.drop(columns="time").to_dict("records")]


def assert_append_only(engine: Engine) -> None:
    log_alone(engine, "olga@example.org", Event.EXPORTED, ["North"], file="visits.csv")
    before = entries(engine)
    changes = [*CHANGES, "TRUNCATE audit_log"] if engine.dialect.name == "postgresql" else CHANGES
    for change in changes:
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(change))
    assert entries(engine) == before != []


def test_nothing_changes_or_deletes_an_entry(record: Engine) -> None:
    assert_append_only(record)


def test_nor_in_a_record_that_was_migrated(store_url: str) -> None:
    create_version_1(store_url).dispose()
    engine = open_record(store_url)
    assert_append_only(engine)
    engine.dispose()


def test_the_latest_is_first_and_each_store_has_its_entry(record: Engine) -> None:
    log_alone(record, "anna@example.org", Event.IMPORTED, ["North", "South"], rows=3)
    log_alone(record, "", Event.SET_RETENTION, [None])
    assert [(row["what"], row["store"]) for row in entries(record)] == [
        ("set retention", ""), ("imported", "South"), ("imported", "North"),
    ]  # fmt: skip
    assert json.loads(str(entries(record)[1]["detail"])) == {"rows": 3}
    assert read_log(record, utc_now() + DAY, utc_now() + 2 * DAY).empty


def test_a_cashier_is_in_it_by_number_and_shown_by_name(record: Engine) -> None:
    add_cashier(record, ANYBODY, "North", "Olga")
    (cashier,) = list_cashiers(record, "North")
    with record.connect() as connection:
        assert "Olga" not in str(connection.execute(text("SELECT * FROM audit_log")).all())
    for key in (cashier.id, 999):
        log_alone(record, cashier_key(key), Event.LOCKED_PIN, ["North"])
    assert [row["who"] for row in entries(record)] == ["cashier 999", "Olga", ""]


def test_an_outcome_that_is_undone_is_an_entry(record: Engine) -> None:
    key = record_visit(record, ANYBODY, NOON, PLACE, estimate())
    record_outcome(record, ANYBODY, key, "ID shown")
    assert entries(record) == []
    take_back_outcome(record, Visitor("olga@example.org", ANYBODY.grants), key)
    (entry,) = entries(record)
    assert (entry["who"], entry["what"], entry["store"]) == (
        "olga@example.org", "undid an outcome", "North",
    )  # fmt: skip


def test_every_kind_has_its_words() -> None:
    assert set(EVENTS) == set(Event)
