"""Links between visits and receipts: who belongs to whom, and when that is forgotten."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, event, select, update

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record import links
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.batches import Limits
from age_model.store.record.database import open_record
from age_model.store.record.links import (
    Span,
    forget_links,
    join_receipts,
    nearest_pairs,
    spans_of,
)
from age_model.store.record.read import NO_RECEIPT, read_tables
from age_model.store.record.schema import RECEIPTS, VISITS
from tests.support.store_made_up import NOON, receipt_lines, visits


def people(*seconds: float, till: str = "1") -> pd.DataFrame:
    times = pd.Timestamp(NOON) + pd.to_timedelta(list(seconds), unit="s")
    ids = range(1, len(seconds) + 1)
    return pd.DataFrame({"id": ids, "store": "North", "till": till, "time": times})


def pairs(left: pd.DataFrame, right: pd.DataFrame, near: float = 60) -> set[tuple[int, int]]:
    return set(nearest_pairs(left, right, near).itertuples(index=False, name=None))


def test_a_receipt_goes_to_the_nearest_visit_only() -> None:
    assert pairs(people(0, 10, 200), people(12, 190)) == {(2, 1), (3, 2)}


def test_a_visit_that_loses_its_receipt_gets_the_next_near_one() -> None:
    # Both buyers are nearest to the first receipt; the second receipt is left for one of them.
    assert pairs(people(0, 6), people(5, 40)) == {(2, 1), (1, 2)}


def test_too_far_or_at_another_till_is_no_pair() -> None:
    assert pairs(people(0), people(61)) == set()
    assert pairs(people(0), people(0, till="2")) == set()
    assert pairs(people(), people(0)) == set()


def test_visits_get_their_receipts_and_cashiers(record: Engine) -> None:
    add_receipts(record, ANYBODY, receipt_lines(3))
    add_visits(record, ANYBODY, *visits(4))  # five seconds after the receipts; the fourth has none
    assert join_receipts(record, EVERYTHING, near=30) == 3
    found = read_tables(record, EVERYTHING).visits
    assert found["receipt"].ne(NO_RECEIPT).tolist() == [True, True, True, False]
    assert found["receipt"].nunique() == 4
    assert found["cashier"].isna().tolist() == [False, False, False, True]
    assert join_receipts(record, EVERYTHING, near=30) == 0


def test_two_who_join_at_once_give_no_receipt_twice(
    record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_receipts(record, ANYBODY, receipt_lines(3))
    add_visits(record, ANYBODY, *visits(3))
    pair = links.nearest_pairs
    with ThreadPoolExecutor(1) as other:
        meanwhile: list[Future[int]] = []

        def pair_slowly(left: pd.DataFrame, right: pd.DataFrame, near: float) -> pd.DataFrame:
            found = pair(left, right, near)
            if not meanwhile:  # who is first has read, and has not written yet
                meanwhile.append(other.submit(join_receipts, record, EVERYTHING))
                wait(meanwhile, timeout=1)
            return found

        monkeypatch.setattr(links, "nearest_pairs", pair_slowly)
        joined = join_receipts(record, EVERYTHING)
        assert joined + meanwhile[0].result() == 3
    assert read_tables(record, EVERYTHING).visits["receipt"].nunique() == 3


def test_what_is_forgotten_is_in_no_file(tmp_path: Path) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    add_receipts(engine, ANYBODY, receipt_lines(4).assign(cashier="Olga Petrova"))
    add_visits(engine, ANYBODY, *visits(4))
    join_receipts(engine, EVERYTHING, near=30)
    with engine.connect():  # a running app keeps the file open
        forget_links(engine, 30, NOON + timedelta(days=40))
        files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Product 1" in files
    assert b"Olga Petrova" not in files


def test_old_visits_lose_cashier_and_receipt_for_good(record: Engine) -> None:
    add_receipts(record, ANYBODY, receipt_lines(4))
    add_visits(record, ANYBODY, *visits(4))
    join_receipts(record, EVERYTHING, near=30)
    before = read_tables(record, EVERYTHING)
    lines, checks = before.lines, before.checks
    now = NOON + timedelta(days=30, minutes=2)  # two visits are older than 30 days
    assert forget_links(record, 30, now) == 2
    after = read_tables(record, EVERYTHING)
    assert after.visits["receipt"].eq(NO_RECEIPT).tolist() == [True, True, False, False]
    assert after.visits["cashier"].isna().tolist() == [True, True, False, False]
    assert after.visits["age"].tolist() == before.visits["age"].tolist()
    assert len(after.lines) == len(lines)  # what was bought stays
    assert len(after.checks) == len(checks)
    # Neither time and till nor the same file again bring the links back.
    assert join_receipts(record, EVERYTHING, near=10**6) == 0
    assert add_receipts(record, ANYBODY, receipt_lines(4)) == 0
    assert join_receipts(record, EVERYTHING, near=10**6) == 0
    assert read_tables(record, EVERYTHING).visits["cashier"].isna().tolist() == [
        True,
        True,
        False,
        False,
    ]
    with record.connect() as connection:
        times = connection.scalars(select(RECEIPTS.c.time).order_by(RECEIPTS.c.id)).all()
        cashiers = connection.scalars(select(RECEIPTS.c.cashier).order_by(RECEIPTS.c.id)).all()
    assert [time is None for time in times] == [True, True, False, False]
    assert cashiers == [None, None, "Olga", "Olga"]
    assert forget_links(record, 30, now) == 0
    of_the_day = read_tables(record, EVERYTHING, NOON.replace(hour=0), NOON.replace(hour=23))
    assert len(of_the_day.lines) == len(lines)


def every_pair_at_once(record: Engine, near: float) -> set[tuple[int, int]]:
    """Return what pairing all visits and receipts of the record at once gives."""
    with record.connect() as connection:
        left, right = (
            pd.DataFrame(
                connection.execute(
                    select(table.c.id, table.c.store, table.c.till, table.c.time)
                ).all(),
                columns=["id", "store", "till", "time"],
            ).astype({"time": "datetime64[ns]"})
            for table in (VISITS, RECEIPTS)
        )
    return set(nearest_pairs(left, right, near).itertuples(index=False, name=None))


def linked_pairs(record: Engine) -> set[tuple[int, int]]:
    with record.connect() as connection:
        query = select(VISITS.c.id, VISITS.c.receipt_id).where(VISITS.c.receipt_id.is_not(None))
        return {(visit, receipt) for visit, receipt in connection.execute(query)}


def random_shops(random: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return receipts and visits of shops of one or two tills, some busy, some nearly empty."""
    found: tuple[list[pd.DataFrame], list[pd.DataFrame]] = [], []
    for store in "ABCDEF":
        count, tills = int(random.integers(2, 60)), int(random.integers(1, 3))
        span = float(random.choice([600, 7200, 86400, 12 * 86400]))
        for rows in found:
            times = pd.Timestamp(NOON) + pd.to_timedelta(
                random.uniform(0, span, count).round(), unit="s"
            )
            till = random.integers(tills, size=count).astype(str)
            rows.append(pd.DataFrame({"time": times, "store": store, "till": till}))
    receipts, seen = (pd.concat(rows, ignore_index=True) for rows in found)
    lines = receipts.assign(
        number=receipts.index.astype(str), cashier="Olga", product="Bread", category="–",
        quantity=1.0, amount=1.0, is_alcohol=False,
    )  # fmt: skip
    seen = visits(len(seen))[0].assign(**seen).drop_duplicates(["store", "till", "time"])
    return lines, seen.reset_index(drop=True)


