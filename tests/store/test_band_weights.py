"""Age bands, the mix of ages behind estimates, and counting visits towards bands."""

import numpy as np
import pytest

from age_model.ages import AGE_BINS
from age_model.store.statistics.age_bands import DEFAULT_BANDS, AgeBands, read_bands
from age_model.store.statistics.age_mix import (
    RESAMPLES,
    MeasuredErrors,
    band_probabilities,
    fit_mixes,
)
from age_model.store.statistics.band_weights import BandModel, counting_weights, fit_bands, totals
from age_model.store.statistics.population import Population
from tests.support.store_shops import (
    Shop,
    draw_shop,
    errors_of,
    one_hot,
    photos_of_halves,
    random_mix,
)

SHOPS = 5


@pytest.fixture(scope="module")
def halves() -> tuple[MeasuredErrors, list[Shop]]:
    """Errors measured on one half of the test photos, and shops visited by the other half."""
    mine, theirs = photos_of_halves(0)
    mixes = (random_mix(np.random.default_rng(seed)) for seed in range(SHOPS))
    return errors_of(mine), [draw_shop(theirs, mix, 4000, 7) for mix in mixes]


def population(shop: Shop, errors: MeasuredErrors) -> Population:
    """Return a shop's visitors, of whom one model estimated the age."""
    tables = shop.tables
    return Population.of_one(tables.visits["age"].to_numpy(), tables.distributions, errors)


def certain(ages: np.ndarray, bands: AgeBands) -> BandModel:
    """Return the model of visits whose bands are known."""
    known = one_hot(ages, bands)
    return BandModel(bands, known, known, np.tile(known.sum(axis=0), (RESAMPLES, 1)))


def test_bands_cover_all_ages_once() -> None:
    bands = AgeBands((18, 19, 65))
    assert bands.names == ("0–17", "18", "19–64", "65+")
    assert bands.of([0, 17.9, 18, 18.99, 19, 64, 65, 116]).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert bands.sums(np.ones(AGE_BINS)).tolist() == [18, 1, 46, AGE_BINS - 65]


@pytest.mark.parametrize("starts", [(), (0, 18), (25, 18), (18, 18), (18, 117)])
def test_bands_that_cannot_be_are_refused(starts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):
        AgeBands(starts)


def test_typed_bands_are_read() -> None:
    assert read_bands(" 65, 18;25 25 ").starts == (18, 25, 65)


@pytest.mark.parametrize("text", ["", "young", "18, 300", "18.5", "-3"])
def test_typed_bands_that_make_no_sense_say_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="such as 18, 25, 35"):
        read_bands(text)


def test_a_mix_is_found_behind_smeared_estimates(
    halves: tuple[MeasuredErrors, list[Shop]],
) -> None:
    errors, shops = halves
    for shop in shops:
        mixes = fit_mixes(population(shop, errors).parts)
        assert mixes.shape == (1 + RESAMPLES, AGE_BINS)
        assert np.allclose(mixes.sum(axis=1), 1, atol=1e-4)
        assert abs(mixes[0] @ np.arange(AGE_BINS) - shop.ages.mean()) < 1.5


def test_shares_are_nearer_the_truth_than_other_ways_of_counting(
    halves: tuple[MeasuredErrors, list[Shop]],
) -> None:
    errors, shops = halves
    off = []
    for shop in shops:
        estimates = shop.tables.visits["age"].to_numpy()
        model = fit_bands(population(shop, errors), DEFAULT_BANDS)
        truth = one_hot(shop.ages, DEFAULT_BANDS).mean(axis=0)
        ways = (
            model.weights.mean(axis=0),
            one_hot(estimates, DEFAULT_BANDS).mean(axis=0),
            DEFAULT_BANDS.sums(shop.tables.distributions).mean(axis=0),
        )
        off.append([np.abs(way - truth).mean() for way in ways])
    this, by_estimates, by_distributions = np.mean(off, axis=0)
    assert this < 0.6 * by_estimates
    assert this < 0.7 * by_distributions


