"""What the database adds up for each till and day, on SQLite and on PostgreSQL."""

from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd
import pytest
from sqlalchemy import Engine, update

from age_model.access.visitor import ANYBODY, EVERYTHING, Scope
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.add_visit import record_visit
from age_model.store.record.daily import daily_sales, daily_unlinked, daily_visits
from age_model.store.record.links import join_receipts
from age_model.store.record.read import read_tables
from age_model.store.record.schema import RECEIPTS
from tests.support.store_made_up import NOON, PLACE, receipt_lines, visits

DAY = NOON.date()
JUNE = EVERYTHING, date(2026, 6, 1), date(2026, 6, 30)
NORTH = Scope(frozenset({"North"}), frozenset())


@pytest.fixture
def shops(record: Engine) -> Engine:
    for count, store in ((10, "North"), (20, "South")):
        table, distributions = visits(count - 4, store)
        add_receipts(record, ANYBODY, receipt_lines(count, store=store))
        add_visits(record, ANYBODY, table, distributions)
    record_visit(record, ANYBODY, NOON + timedelta(hours=3), PLACE, None)  # no face was found
    join_receipts(record, EVERYTHING)
    return record


def numbers(table: pd.DataFrame, *names: str) -> list[tuple[object, ...]]:
    return list(table[["store", *names]].itertuples(index=False, name=None))


def test_visits_are_counted_with_and_without_an_age(shops: Engine) -> None:
    table = daily_visits(shops, *JUNE)
    assert numbers(table, "visits", "without_age") == [("North", 6, 1), ("South", 16, 0)]
    assert table["day"].tolist() == [pd.Timestamp(DAY)] * 2
    ages = read_tables(shops, EVERYTHING).visits.groupby("store", observed=True)["age"].mean()
    assert table["mean_age"].tolist() == pytest.approx(ages.tolist())


def test_receipts_are_totalled_with_and_without_a_visit(shops: Engine) -> None:
    table = daily_sales(shops, *JUNE)
    assert numbers(table, "receipts") == [("North", 10), ("South", 20)]
    assert table["revenue"].tolist() == pytest.approx([10 * 100.1, 20 * 100.1])


def test_receipts_that_could_have_a_visit_are_counted(shops: Engine) -> None:
    assert numbers(daily_unlinked(shops, *JUNE), "timed", "unlinked") == [
        ("North", 10, 4),
        ("South", 20, 4),
    ]
    with shops.begin() as connection:
        old = update(RECEIPTS).where(RECEIPTS.c.store == "South")
        connection.execute(old.values(time=None, cashier=None))
    assert numbers(daily_unlinked(shops, *JUNE), "unlinked") == [("North", 4)]


@pytest.mark.parametrize("read", [daily_visits, daily_sales, daily_unlinked])
def test_only_the_stores_in_scope_and_the_days_asked_for_are_read(
    shops: Engine, read: Callable[[Engine, Scope, date, date], pd.DataFrame]
) -> None:
    assert set(read(shops, NORTH, DAY, DAY)["store"]) == {"North"}
    after = DAY + timedelta(days=1)
    for other in ((after, after), (DAY - timedelta(days=9), DAY - timedelta(days=1))):
        empty = read(shops, EVERYTHING, *other)
        assert empty.empty and empty["day"].dtype.kind == "M"


def test_only_visits_with_alcohol_or_a_check_are_read(shops: Engine) -> None:
    every = read_tables(shops, EVERYTHING)
    some = read_tables(shops, EVERYTHING, only_alcohol=True)
    bought = set(every.alcohol_lines["receipt"]) & set(every.visits["receipt"])
    wanted = every.visits["receipt"].isin(bought) | every.visits["visit_id"].isin(
        every.checks["visit_id"]
    )
    assert wanted.any() and not (wanted & ~every.visits["receipt"].isin(bought)).all()
    pd.testing.assert_frame_equal(
        some.visits, every.visits[wanted].reset_index(drop=True), check_categorical=False
    )
    assert len(some.distributions) == len(some.visits)
