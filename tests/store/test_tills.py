"""Tills that visits and receipts write differently."""

from sqlalchemy import Engine

from age_model.access.visitor import ANYBODY
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.tills import TillsApart, apart_in_words, tills_apart
from tests.support.store_made_up import receipt_lines, visits


def add(engine: Engine, till: str, receipts_till: str, store: str = "North") -> None:
    table, distributions = visits(3, store)
    add_visits(engine, ANYBODY, table.assign(till=till), distributions)
    add_receipts(engine, ANYBODY, receipt_lines(2, store=store).assign(till=receipts_till))


def test_tills_written_in_two_ways_are_found(record: Engine) -> None:
    add(record, "3", "Till 3")
    assert tills_apart(record, ["North"]) == TillsApart(3, ["3"], ["Till 3"])
    assert tills_apart(record, ["South"]) is None


def test_tills_written_alike_are_not(record: Engine) -> None:
    add(record, "3", "3")
    assert tills_apart(record, ["North"]) is None


def test_a_till_without_receipts_yet_is_usual(record: Engine) -> None:
    add(record, "3", "3")
    table, distributions = visits(2)
    add_visits(record, ANYBODY, table.assign(till="4"), distributions)
    assert tills_apart(record, ["North"]) is None


def test_tills_of_two_stores_are_not_mixed_up(record: Engine) -> None:
    add(record, "3", "3", "North")
    table, distributions = visits(2)
    add_visits(record, ANYBODY, table.assign(till="4"), distributions)
    add_receipts(record, ANYBODY, receipt_lines(1, store="South").assign(till="Till 4"))
    assert tills_apart(record, ["North", "South"]) is None


def test_of_many_tills_some_are_named() -> None:
    words = apart_in_words(TillsApart(1234, ["3"], [f"Till {number}" for number in range(1, 8)]))
    assert words.startswith("1,234 visits are at tills that no receipt names.")
    assert "Till 4, Till 5, …" in words
