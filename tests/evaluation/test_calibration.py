"""Calibration: fitted on one synthetic set, valid on another."""

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from age_model.ages import AGE_BINS
from age_model.evaluation.age_gate import fit_gate
from age_model.evaluation.calibration import (
    EDGES,
    calibrate,
    fit_interval,
    fit_platt,
    merged_edges,
    uncalibrated,
)
from age_model.evaluation.predictions import predict_distributions, predict_face_set
from age_model.model.age_model import AgeModel
from age_model.model.distributions import age_quantile, gaussian_bins
from age_model.model.intervals import LEVELS, CorrectedInterval, band_of
from age_model.model.network import AgeNetwork
from tests.support.synthetic import SPEC, VIEWS, synthetic_face_set, use_tiny_network

CARD: dict[str, Any] = {
    "face": SPEC.to_dict(),
    "looks": VIEWS,
    "decoding": "median",
    **uncalibrated(5.0),
}


def synthetic(seed: int, count: int = 24_000) -> tuple[Tensor, Tensor, Tensor]:
    """Return distributions, their medians and real ages, in four bands.

    The real spread is 2 years at 0 and 8 at 80, and the errors lean to one side; the predicted
    spread is far too narrow for the young and far too wide for the old.
    """
    random = np.random.default_rng(seed)
    centre = random.choice([4, 16, 26, 46], count) + random.uniform(0, 8, count)
    noise = random.gamma(4, 0.5, count) - 2  # mean 0, standard deviation 1, lopsided
    real = torch.tensor(np.clip(centre + (2 + centre * 0.075) * noise, 0, 116))
    wide = torch.tensor(np.where(centre < 25, 1.5, 15) * random.uniform(0.7, 1.3, count))
    distributions = gaussian_bins(torch.tensor(centre), wide)
    return distributions, age_quantile(distributions, 0.5), real


@pytest.mark.parametrize("level", LEVELS)
def test_intervals_hold_their_share_of_fresh_ages_in_each_band(level: float) -> None:
    interval = fit_interval(*synthetic(1), level)
    assert len(interval.corrections) == 4
    assert max(interval.corrections) > 0.2 and min(interval.corrections) < -0.2
    distributions, ages, real = synthetic(2)
    low, high = interval.ends(distributions, ages)
    inside = (low <= real) & (real <= high)
    assert inside.double().mean().item() == pytest.approx(level, abs=0.01)
    raw_low, raw_high = CorrectedInterval(interval.quantiles).ends(distributions, ages)
    raw = (raw_low <= real) & (real <= raw_high)
    band = band_of(ages, interval.edges)
    for number in range(4):
        assert inside[band == number].double().mean().item() == pytest.approx(level, abs=0.02)
        assert abs(raw[band == number].double().mean().item() - level) > 0.05
    assert (low <= ages).all() and (ages <= high).all()
    assert low.min() >= 0 and high.max() <= 116


def test_the_correction_is_a_rank_by_hand() -> None:
    """Nine photos of one distribution, 0 to 8 widths above it; of ten, the ninth is the 80 %."""
    distributions = gaussian_bins(torch.full((9,), 40.0, dtype=torch.float64), 3.0)
    low, high = (age_quantile(distributions, quantile) for quantile in (0.1, 0.9))
    real = high + torch.arange(9) * (high - low)
    ages = torch.full((9,), 40.0)
    interval = fit_interval(distributions, ages, real, 0.8)
    assert interval.quantiles == (0.1, 0.9) and interval.edges == ()
    assert interval.corrections == (pytest.approx(7),)  # rank 8 of 9
    assert interval.ends(distributions, ages)[1][0].item() == pytest.approx(real[7].item())
    # With 90 % the rank is 9, and the bounds of that distribution lie further out.
    assert fit_interval(distributions, ages, real, 0.9).quantiles == (0.05, 0.95)
    more = torch.cat([real, 2 * real[-1:] - real[-2:-1]])  # one width further
    ten = fit_interval(distributions[:1].repeat(10, 1), ages[:1].repeat(10), more, 0.8)
    assert ten.corrections == (pytest.approx(8),)  # 8.8 of 11: rank 9
    few = fit_interval(distributions[:3], ages[:3], real[:3], 0.8)
    assert few.corrections == (pytest.approx(2),)  # too few for the level: the largest


