"""What needs attention: what was planted in a demonstration month is found, and hardly more."""

from datetime import date
from itertools import product

import numpy as np
import pandas as pd
import pytest

from age_model.predict.id_rule import USUAL_RULE
from age_model.store.analysis.alcohol import AlcoholSales, alcohol_sales
from age_model.store.analysis.attention import (
    FEWEST_RECEIPTS,
    Finding,
    Kind,
    TillDays,
    cameras,
    findings,
    low_rates,
    silent_tills,
    slow_cashiers,
    tills_without_visits,
    unlinked_receipts,
    unrecorded_sales,
)
from age_model.store.analysis.overview import Period
from age_model.store.demo.month import demo_month
from age_model.store.statistics.model_errors import errors

JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))
LAST_WEEK = Period(date(2026, 6, 24), date(2026, 6, 30))
STANDARD = 0.8


@pytest.fixture(scope="module")
def alcohol() -> AlcoholSales:
    return alcohol_sales(demo_month(2, 60_000)[0], errors, USUAL_RULE)


@pytest.fixture
def days() -> TillDays:
    """Two stores with two tills; 50 receipts and 49 visits a day, with some scatter."""
    random = np.random.default_rng(0)
    every = pd.date_range(*JUNE)
    place = pd.DataFrame(
        list(product(["North", "South"], ["1", "2"], every)), columns=["store", "till", "day"]
    )
    count = len(place)
    return TillDays(
        place.assign(
            visits=48,
            without_age=1,
            mean_age=random.normal(40, 1, count),
            sharpness=random.normal(0.3, 0.01, count),
            light=random.normal(120, 3, count),
        ),
        place.assign(receipts=50, revenue=50_000.0),
        place.assign(timed=50, unlinked=random.binomial(50, 0.03, count)),
    )


def at(table: pd.DataFrame, store: str, till: str, period: Period = LAST_WEEK) -> pd.Series:
    return (table["store"] == store) & (table["till"] == till) & period.holds(table["day"])


def places(found: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.store, finding.till) for finding in found]


def test_a_day_on_which_too_few_were_asked_is_found(alcohol: AlcoholSales) -> None:
    table = alcohol.table
    assert low_rates(table, STANDARD) == []
    day = pd.Timestamp(2026, 6, 20)
    wrong = (table["store"] == "Demo Central") & (table["time"].dt.normalize() == day)
    fifth = np.arange(len(table)) % 5 == 0
    lax = table.assign(asked=table["asked"].where(~wrong, table["asked"] & fifth))
    (found,) = low_rates(lax, STANDARD)
    young = lax[wrong & lax["looked_young"] & lax["recorded"]]
    assert found == Finding(
        Kind.LOW_RATE,
        "Demo Central",
        "",
        day.date(),
        int(young["asked"].sum()),
        len(young),
        STANDARD,
    )


def test_chance_is_seldom_taken_for_a_bad_day() -> None:
    """Everybody is asked just as often as the standard wants."""
    random = np.random.default_rng(0)
    time = pd.Timestamp(2026, 6, 1) + pd.to_timedelta(np.repeat(np.arange(90), 40), unit="D")
    false = 0
    for _ in range(40):
        table = pd.DataFrame(
            {
                "store": "North",
                "time": time,
                "looked_young": True,
                "recorded": True,
                "asked": random.random(len(time)) < STANDARD,
            }
        )
        false += bool(low_rates(table, STANDARD))
    assert false <= 6  # of 40; 2 are expected at most


def test_a_store_that_asks_too_seldom_every_day_is_found(alcohol: AlcoholSales) -> None:
    table = alcohol.table
    random = np.random.default_rng(0).random(len(table))
    lax = (table["store"] == "Demo Station") & (random < 0.25)
    found = low_rates(table.assign(asked=table["asked"] & ~lax), STANDARD)
    assert ("Demo Station", None) in [(finding.store, finding.day) for finding in found]


def test_the_planted_cashier_is_counted_not_named(alcohol: AlcoholSales) -> None:
    (found,) = slow_cashiers(alcohol.table, STANDARD)
    assert (found.kind, found.count, found.of) == (Kind.CASHIERS, 1, 20)
    assert slow_cashiers(alcohol.table.assign(cashier=None), STANDARD) == []
    innocent = alcohol_sales(demo_month(2, 60_000, culprit=False)[0], errors, USUAL_RULE)
    assert slow_cashiers(innocent.table, STANDARD) == []


def test_sales_without_a_record_are_found_where_others_are_recorded(alcohol: AlcoholSales) -> None:
    table = alcohol.table
    assert unrecorded_sales(table) == []
    third = np.arange(len(table)) % 3 > 0
    north = table["store"] == "Demo Central"
    (found,) = unrecorded_sales(table.assign(recorded=table["recorded"] & (third | ~north)))
    assert found.store == "Demo Central" and found.count / found.of == pytest.approx(
        1 / 3, abs=0.02
    )
    assert unrecorded_sales(table.assign(recorded=~north)) == []  # no checks there at all


