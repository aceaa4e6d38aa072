"""Coverage, reliability and risk-coverage: by hand, and on data with known truth."""

import numpy as np
import pandas as pd
import pytest

from age_model.evaluation.metrics import wilson
from age_model.evaluation.uncertainty import (
    interval_metrics,
    probability_metrics,
    reliability,
    risk_coverage,
)
from tests.support.made_up import make_predictions


def table() -> pd.DataFrame:
    """Four photos with errors 1, 2, 4 and 8 years and intervals 4, 8, 12 and 10 years wide."""
    return make_predictions(
        (10, 11, 9, 13, 10.5, 11.5),
        (30, 32, 28, 36, 30, 34),
        (32, 28, 20, 32, 24, 30),
        (60, 52, 49, 59, 50, 54),
    )


def test_intervals_by_hand() -> None:
    metrics = interval_metrics(table())
    assert list(metrics) == ["80", "90"]
    assert metrics["90"]["coverage"] == 0.75  # the end at 32 belongs to the interval
    assert (metrics["90"]["coverage_low"], metrics["90"]["coverage_high"]) == wilson(3, 4)
    assert metrics["90"]["mean_width"] == 8.5
    assert metrics["90"]["constant_width"] == 8  # three of four errors are at most 4 years
    assert metrics["80"]["coverage"] == 0.25
    assert metrics["80"]["constant_width"] == 2
    child, young, old = metrics["90"]["bands"]
    assert (child["band"], child["n"], child["coverage"], child["mean_width"]) == ("0–12", 1, 1, 4)
    assert (young["band"], young["n"], young["coverage"], young["mean_width"]) == (
        "25–34", 2, 1, 10,
    )  # fmt: skip
    assert (old["band"], old["n"], old["coverage"], old["mean_width"]) == ("45–54", 1, 0, 10)


def test_intervals_that_hold_nothing_equal_one_without_width() -> None:
    nothing = table().assign(age_low=0.0, age_high=1.0)
    assert interval_metrics(nothing)["90"]["coverage"] == 0
    assert interval_metrics(nothing)["90"]["constant_width"] == 0


def test_intervals_that_know_are_narrower_than_constant_ones() -> None:
    random = np.random.default_rng(1)
    spread = random.choice([1, 9], 5000)
    predicted = random.uniform(20, 60, 5000)
    made = pd.DataFrame({"real_age": random.normal(predicted, spread), "predicted_age": predicted})
    for suffix, width in (("", 1.645), ("_80", 1.282)):
        made[f"age_low{suffix}"] = predicted - width * spread
        made[f"age_high{suffix}"] = predicted + width * spread
    for level, metrics in interval_metrics(made).items():
        assert metrics["coverage"] == pytest.approx(int(level) / 100, abs=0.015)
        assert metrics["mean_width"] < 0.9 * metrics["constant_width"]


def test_reliability_by_hand() -> None:
    metrics = reliability([0.0, 0.05, 0.32, 0.38, 1.0], [False, True, True, False, True])
    assert metrics["brier"] == pytest.approx((0.95**2 + 0.68**2 + 0.38**2) / 5)
    assert metrics["brier_base_rate"] == pytest.approx(0.6 * 0.4)
    first, fourth, last = metrics["bins"]
    assert (first["low"], first["high"], first["n"]) == (0, 0.1, 2)
    assert (first["predicted"], first["observed"]) == (0.025, 0.5)
    assert (first["observed_low"], first["observed_high"]) == wilson(1, 2)
    assert (fourth["low"], fourth["predicted"]) == (0.3, pytest.approx(0.35))
    assert (last["high"], last["n"], last["observed"]) == (1, 1, 1)  # 1 lies in the last bin
    assert metrics["calibration_error"] == pytest.approx((2 * 0.475 + 2 * 0.15) / 5)


def test_true_probabilities_are_reliable_and_exaggerated_ones_are_not() -> None:
    random = np.random.default_rng(2)
    true = random.beta(0.5, 1.5, 20_000)
    outcomes = random.random(20_000) < true
    odds = (true / (1 - true)) ** 3
    good, bad = (reliability(p, outcomes) for p in (true, odds / (1 + odds)))
    assert good["calibration_error"] < 0.01 < 0.05 < bad["calibration_error"]
    assert good["brier"] < bad["brier"]
    assert good["brier"] < good["brier_base_rate"]
    inside = [b["observed_low"] <= b["predicted"] <= b["observed_high"] for b in good["bins"]]
    assert sum(inside) >= 8


def test_limits_are_birthdays() -> None:
    people = pd.DataFrame(
        {"real_age": [17.9, 18.0, 25.0], "p_under_18": [1, 0, 0], "p_under_25": [1, 1, 0]}
    )
    metrics = probability_metrics(people)
    assert list(metrics) == ["18", "25"]
    assert [metrics[limit]["brier"] for limit in metrics] == [0, 0]


def test_the_widest_intervals_are_dropped_first() -> None:
    """Twenty photos whose error is the width; without the four widest the mean falls by 20 %."""
    width = np.random.default_rng(0).permutation(20) + 1.0
    made = pd.DataFrame(
        {"real_age": 40.0, "predicted_age": 40 + width, "age_low": 40.0, "age_high": 40 + width}
    )
    metrics = risk_coverage(made)
    assert [step["kept"] for step in metrics["steps"]] == [
        1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5,
    ]  # fmt: skip
    assert [step["n"] for step in metrics["steps"]] == list(range(20, 9, -1))
    assert [step["mae"] for step in metrics["steps"]] == [(n + 1) / 2 for n in range(20, 9, -1)]
    assert metrics["mae_cut_at_80"] == pytest.approx(1 - 8.5 / 10.5)


def test_one_photo_and_no_error_have_nothing_to_drop() -> None:
    one = risk_coverage(table().iloc[:1])
    assert {step["n"] for step in one["steps"]} == {1} and one["mae_cut_at_80"] == 0
    exact = risk_coverage(table().assign(predicted_age=table()["real_age"]))
    assert exact["mae_cut_at_80"] is None