def test_bands_join_until_each_is_large_enough() -> None:
    def ages(*counts: int) -> Tensor:
        return torch.tensor([0.0, *EDGES]).repeat_interleave(torch.tensor(counts))

    assert merged_edges(ages(100, 100, 100, 100)) == (13, 25, 35)
    assert merged_edges(ages(100, 99, 1, 100)) == (13, 35)
    assert merged_edges(ages(99, 100, 100, 100)) == (25, 35)
    assert merged_edges(ages(100, 100, 100, 99)) == (13, 25)
    assert merged_edges(ages(60, 60, 60, 60)) == (25,)
    assert merged_edges(ages(20, 20, 20, 20)) == ()
    assert merged_edges(torch.tensor([30.0])) == ()


def test_platt_finds_slope_and_offset() -> None:
    random = np.random.default_rng(4)
    logits = random.normal(0, 3, 40_000)
    outcomes = random.random(40_000) < 1 / (1 + np.exp(-(0.6 * logits - 0.8)))
    raw = torch.tensor(1 / (1 + np.exp(-logits)))
    slope, offset = fit_platt(raw, torch.tensor(outcomes))
    assert slope == pytest.approx(0.6, abs=0.02)
    assert offset == pytest.approx(-0.8, abs=0.04)


def test_platt_stays_finite_where_nothing_contradicts() -> None:
    raw = torch.tensor([0.0, 0.1, 0.9, 1.0])
    slope, offset = fit_platt(raw, raw > 0.5)  # separable: the steeper, the likelier
    assert 1 < slope < 10 and offset == pytest.approx(0, abs=1e-4)
    slope, offset = fit_platt(raw, torch.zeros(4, dtype=torch.bool))
    assert np.isfinite([slope, offset]).all() and offset < 0
    assert fit_platt(torch.full((4,), 0.5), raw > 0.5) == pytest.approx((1, 0), abs=1e-6)


class Guesses(AgeNetwork):
    """Sees the bar of a synthetic face less sharply than it believes."""

    def forward(self, images: Tensor) -> Tensor:
        bar = (images.mean((1, 3)) - 0.5).clamp(min=0)
        ages = bar @ torch.arange(SPEC.size, dtype=torch.float32) / bar.sum(1) * 3
        return gaussian_bins(ages - 4, 0.7).clamp(min=1e-30).log()


def test_a_model_is_calibrated_on_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)
    model = AgeModel([Guesses()], CARD)
    valid = synthetic_face_set(1, 250, 1).select("valid")
    entries = json.loads(
        json.dumps(calibrate(model, valid.table, predict_distributions(model, valid)))
    )
    assert list(entries) == ["interval", "probabilities", "calibrated", "gate"]
    assert list(entries["interval"]) == ["regression_sigma", "80", "90"]
    assert entries["interval"]["regression_sigma"] == 5
    calibrated = AgeModel(model.networks, CARD | entries)
    before, after = (predict_face_set(m, valid) for m in (model, calibrated))
    for suffix, level in (("", 0.9), ("_80", 0.8)):
        real, low, high = after["real_age"], f"age_low{suffix}", f"age_high{suffix}"
        assert not real.between(before[low], before[high]).mean() > level - 0.1
        assert real.between(after[low], after[high]).mean() >= level
    minors = after["real_age"] < 18
    brier = [((table["p_under_18"] - minors) ** 2).mean() for table in (before, after)]
    assert brier[1] < brier[0]
    assert entries["gate"] == fit_gate(after)


def test_uncalibrated_entries_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)
    entries = json.loads(json.dumps(uncalibrated()))
    model = AgeModel([AgeNetwork()], CARD | entries)
    distributions, _, _ = synthetic(5, 200)
    for level in LEVELS:
        low, high = model.intervals(distributions, level)
        assert torch.allclose(low, age_quantile(distributions, (1 - level) / 2))
        assert torch.allclose(high, age_quantile(distributions, (1 + level) / 2))
    raw = torch.full((1, AGE_BINS), 1 / AGE_BINS)
    assert model.probability_under(raw, 18).item() == pytest.approx(18 / AGE_BINS)
