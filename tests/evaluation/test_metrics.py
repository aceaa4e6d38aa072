import numpy as np
import pytest

from age_model.evaluation import metrics
from age_model.evaluation.metrics import (
    AGE_BANDS,
    age_band,
    by_band,
    constant_baseline,
    share,
    summarise,
    wilson,
)
from tests.support.made_up import make_test_predictions


def test_summary_by_hand() -> None:
    table = make_test_predictions()
    summary = summarise(table["real_age"], table["predicted_age"])
    assert summary.n == 4
    assert summary.mae == 9 / 4
    assert summary.median_error == 1.5
    assert summary.rmse == pytest.approx((41 / 4) ** 0.5)
    assert summary.bias == 7 / 4
    assert summary.within_5 == 3 / 4


def test_an_error_of_exactly_five_years_is_within_five() -> None:
    assert summarise([20, 20, 20], [25, 15, 25.01]).within_5 == pytest.approx(2 / 3)


def test_one_photo_has_an_interval_without_width() -> None:
    summary = summarise([20], [17])
    assert (summary.mae_low, summary.mae, summary.mae_high) == (3, 3, 3)
    assert (summary.bias_low, summary.bias, summary.bias_high) == (-3, -3, -3)


def test_interval_of_two_photos_by_hand() -> None:
    """Two draws from errors 0 and -2: their mean is 0 and -2 once in four each."""
    summary = summarise([20, 30], [20, 28])
    assert (summary.mae_low, summary.mae_high) == (0, 2)
    assert (summary.bias_low, summary.bias_high) == (-2, 0)


def test_interval_of_many_photos_is_that_of_a_mean() -> None:
    error = np.random.default_rng(5).normal(1, 6, 500)
    summary = summarise(np.full(500, 40.0), 40 + error)
    width = 2 * 1.96 / 500**0.5
    assert summary.bias_high - summary.bias_low == pytest.approx(width * error.std(), rel=0.05)
    assert summary.mae_high - summary.mae_low == pytest.approx(width * abs(error).std(), rel=0.05)
    assert (summary.bias_low + summary.bias_high) / 2 == pytest.approx(error.mean(), abs=0.05)


def test_the_interval_is_the_same_every_time_and_in_any_portions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, predicted = np.arange(50.0), np.arange(50.0)[::-1]
    first = summarise(real, predicted)
    assert summarise(real, predicted) == first
    monkeypatch.setattr(metrics, "RESAMPLED_AT_ONCE", 777)
    assert summarise(real, predicted) == first


def test_mismatched_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"not \(3,\) and \(2,\)"):
        summarise([1, 2, 3], [1, 2])
    with pytest.raises(ValueError, match=r"not \(2, 1\) and \(2, 1\)"):
        summarise(np.ones((2, 1)), np.ones((2, 1)))


def test_missing_ages_and_empty_sets_are_refused() -> None:
    with pytest.raises(ValueError, match="1 of 2 real ages are missing"):
        summarise([1, np.nan], [1, 2])
    with pytest.raises(ValueError, match="1 of 2 predicted ages are missing"):
        summarise([1, 2], [np.inf, 2])
    with pytest.raises(ValueError, match="no photo"):
        summarise([], [])


def test_constant_baseline_by_hand() -> None:
    summary = constant_baseline([10, 20, 60], 20)
    assert summary.mae == pytest.approx(50 / 3)
    assert summary.bias == -10
    assert summary.median_error == 10


def test_bands_begin_on_birthdays() -> None:
    ages = [0, 12.99, 13, 17.9, 18, 24, 25, 34.5, 35, 44, 45, 54, 55, 64.99, 65, 116]
    bands = age_band(ages)
    assert list(bands) == [band for band in AGE_BANDS for _ in range(2)]
    assert bands.ordered and bands[0] < bands[-1]
    assert age_band([-0.1])[0] == "0–12"  # a regression may predict it


def test_by_band_by_hand() -> None:
    table = make_test_predictions()
    by_real = by_band(table)
    assert list(by_real.columns) == [
        "band", "n", "mae", "mae_low", "mae_high", "bias", "bias_low", "bias_high"
    ]  # fmt: skip
    assert by_real["band"].tolist() == ["0–12", "18–24", "25–34", "35–44"]
    assert by_real["bias"].tolist() == [2, -1, 6, 0]
    by_predicted = by_band(table, by="predicted_age")
    assert by_predicted["band"].tolist() == ["0–12", "18–24", "35–44"]
    assert by_predicted["n"].tolist() == [1, 1, 2]
    assert by_predicted["mae"].tolist() == [2, 1, 3]


def test_by_band_refuses_missing_ages() -> None:
    with pytest.raises(ValueError, match="missing"):
        by_band(make_test_predictions().assign(real_age=[1, 2, np.nan, 4]))
    with pytest.raises(ValueError, match="no photo"):
        by_band(make_test_predictions().iloc[:0])


def test_wilson_interval_of_known_shares() -> None:
    """Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    known = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
        (29, 29): (0.8830, 1.0),
    }
    for (count, total), ends in known.items():
        assert wilson(count, total) == pytest.approx(ends, abs=5e-5)
        assert min(wilson(count, total)) >= 0 and max(wilson(count, total)) <= 1


def test_wilson_interval_holds_the_share_19_times_in_20() -> None:
    counts = np.random.default_rng(0).binomial(1000, 0.2, 4000)
    low, high = np.array([wilson(count, 1000) for count in counts]).T
    assert ((low <= 0.2) & (high >= 0.2)).mean() == pytest.approx(0.95, abs=0.01)


def test_a_share_has_its_interval_under_its_name() -> None:
    metrics = share("hits", [True, False, False, False])
    assert list(metrics) == ["hits", "hits_low", "hits_high"]
    assert metrics["hits"] == 0.25
    assert (metrics["hits_low"], metrics["hits_high"]) == wilson(1, 4)
    assert share("hits", []) == {"hits": None, "hits_low": None, "hits_high": None}
