"""Old links and visits go by themselves, once a day, and not before somebody confirmed it."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, text, update

from age_model.access.rights import Role
from age_model.access.visitor import ANYBODY, EVERYTHING, AccessDenied, Visitor
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.database import RecordError, open_record
from age_model.store.record.links import join_receipts
from age_model.store.record.read import read_tables
from age_model.store.record.schema import CHECKS, RECEIPTS, RETENTION
from age_model.store.retention import run
from age_model.store.retention.run import BY_ITSELF, run_daily, run_retention
from age_model.store.retention.settings import (
    Removed,
    Retention,
    RetentionError,
    confirm,
    count_old,
    read_retention,
    set_retention,
)
from tests.support.store_made_up import NOON, receipt_lines, visits

VISITS_A_STORE = 30  # a day apart, the last at NOON
NOW = NOON + timedelta(hours=1)


@pytest.fixture
def shops(record: Engine) -> Engine:
    """Two stores with a linked visit on each of 30 days."""
    for store in ("North", "South"):
        lines = receipt_lines(VISITS_A_STORE, store=store)
        minutes = lines.groupby("number").ngroup()
        ago = (VISITS_A_STORE - 1 - minutes) * timedelta(days=1)
        add_receipts(record, ANYBODY, lines.assign(time=NOON - ago))
        table, distributions = visits(VISITS_A_STORE, store)
        table["time"] = [
            NOON - timedelta(days=VISITS_A_STORE - 1 - i) for i in range(VISITS_A_STORE)
        ]
        add_visits(record, ANYBODY, table, distributions)
    assert join_receipts(record, EVERYTHING) == 2 * VISITS_A_STORE
    return record


def state(engine: Engine, store: str) -> Removed:
    """How many visits of a store have links, and how many there are."""
    table = read_tables(engine, EVERYTHING).visits
    table = table[table["store"] == store]
    linked = table["cashier"].notna() & (table["receipt"] != 0)
    assert (table["cashier"].notna() == (table["receipt"] != 0)).all()
    return Removed(int(linked.sum()), len(table))


def settle(engine: Engine, links: int | None = 10, days: int | None = 20) -> Retention:
    set_retention(engine, ANYBODY, "North", links, days)
    return read_retention(engine)["North"]


def test_nothing_goes_before_it_is_confirmed(shops: Engine) -> None:
    settle(shops)
    assert run_retention(shops, NOW, "", only_due=False) == {}
    assert state(shops, "North") == (30, 30)


def test_the_dry_run_tells_what_the_run_removes(shops: Engine) -> None:
    settings = settle(shops)
    counted = count_old(shops, settings, NOW)
    assert counted == Removed(links=10, visits=10)
    assert state(shops, "North") == (30, 30)
    confirm(shops, ANYBODY, settings)
    assert run_retention(shops, NOW, BY_ITSELF, only_due=True) == {"North": counted}
    assert state(shops, "North") == (10, 20)
    assert state(shops, "South") == (30, 30)
    after = read_retention(shops)["North"]
    assert after.removed == counted and after.last_run
    assert count_old(shops, after, NOW) == (0, 0)
    with shops.connect() as connection:
        (entry,) = connection.execute(
            text("SELECT who, store, detail FROM audit_log WHERE what = 'removed old data'")
        )
    assert tuple(entry) == (BY_ITSELF, "North", '{"links": 10, "visits": 10}')


@pytest.mark.parametrize(
    ("links", "days", "left"), [(10, None, (10, 30)), (None, 20, (20, 20)), (None, None, (30, 30))]
)
def test_each_of_the_two_can_be_set_alone(
    shops: Engine, links: int | None, days: int | None, left: tuple[int, int]
) -> None:
    settings = settle(shops, links, days)
    counted = count_old(shops, settings, NOW)
    confirm(shops, ANYBODY, settings)
    assert run_retention(shops, NOW, "", only_due=False) == {"North": counted}
    assert state(shops, "North") == left


def test_checks_go_with_their_visits_and_receipts_stay_without_cashier(shops: Engine) -> None:
    confirm(shops, ANYBODY, settle(shops, None, 20))
    run_retention(shops, NOW, "", only_due=False)
    tables = read_tables(shops, EVERYTHING)
    assert set(tables.checks["visit_id"]) <= set(tables.visits["visit_id"])
    with shops.connect() as connection:
        kept = connection.execute(
            select(RECEIPTS.c.cashier, RECEIPTS.c.time).where(RECEIPTS.c.store == "North")
        ).all()
        checks = connection.execute(select(CHECKS)).all()
    assert len(kept) == 30 and sum(cashier is None for cashier, _ in kept) == 10
    assert all((cashier is None) == (time is None) for cashier, time in kept)
    assert len(checks) == 40 - 7


def test_a_changed_setting_is_confirmed_anew(shops: Engine) -> None:
    confirm(shops, ANYBODY, settle(shops))
    settle(shops, 1, 2)
    assert run_retention(shops, NOW, "", only_due=False) == {}
    assert state(shops, "North") == (30, 30)


def test_what_was_changed_after_it_was_seen_is_not_confirmed(shops: Engine) -> None:
    seen = settle(shops, 10, None)
    settle(shops, 1, None)
    with pytest.raises(RetentionError, match="changed meanwhile"):
        confirm(shops, ANYBODY, seen)
    assert run_retention(shops, NOW, "", only_due=False) == {}


def test_it_is_due_once_a_day(shops: Engine) -> None:
    confirm(shops, ANYBODY, settle(shops))
    assert run_retention(shops, NOW, "", only_due=True)
    assert run_retention(shops, NOW + timedelta(days=3), "", only_due=True) == {}
    with shops.begin() as connection:
        connection.execute(update(RETENTION).values(last_run=run.utc_now() - timedelta(days=1)))
    assert run_retention(shops, NOW + timedelta(days=3), "", only_due=True) == {
        "North": Removed(3, 3)
    }


def test_of_several_servers_one_removes(shops: Engine, store_url: str) -> None:
    confirm(shops, ANYBODY, settle(shops))
    engines = [open_record(store_url) for _ in range(6)]
    with ThreadPoolExecutor(6) as servers:
        done = list(
            servers.map(lambda one: run_retention(one, NOW, BY_ITSELF, only_due=True), engines)
        )
    for engine in engines:
        engine.dispose()
    assert sorted(done, key=len) == [{}] * 5 + [{"North": Removed(10, 10)}]
    with shops.connect() as connection:
        runs = text("SELECT count(*) FROM audit_log WHERE what = 'removed old data'")
        assert connection.scalar(runs) == 1


@pytest.mark.parametrize(("links", "days"), [(0, None), (None, 0), (None, 10**6), (20, 10)])
def test_what_makes_no_sense_is_refused(
    record: Engine, links: int | None, days: int | None
) -> None:
    with pytest.raises(RetentionError):
        settle(record, links, days)
    assert read_retention(record) == {}


def test_only_an_administrator_sets_and_confirms(record: Engine) -> None:
    settings = settle(record)
    for role in (Role.CASHIER, Role.ANALYST, Role.MANAGER):
        who = Visitor.of("x@example.org", [role], None)
        with pytest.raises(AccessDenied):
            set_retention(record, who, "North", 1, 1)
        with pytest.raises(AccessDenied):
            confirm(record, who, settings)
    assert read_retention(record)["North"] == settings


def test_a_server_looks_again_until_it_stops(
    shops: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    confirm(shops, ANYBODY, settle(shops))
    monkeypatch.setattr(run, "LOOK_EVERY", 0.01)
    stop, looked = threading.Event(), []

    def open_engine() -> Engine | None:
        looked.append(datetime.now())
        if len(looked) == 1:
            return None  # nobody has used a Store page yet
        if len(looked) == 2:
            raise RecordError("the record is away")
        if len(looked) == 4:
            stop.set()
        return shops

    with caplog.at_level(logging.WARNING):
        run_daily(open_engine, stop)
    assert len(looked) == 4
    assert "the record is away" in caplog.text
    assert state(shops, "North") == (0, 0)  # all are older than 20 days by now
    assert state(shops, "South") == (30, 30)


def test_a_server_tries_again_until_the_export_has_nothing_deleted_left(
    shops: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    confirm(shops, ANYBODY, settle(shops))
    monkeypatch.setattr(run, "LOOK_EVERY", 0.01)
    stop, tried, looked = threading.Event(), [], []

    def after_deletion(_: Engine) -> None:
        tried.append(datetime.now())
        if len(tried) < 3:
            raise RecordError("the export is away")

    def open_engine() -> Engine:
        looked.append(datetime.now())
        if len(tried) == 3 or len(looked) == 9:
            stop.set()
        return shops

    monkeypatch.setattr(run, "after_deletion", after_deletion)
    with caplog.at_level(logging.WARNING):
        run_daily(open_engine, stop)
    assert len(tried) == 3  # when the visits went, again in vain, and done
    assert caplog.text.count("the export is away") == 2
    assert state(shops, "North") == (0, 0)