@pytest.mark.parametrize(("slices", "near"), [(0.5, 180), (3, 20), (40, 900)])
def test_pairing_in_slices_gives_the_links_of_pairing_all_at_once(
    record: Engine, monkeypatch: pytest.MonkeyPatch, slices: float, near: float
) -> None:
    lines, seen = random_shops(np.random.default_rng(int(near)))
    add_receipts(record, ANYBODY, lines)
    add_visits(record, ANYBODY, seen, visits(len(seen))[1])
    monkeypatch.setattr(links, "SLICE", timedelta(days=12 / slices))
    monkeypatch.setattr(links, "PAIRS", Limits(60, 7, 7, 7))
    wanted = every_pair_at_once(record, near)
    assert join_receipts(record, EVERYTHING, near) == len(wanted) > 20
    assert linked_pairs(record) == wanted
    assert join_receipts(record, EVERYTHING, near) == 0


def test_after_an_import_only_its_time_is_looked_at(record: Engine) -> None:
    lines, seen = random_shops(np.random.default_rng(0))
    distributions = visits(len(seen))[1]
    middle = pd.Timestamp(NOON) + pd.Timedelta(minutes=5)
    for early in (True, False):
        mine, theirs = (rows[(rows["time"] < middle) == early] for rows in (lines, seen))
        add_receipts(record, ANYBODY, mine)
        join_receipts(record, EVERYTHING, spans=spans_of(mine))
        add_visits(record, ANYBODY, theirs, distributions[theirs.index])
        elsewhere = Span(NOON + timedelta(days=99), NOON + timedelta(days=100))
        assert join_receipts(record, EVERYTHING, spans=dict.fromkeys("ABCDEF", elsewhere)) == 0
        assert join_receipts(record, EVERYTHING, spans=spans_of(theirs)) > 0
    assert join_receipts(record, EVERYTHING) == 0  # nothing was left out


