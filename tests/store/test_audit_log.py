"""The audit log: entries are added, and nothing changes or deletes them."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from age_model.access.visitor import ANYBODY, Visitor
from age_model.i18n.translate import in_language
from age_model.store.record.add_visit import record_outcome, record_visit, take_back_outcome
from age_model.store.record.audit_log import (
    EVENTS,
    Event,
    cashier_key,
    log_alone,
    read_log,
    utc_now,
)
from age_model.store.record.audit_words import detail_in_words, with_detail_columns
from age_model.store.record.database import open_record
from age_model.store.retention.one_cashier import erase_cashier
from age_model.store.retention.settings import set_retention
from age_model.store.tills.cashiers import add_cashier, list_cashiers, reset_pin, set_active
from age_model.store.tills.pairing import make_code, pair
from age_model.store.tills.rules import StoreRule, set_rule
from tests.store.test_record import create_version
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
    create_version(1, store_url).dispose()
    engine = open_record(store_url)
    assert_append_only(engine)
    engine.dispose()


def test_the_latest_is_first_and_each_store_has_its_entry(record: Engine) -> None:
    log_alone(record, "anna@example.org", Event.IMPORTED, ["North", "South"], rows=3)
    log_alone(record, "", Event.SET_RETENTION, [None])
    assert [(row["what"], row["store"]) for row in entries(record)] == [
        ("set retention", ""), ("imported", "South"), ("imported", "North"),
    ]  # fmt: skip
    assert entries(record)[1]["detail"] == {"rows": 3}
    assert read_log(record, utc_now() + DAY, utc_now() + 2 * DAY).empty


def test_a_cashier_is_in_it_by_number_and_shown_by_name(record: Engine) -> None:
    add_cashier(record, ANYBODY, "North", "Olga")
    (cashier,) = list_cashiers(record, "North")
    with record.connect() as connection:
        assert "Olga" not in str(connection.execute(text("SELECT * FROM audit_log")).all())
    for key in (cashier.id, 999):
        log_alone(record, cashier_key(key), Event.LOCKED_PIN, ["North"])
    assert [row["who"] for row in entries(record)] == ["cashier 999", "Olga", ""]
    assert entries(record)[2]["detail"] == {"cashier": "Olga"}


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


DETAILS: list[tuple[Event, dict[str, object], str]] = [
    (Event.EXPORTED, {"file": "visits.csv"}, "File: visits.csv."),
    (Event.EXPORTED, {"cashier": "Olga"}, "What is kept of Olga."),
    (Event.IMPORTED, {"kind": "receipts", "rows": 1200}, "Receipts, rows added: 1,200."),
    (Event.IMPORTED, {"kind": "visits"}, "Visits, by a program: the first of the day (UTC)."),
    (Event.CHANGED_CASHIER, {"cashier": "Olga", "active": True}, "Olga may sign in again."),
    (Event.CHANGED_CASHIER, {"cashier": "Olga", "active": False}, "Olga may not sign in any more."),
    (Event.SET_RETENTION, {"confirmed": True}, "Confirmed: old data is removed every day."),
    (Event.SET_RETENTION, {"links_days": None, "visits_days": 9}, "Whole visits go after 9 days."),
    (Event.SET_RETENTION, {"links_days": None}, "Nothing is removed by itself."),
    (
        Event.CHANGED_RULE,
        {"challenge_age": 30, "may_pass": None},
        "Whoever looks younger than 30 is asked for ID.",
    ),
    (Event.ERASED, {"cashier": None, "rows": 2}, "The name in 2 visits and receipts."),
    (Event.LOCKED_PIN, {}, ""),
    (Event.PAIRED_TILL, {"till": "1"}, "Till: 1."),
    (Event.PAIRED_TILL, {"key": "a1", "till": "1"}, "Key a1, till 1."),
    (Event.PAIRED_TILL, {"key": "a1", "till": None}, "Key: a1."),
    (Event.UNDID_IMPORT, {"kind": "demonstration"}, "Demonstration month."),
]


@pytest.mark.parametrize(("what", "detail", "said"), DETAILS)
def test_details_are_sentences(what: Event, detail: dict[str, object], said: str) -> None:
    assert detail_in_words(what, detail) == said


def test_days_are_written_as_the_reader_writes_them() -> None:
    with in_language("ru"):
        said = detail_in_words(Event.VIEWED_CASHIERS, {"first": "2026-06-01", "last": "2026-06-30"})
    assert said == "Посещения с 01.06.2026 по 30.06.2026."


def test_whatever_an_entry_has_is_said_in_words_and_has_a_column(record: Engine) -> None:
    """Every kind of entry that the store writes, taken from the code that writes it."""
    pin_before = add_cashier(record, ANYBODY, "North", "Olga")
    (olga,) = list_cashiers(record, "North")
    assert reset_pin(record, ANYBODY, olga) != pin_before
    set_active(record, ANYBODY, olga, False)
    set_rule(record, ANYBODY, "North", StoreRule(30, "5"))
    pair(record, make_code(record, ANYBODY, "North", "1"))
    set_retention(record, ANYBODY, "North", 30, None)
    erase_cashier(record, ANYBODY, "North", "Olga")
    log_alone(record, "", Event.VIEWED_CASHIERS, ["North"], first=NOON.date(), last=NOON.date())
    log = read_log(record, utc_now() - DAY, utc_now() + DAY)
    with in_language("ru"):
        said = [
            detail_in_words(Event(what), detail)
            for what, detail in zip(log["what"], log["detail"], strict=True)
        ]
    assert all(said) and not any(text.isascii() or "{" in text for text in said)
    columns = with_detail_columns(log)
    assert "detail" not in columns
    for (_, row), detail in zip(columns.iterrows(), log["detail"], strict=True):
        assert {name: row[name] for name in detail} == detail