def test_tills_in_order_need_no_attention(days: TillDays, alcohol: AlcoholSales) -> None:
    nobody = AlcoholSales(alcohol.table.assign(cashier=None), alcohol.odds)
    assert findings(days, nobody, None, LAST_WEEK) == []


def test_a_till_with_receipts_and_no_visits_is_found(days: TillDays) -> None:
    broken = at(days.visits, "North", "2", Period(date(2026, 6, 28), LAST_WEEK.last))
    less = TillDays(days.visits[~broken], days.sales, days.unlinked)
    (found,) = tills_without_visits(less, LAST_WEEK)
    assert found == Finding(Kind.NO_VISITS, "North", "2", None, 150, 350)
    (silent,) = silent_tills(less.visits, LAST_WEEK)
    assert silent == Finding(Kind.SILENT_TILL, "North", "2", date(2026, 6, 27))
    assert unlinked_receipts(less, LAST_WEEK) == []  # those of these days are counted once


def test_a_few_receipts_without_a_visit_are_no_finding(days: TillDays) -> None:
    broken = at(days.visits, "North", "2", Period(LAST_WEEK.last, LAST_WEEK.last))
    few = days.sales.assign(receipts=FEWEST_RECEIPTS - 1)
    assert tills_without_visits(TillDays(days.visits[~broken], few, days.unlinked), LAST_WEEK) == []
    assert silent_tills(days.visits[~broken], LAST_WEEK) == []


def test_a_camera_that_came_later_was_not_broken_before(days: TillDays) -> None:
    before = at(days.visits, "North", "2", Period(JUNE.first, date(2026, 6, 26)))
    less = TillDays(days.visits[~before], days.sales, days.unlinked)
    assert tills_without_visits(less, LAST_WEEK) == []
    never = TillDays(days.visits[~at(days.visits, "North", "2", JUNE)], days.sales, days.unlinked)
    assert places(tills_without_visits(never, LAST_WEEK)) == [("North", "2")]


def test_a_till_that_is_seldom_open_is_not_silent(days: TillDays) -> None:
    seldom = at(days.visits, "North", "2", JUNE) & (days.visits["day"].dt.day_of_week > 2)
    assert silent_tills(days.visits[~seldom], LAST_WEEK) == []


def test_receipts_that_find_no_visit_are_found(days: TillDays) -> None:
    wrong = at(days.unlinked, "South", "1")
    unlinked = days.unlinked.assign(unlinked=days.unlinked["unlinked"].where(~wrong, 25))
    (found,) = unlinked_receipts(TillDays(days.visits, days.sales, unlinked), LAST_WEEK)
    assert (found.store, found.till, found.count, found.of) == ("South", "1", 175, 350)


@pytest.mark.parametrize(("shift", "seen"), [(6.0, True), (1.5, False), (-6.0, True)])
def test_a_moved_camera_shows_in_the_mean_estimate(
    days: TillDays, shift: float, seen: bool
) -> None:
    moved = at(days.visits, "South", "2")
    ages = days.visits["mean_age"]
    found = cameras(days.visits.assign(mean_age=ages.where(~moved, ages + shift)), LAST_WEEK)
    assert places(found) == ([("South", "2")] if seen else [])
    if seen:
        assert found[0].kind is Kind.AGES_MOVED
        assert found[0].count - found[0].of == pytest.approx(shift, abs=1)


@pytest.mark.parametrize(
    ("what", "factor", "kind"),
    [("sharpness", 0.6, Kind.BLURRED), ("sharpness", 0.9, None), ("light", 0.7, Kind.LIGHT_MOVED)],
)
def test_a_dirty_camera_shows_in_the_pictures(
    days: TillDays, what: str, factor: float, kind: Kind | None
) -> None:
    dirty = at(days.visits, "North", "1")
    values = days.visits[what]
    found = cameras(days.visits.assign(**{what: values.where(~dirty, values * factor)}), LAST_WEEK)
    assert [one.kind for one in found] == ([] if kind is None else [kind])
    unmeasured = days.visits.assign(sharpness=None, light=None)
    assert cameras(unmeasured, LAST_WEEK) == []


def test_a_dirty_camera_shows_in_faces_that_are_not_found(days: TillDays) -> None:
    dirty = at(days.visits, "North", "1")
    visits = days.visits.assign(
        visits=days.visits["visits"].where(~dirty, 40),
        without_age=days.visits["without_age"].where(~dirty, 9),
    )
    (found,) = cameras(visits, LAST_WEEK)
    assert (found.kind, found.store, found.till) == (Kind.NO_FACES, "North", "1")
    assert found.count == pytest.approx(9 / 49) and found.of == pytest.approx(1 / 49)


def test_an_empty_record_has_no_findings(days: TillDays, alcohol: AlcoholSales) -> None:
    nothing = TillDays(days.visits.iloc[:0], days.sales.iloc[:0], days.unlinked.iloc[:0])
    none = AlcoholSales(alcohol.table.iloc[:0], alcohol.odds)
    assert findings(nothing, none, None, LAST_WEEK) == []