def test_what_differs_between_bands_is_not_smeared(
    halves: tuple[MeasuredErrors, list[Shop]],
) -> None:
    errors, (shop, *_) = halves
    bands = AgeBands((25, 45))
    model = fit_bands(population(shop, errors), bands)
    brought = np.where(bands.of(shop.ages) == 0, 100.0, 10.0)
    rates = totals(model, brought).per(totals(model, np.ones(len(model)))).value[:, 0]
    smeared = model.probabilities.T @ brought / model.probabilities.sum(axis=0)
    truth = np.array([100.0, 10, 10])
    assert np.abs(rates - truth).max() < 0.6 * np.abs(smeared - truth).max()


def test_weights_sum_to_one_and_a_large_ridge_leaves_the_probabilities() -> None:
    probabilities = np.random.default_rng(0).dirichlet([1, 2, 0.5], 500)
    for ridge in (0.0, 0.05, 10.0):
        assert np.allclose(counting_weights(probabilities, ridge).sum(axis=1), 1)
    assert np.allclose(counting_weights(probabilities, 1e6), probabilities, atol=1e-4)


def test_weights_undo_known_smearing() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(0, 2, 40_000)
    seen = np.where(random.random(40_000) < 0.8, truth, 1 - truth)  # wrong in a fifth
    probabilities = np.where(seen[:, None] == [0, 1], 0.8, 0.2)
    weights = counting_weights(probabilities, ridge=0.0)
    brought = np.where(truth == 1, 5.0, 1.0)
    rates = weights.T @ brought / weights.sum(axis=0)
    assert rates == pytest.approx([1, 5], abs=0.15)


def test_known_bands_are_counted_exactly() -> None:
    ages = np.array([10, 20, 20, 30])
    model = certain(ages, AgeBands((18, 25)))
    spend = totals(model, np.array([1.0, 2, 4, 8]), parts=np.array([0, 0, 1, 1]))
    assert spend.value.tolist() == [[1, 0], [2, 4], [0, 8]]
    lines = totals(model, np.array([1.0, 1, 1]), rows=np.array([1, 1, 3]))
    assert lines.value[:, 0].tolist() == [0, 2, 1]


def test_the_interval_of_a_mean_is_as_wide_as_theory_says() -> None:
    random = np.random.default_rng(2)
    count = 5000
    model = certain(random.integers(0, 50, count), AgeBands((25,)))
    spend = random.gamma(2, 10, count)
    basket = totals(model, spend).per(totals(model, np.ones(count)))
    low, high = basket.interval()
    expected = 2 * 1.96 * spend.std() / np.sqrt(model.weights.sum(axis=0))
    assert (high - low)[:, 0] == pytest.approx(expected, rel=0.25)
    assert (low <= basket.value).all() and (basket.value <= high).all()


def test_intervals_hold_the_true_shares(halves: tuple[MeasuredErrors, list[Shop]]) -> None:
    errors, shops = halves
    held = []
    for shop in shops:
        model = fit_bands(population(shop, errors), DEFAULT_BANDS)
        low, high = totals(model, np.ones(len(model))).shares().interval()
        truth = one_hot(shop.ages, DEFAULT_BANDS).mean(axis=0)
        held += ((low[:, 0] <= truth) & (truth <= high[:, 0])).tolist()
    assert np.mean(held) >= 0.8  # 95 in 100 over many shops; these are 35


def test_no_visits_are_no_trouble() -> None:
    errors = errors_of(photos_of_halves(0)[0])
    model = fit_bands(
        Population.of_one(np.zeros(0), np.zeros((0, AGE_BINS)), errors), DEFAULT_BANDS
    )
    assert len(model) == 0
    assert totals(model, np.zeros(0)).value.tolist() == [[0]] * len(DEFAULT_BANDS)


def test_distributions_of_half_precision_count_alike() -> None:
    random = np.random.default_rng(0)
    halves = random.dirichlet(np.full(AGE_BINS, 0.1), 2500).astype(np.float16)  # three parts
    learned, mix = random.dirichlet(np.ones(AGE_BINS), 2)
    bands = AgeBands((18, 40))
    found = band_probabilities(halves, learned, mix, bands)
    expected = band_probabilities(halves.astype(np.float32), learned, mix, bands)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.shape == (2500, 3)