def test_years_without_visits_take_no_time(record: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a camera whose clock begins at 1970, and of a program that sends a wrong year."""
    table, distributions = visits(4)
    table["time"] = [datetime(1970, 1, 1), NOON, NOON + timedelta(days=30), datetime(2199, 1, 1)]
    add_visits(record, ANYBODY, table, distributions)
    lines = receipt_lines(4)
    number = lines.groupby("number").ngroup()
    near = pd.to_timedelta([-170, 170, 0, 100], unit="s")
    lines["time"] = table["time"].to_numpy()[number] + near.to_numpy()[number]
    lines.loc[number == 0, "time"] = datetime(1970, 1, 1, 0, 2)
    add_receipts(record, ANYBODY, lines)
    look, looks = links._unlinked, count()

    def counted(*of: Any) -> tuple[pd.DataFrame, pd.DataFrame]:  # noqa: ANN401
        assert next(looks) < 12, "of 12,000 weeks"
        return look(*of)

    monkeypatch.setattr(links, "_unlinked", counted)
    assert join_receipts(record, EVERYTHING, spans=spans_of(table)) == 4


def test_what_is_forgotten_while_pairs_are_found_is_not_linked(
    record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_receipts(record, ANYBODY, receipt_lines(4))
    add_visits(record, ANYBODY, *visits(4))
    pair = links.nearest_pairs

    def forget_meanwhile(left: pd.DataFrame, right: pd.DataFrame, near: float) -> pd.DataFrame:
        found = pair(left, right, near)
        forget_links(record, 30, NOON + timedelta(days=30, minutes=2))
        return found

    monkeypatch.setattr(links, "nearest_pairs", forget_meanwhile)
    assert join_receipts(record, EVERYTHING, near=30) == 2
    assert read_tables(record, EVERYTHING).visits["cashier"].notna().tolist() == [
        False,
        False,
        True,
        True,
    ]


def test_the_demonstration_month_gets_the_same_links_in_slices(record: Engine) -> None:
    month, _ = demo_month(0, 2000)
    add_month(record, month)
    wanted = linked_pairs(record)
    with record.begin() as connection:
        connection.execute(update(VISITS).values(receipt_id=None))
    assert join_receipts(record, EVERYTHING) == len(wanted)
    assert linked_pairs(record) == every_pair_at_once(record, links.NEAR)


def test_indices_lead_to_what_can_be_linked(tmp_path: Path) -> None:
    record = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    add_receipts(record, ANYBODY, receipt_lines(3))
    add_visits(record, ANYBODY, *visits(3))
    asked: list[tuple[str, tuple[object, ...]]] = []
    event.listen(record, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
    assert join_receipts(record, EVERYTHING, spans={"North": Span(NOON, NOON)}) == 3
    with record.connect() as connection:
        plans = [
            row[3]
            for text, values in asked
            if text.startswith("SELECT")
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)
        ]
    assert any("store=? AND till=? AND time>?" in step for step in plans)
    assert not any(step.startswith("SCAN") for step in plans)
