"""Differences between two periods: when they are more than days vary."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from age_model.evaluation.metrics import wilson
from age_model.store.statistics.changes import (
    Effect,
    binomial_tail,
    day_effect,
    difference_interval,
    t_quantile,
)

WEEKEND = np.array([1, 1, 1, 1, 1.4, 1.4, 1.4])


def drawn(length: int, effect: float, random: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return days of two periods: values, weekdays, and whether they are of the later one."""
    weekdays = np.arange(2 * length) % 7
    later = np.arange(2 * length) >= length
    mean = 400 * WEEKEND[weekdays] + effect * later
    return random.normal(mean, 40), weekdays, later


@pytest.mark.parametrize("length", [7, 30])
def test_the_interval_holds_the_true_difference_whatever_the_days_of_the_week(length: int) -> None:
    random = np.random.default_rng(0)
    held = []
    for _ in range(1000):
        values, weekdays, later = drawn(length, 25, random)
        effect = day_effect(values, np.ones(len(values)), weekdays, later)
        assert effect is not None
        low, high = effect.interval
        held.append(low <= 25 <= high)
    assert 0.93 < np.mean(held) < 0.97


def test_a_month_with_more_weekends_is_no_better_one() -> None:
    weekdays = np.arange(4, 64) % 7
    values, later = 400 * WEEKEND[weekdays], np.arange(60) >= 30
    assert values[later].sum() != values[~later].sum()
    effect = day_effect(values, np.ones(60), weekdays, later)
    assert effect and effect.estimate == pytest.approx(0, abs=1e-6)


def test_a_mean_of_more_receipts_counts_more() -> None:
    values, later = np.array([10.0, 10, 20, 40]), np.array([False, False, True, True])
    effect = day_effect(values, np.array([1.0, 1, 3, 1]), np.zeros(4), later)
    assert effect and effect.estimate == pytest.approx(15)


@pytest.mark.parametrize("days", [1, 2])
def test_one_day_each_has_no_scatter(days: int) -> None:
    effect = day_effect(
        np.arange(2.0 * days), np.ones(2 * days), np.zeros(2 * days), np.arange(2 * days) >= days
    )
    assert (effect is None) == (days == 1)


def test_a_period_without_values_is_not_compared() -> None:
    values = np.array([1.0, 2, 3, np.nan, np.nan, np.nan])
    later = np.arange(6) >= 3
    assert day_effect(values, np.ones(6), np.zeros(6), later) is None


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 6, 12, 52])
def test_quantiles_and_p_values_are_those_of_students_distribution(freedom: int) -> None:
    assert t_quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-6)
    for t in (0.5, 2.0, 4.0):
        exact = 2 * stats.t.sf(t, freedom)
        assert Effect(-t, 1, freedom).p_value == pytest.approx(exact, rel=1e-6)


def test_the_difference_of_shares_has_newcombes_interval() -> None:
    later, earlier = (40, 50), (60, 100)
    mine = difference_interval(
        *((hits / total, *wilson(hits, total)) for hits, total in (later, earlier))
    )
    expected = confint_proportions_2indep(*later, *earlier, method="newcomb", compare="diff")
    assert mine == pytest.approx(expected, abs=1e-6)


def test_tails_are_those_of_the_binomial() -> None:
    for hits in range(21):
        assert binomial_tail(hits, 20, 0.8, upper=False) == pytest.approx(
            stats.binom.cdf(hits, 20, 0.8)
        )
        assert binomial_tail(hits, 20, 0.8, upper=True) == pytest.approx(
            stats.binom.sf(hits - 1, 20, 0.8)
        )
