"""What bands buy: totals by band and part, products, comparisons."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from age_model.predict.id_rule import USUAL_RULE
from age_model.store.analysis.alcohol import alcohol_sales
from age_model.store.analysis.products import _leaks, _lift_sums, also_bought, lifts, lifts_around
from age_model.store.analysis.purchases import (
    MEASURES,
    PARTS,
    by_band,
    by_part,
    compare,
    per_day,
    rows_of_lines,
    similar_bands,
    spend_of_visits,
)
from age_model.store.demo.month import demo_month
from age_model.store.record.read import StoreTables
from age_model.store.record.select import cut_weeks, is_demonstration, of_days, of_stores
from age_model.store.statistics.age_bands import AgeBands
from age_model.store.statistics.age_mix import RESAMPLES
from age_model.store.statistics.band_weights import BandModel, fit_bands
from age_model.store.statistics.false_discovery_rate import (
    adjusted_p_values,
    likely_true,
    significant,
    two_sided_p_values,
)
from age_model.store.statistics.model_errors import errors
from age_model.store.statistics.population import population_of
from benchmarks.store_lifts import measure
from tests.support.store_shops import one_hot

BANDS = AgeBands((18, 25, 35, 65))


@pytest.fixture(scope="module")
def month() -> tuple[StoreTables, np.ndarray]:
    """A demonstration month and the true ages."""
    tables, truth = demo_month(3, 12_000)
    return tables, truth["true_age"].to_numpy()


@pytest.fixture(scope="module")
def counted(month: tuple[StoreTables, np.ndarray]) -> BandModel:
    tables, _ = month
    return fit_bands(population_of(tables.visits, tables.distributions, errors), BANDS)


@pytest.fixture(scope="module")
def known(month: tuple[StoreTables, np.ndarray]) -> BandModel:
    """A model that knows all ages."""
    bands = one_hot(month[1], BANDS)
    return BandModel(BANDS, bands, bands, np.tile(bands.sum(axis=0), (RESAMPLES, 1)))


def test_lines_belong_to_their_visits(month: tuple[StoreTables, np.ndarray]) -> None:
    tables, _ = month
    rows = rows_of_lines(tables.visits, tables.lines)
    receipts = tables.visits["receipt"].to_numpy()
    assert (receipts[rows[rows >= 0]] == tables.lines["receipt"][rows >= 0]).all()
    expected = tables.lines.groupby("receipt")["amount"].sum()
    spend = pd.Series(spend_of_visits(tables), index=receipts)
    assert spend[spend.index > 0].sort_index().values == pytest.approx(
        expected.reindex(spend.index[spend.index > 0]).fillna(0).sort_index().values
    )
    assert (spend[spend.index == 0] == 0).all()


def test_the_figures_of_known_bands_are_exact(
    month: tuple[StoreTables, np.ndarray], known: BandModel
) -> None:
    tables, ages = month
    visits, spent, basket = (by_band(tables, known, name).set_index("band") for name in MEASURES)
    young = BANDS.of(ages) == 1
    spend = spend_of_visits(tables)
    with_receipt = young & (tables.visits["receipt"] != 0).to_numpy()
    assert visits.loc["18–24", "value"] == pytest.approx(young.sum())
    assert spent.loc["18–24", "value"] == pytest.approx(spend[young].sum())
    assert basket.loc["18–24", "value"] == pytest.approx(spend[young].sum() / with_receipt.sum())
    assert visits["share"].sum() == pytest.approx(1)
    assert (spent["low"] < spent["value"]).all()
    assert (spent["share_low"] < spent["share"]).all()


def test_visits_are_counted_without_reading_receipts(
    month: tuple[StoreTables, np.ndarray], known: BandModel
) -> None:
    def not_read(*_: bool) -> pd.DataFrame:
        raise AssertionError("lines were read")

    unread = replace(month[0], read_lines=not_read, read_checks=not_read)
    by_band(unread, known, "visits")
    by_part(unread, known, "day", "visits")
    similar_bands(unread, known, "visits")
    with pytest.raises(AssertionError):
        by_band(unread, known, "spend")


def test_what_was_given_back_is_in_no_basket(
    month: tuple[StoreTables, np.ndarray], known: BandModel
) -> None:
    tables, _ = month
    milk = tables.lines[tables.lines["product"] == "Milk"]
    given_back = pd.concat([tables.lines, milk.assign(amount=-milk["amount"])])
    back = replace(tables, read_lines=lambda _: given_back)
    before, after = (set(lifts(given, known, "product")["item"]) for given in (tables, back))
    assert before - after == {"Milk"}


def test_a_receipt_without_lines_is_no_empty_basket(
    month: tuple[StoreTables, np.ndarray], known: BandModel
) -> None:
    tables, _ = month
    half = tables.lines[tables.lines["receipt"] % 2 == 0]
    lost, whole = replace(tables, read_lines=lambda _: half), tables
    ratio = by_band(lost, known, "basket")["value"] / by_band(whole, known, "basket")["value"]
    assert ratio.to_numpy() == pytest.approx(np.ones(len(BANDS)), abs=0.1)


@pytest.mark.parametrize("by", PARTS)
def test_parts_add_up(month: tuple[StoreTables, np.ndarray], counted: BandModel, by: str) -> None:
    tables, _ = month
    table = by_part(tables, counted, by, "visits")
    assert table["value"].sum() == pytest.approx(len(tables.visits), rel=0.01)  # cut at 0
    assert table["part"].nunique() == PARTS[by](tables.visits).nunique()


def test_days_of_the_week_are_averaged_over_how_often_the_period_has_them() -> None:
    month, _ = demo_month(0, 3000)
    june = month.visits["time"].min()
    assert (june.day, june.day_of_week) == (1, 0)  # so it has five Mondays, and four Sundays
    parts = pd.DataFrame({"part": [0, 6], "band": "0+", "value": 20.0, "low": 10.0, "high": 40.0})
    averaged = per_day(parts, month)
    assert averaged[["value", "low", "high"]].to_numpy().tolist() == [[4, 2, 8], [5, 2.5, 10]]


@pytest.mark.parametrize(
    ("first", "last", "mondays"),
    [
        (date(2026, 6, 1), date(2026, 6, 28), []),
        (date(2026, 6, 1), date(2026, 6, 30), [date(2026, 6, 29)]),
        (date(2026, 6, 3), date(2026, 6, 4), [date(2026, 6, 1)]),
        (date(2026, 6, 3), date(2026, 6, 9), [date(2026, 6, 1), date(2026, 6, 8)]),
    ],
)
def test_weeks_that_are_cut_are_known(first: date, last: date, mondays: list[date]) -> None:
    assert cut_weeks(first, last) == mondays


def test_known_hours_are_exact(month: tuple[StoreTables, np.ndarray], known: BandModel) -> None:
    tables, ages = month
    table = by_part(tables, known, "hour", "visits").set_index(["part", "band"])
    at_nine = (tables.visits["time"].dt.hour == 9).to_numpy() & (BANDS.of(ages) == 3)
    assert table.loc[(9, "35–64"), "value"] == pytest.approx(at_nine.sum())


def test_bands_that_spend_alike_are_not_told_apart() -> None:
    random = np.random.default_rng(0)
    tables, _ = demo_month(1, 3000)
    ages = random.integers(10, 80, 3000)
    bands = one_hot(ages, BANDS)
    model = BandModel(BANDS, bands, bands, np.tile(bands.sum(axis=0), (RESAMPLES, 1)))
    pairs = similar_bands(tables, model, "basket")  # ages that have nothing to do with baskets
    assert len(pairs) >= 8  # of 10
    dear = tables.lines["receipt"].isin(tables.visits["receipt"][ages >= 65])
    lines = tables.lines.assign(
        amount=tables.lines["amount"].where(~dear, 2 * tables.lines["amount"])
    )
    other = StoreTables.of(tables.visits, tables.distributions, lines, tables.checks)
    assert not [pair for pair in similar_bands(other, model, "basket") if "65+" in pair]


def test_planted_favourites_are_found(
    month: tuple[StoreTables, np.ndarray], counted: BandModel
) -> None:
    table = lifts(month[0], counted, "product")
    assert also_bought(table, "18–24").loc[0, "item"] == "Energy drink"
    assert also_bought(table, "25–34").loc[0, "item"] == "Baby puree"
    assert also_bought(table, "65+").loc[0, "item"] == "Kefir"
    kefir = table.set_index(["band", "item"]).loc[("65+", "Kefir")]
    assert kefir["lift_low"] > 1.5
    assert kefir["category"] == "Dairy"
    assert kefir["share"] / kefir["share_all"] == pytest.approx(kefir["lift"])


def test_one_age_is_asked_about(month: tuple[StoreTables, np.ndarray]) -> None:
    name, table = lifts_around(month[0], errors, 30, "product")
    assert name == "25–35"
    assert set(table["band"]) == {name}
    assert also_bought(table, name).loc[0, "item"] == "Baby puree"


def test_the_lift_of_known_bands_is_exact(
    month: tuple[StoreTables, np.ndarray], known: BandModel
) -> None:
    tables, ages = month
    table = lifts(tables, known, "category").set_index(["band", "item"])
    rows = rows_of_lines(tables.visits, tables.lines)
    dairy = (tables.lines["category"] == "Dairy").to_numpy() & (rows >= 0)
    holds = np.isin(np.arange(len(ages)), rows[dairy])
    old = BANDS.of(ages) == 4
    assert table.loc[("65+", "Dairy"), "share"] == pytest.approx(holds[old].mean())
    assert table.loc[("65+", "Dairy"), "lift"] == pytest.approx(holds[old].mean() / holds.mean())


def test_purchases_that_have_nothing_to_do_with_age_seldom_seem_to(
    month: tuple[StoreTables, np.ndarray], counted: BandModel
) -> None:
    tables, _ = month
    believed_months, outside, compared = 0, 0, 0
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(len(counted))
        mixed_up = BandModel(
            BANDS, counted.probabilities[order], counted.weights[order], counted.sizes
        )
        table = lifts(tables, mixed_up, "product")
        believed_months += bool(table["differs"].any())
        outside += int(((table["lift_low"] > 1) | (table["lift_high"] < 1)).sum())
        compared += len(table)
    assert believed_months <= 4  # 1 expected
    assert 0.03 < outside / compared < 0.07  # 95 % intervals


def test_two_stores_that_are_alike_do_not_differ_but_a_dearer_one_does(
    month: tuple[StoreTables, np.ndarray],
) -> None:
    tables, _ = month
    half = of_stores(tables, ["Demo Central"]), of_stores(tables, ["Demo Riverside"])
    sides = [
        (
            side,
            fit_bands(population_of(side.visits, side.distributions, errors), BANDS),
        )
        for side in half
    ]
    same = compare(sides[0], sides[1], "basket")
    assert same["differs"].sum() <= 1
    dearer = StoreTables.of(
        half[1].visits,
        half[1].distributions,
        tables.lines.assign(amount=tables.lines["amount"] * 1.5),
        half[1].checks,
    )
    other = compare(sides[0], (dearer, sides[1][1]), "basket")
    assert other["differs"].all()
    assert (other["difference"] > 0).all()


def test_visits_are_chosen_by_day_and_store(month: tuple[StoreTables, np.ndarray]) -> None:
    tables, _ = month
    day = tables.visits["time"].dt.date
    first = of_days(tables, day.min(), day.min())
    assert len(first.visits) == (day == day.min()).sum() == len(first.distributions)
    sales = alcohol_sales(first, errors, USUAL_RULE).table
    assert sales["recorded"].any() and sales["visit_id"].isin(first.visits["visit_id"]).all()
    assert of_stores(tables, []) is tables
    assert set(of_stores(tables, ["Demo Station"]).visits["store"]) == {"Demo Station"}
    assert is_demonstration(tables)


def test_false_discovery_rates_follow_benjamini_and_hochberg() -> None:
    chances = np.array([0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205])
    expected = [0.008, 0.032, 0.0672, 0.0672, 0.0672, 0.08, 0.0846, 0.205]
    assert adjusted_p_values(chances) == pytest.approx(expected, abs=1e-4)
    assert adjusted_p_values(chances[::-1])[::-1] == pytest.approx(expected, abs=1e-4)


def test_a_normal_value_is_as_rare_as_tables_say() -> None:
    assert two_sided_p_values(np.array([-2.5758, 0.0])) == pytest.approx([0.01, 1.0], abs=1e-5)


def test_differences_of_redrawn_noise_are_seldom_significant() -> None:
    random = np.random.default_rng(0)
    found = [significant(random.normal(size=21), random.normal(size=(200, 21))) for _ in range(200)]
    assert 2 <= sum(which.any() for which in found) <= 22  # 10 expected
    assert significant(np.array([9.0, np.nan]), random.normal(size=(200, 2))).tolist() == [
        True,
        False,
    ]


def test_few_of_the_likely_true_are_false() -> None:
    assert likely_true(np.array([0.2, 0.001, 0.12, 0.04])).tolist() == [False, True, False, True]
    assert not likely_true(np.array([0.06, 0.3])).any()


def test_lift_intervals_hold_likings_that_change_smoothly_with_the_age() -> None:
    held = pd.concat([measure(seed) for seed in range(100, 110)])
    shares = held.groupby("kind")["holds"].mean()
    assert shares["smooth"] > 0.9  # 0.87 if what neighbouring bands do is not reckoned with
    assert shares["flat"] > 0.9


def test_where_bands_are_told_apart_nothing_leaks(
    month: tuple[StoreTables, np.ndarray], counted: BandModel, known: BandModel
) -> None:
    tables, _ = month
    sums = _lift_sums(tables, known, "product")
    drink = sums.names.tolist().index("Energy drink")  # only those of 18 to 24 are fond of it
    assert _leaks(sums)[:, sums.held > 0] == pytest.approx(0, abs=1e-9)
    under_age, fond, older, *_ = _leaks(_lift_sums(tables, counted, "product"))[:, drink]
    assert fond < -0.1 < 0 < older
    assert abs(under_age) < abs(fond)
