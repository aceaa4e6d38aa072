"""One age from several pictures, with distributions whose quantiles can be computed by hand."""

from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import torch

from age_model.ages import AGE_BINS
from age_model.evaluation.calibration import uncalibrated
from age_model.model.age_model import AgeModel
from age_model.model.intervals import CorrectedInterval
from age_model.model.network import AgeNetwork
from age_model.predict.person import AveragedAge, average_age
from age_model.store.record.estimates import estimate_from
from tests.support.synthetic import SPEC, VIEWS, use_tiny_network


@pytest.fixture(autouse=True)
def tiny_network(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)


def model(decoding: str = "median", correction: float = 0.0) -> AgeModel:
    card: dict[str, Any] = {
        "face": SPEC.to_dict(),
        "looks": VIEWS,
        "decoding": decoding,
        **uncalibrated(),
    }
    card["interval"]["90"] = asdict(CorrectedInterval((0.05, 0.95), (), (correction,)))
    return AgeModel([AgeNetwork("resnet18")], card)


def sure_of(age: int) -> np.ndarray:
    distribution = np.zeros(AGE_BINS, np.float32)
    distribution[age] = 1
    return distribution


# One third of the mass between 19.5 and 20.5 years, two thirds between 29.5 and 30.5.
PICTURES = [sure_of(20), sure_of(30), sure_of(30)]
LOW, MEDIAN, HIGH = 19.5 + 0.05 * 3, 29.5 + (0.5 - 1 / 3) * 1.5, 30.5 - 0.05 * 1.5


def test_age_and_range_are_those_of_the_mean_distribution() -> None:
    assert average_age(model(), PICTURES) == pytest.approx((MEDIAN, LOW, HIGH, 1e-4), abs=1e-4)


def test_the_decoding_is_the_models() -> None:
    assert average_age(model("expectation"), PICTURES).age == pytest.approx(80 / 3, abs=1e-4)


def test_the_correction_of_the_range_is_the_models() -> None:
    margin = 0.1 * (HIGH - LOW)
    average = average_age(model(correction=0.1), PICTURES)
    assert (average.age_low, average.age_high) == pytest.approx(
        (LOW - margin, HIGH + margin), abs=1e-4
    )


def test_agreeing_pictures_do_not_narrow_the_range() -> None:
    spread = np.full(AGE_BINS, 1 / AGE_BINS, np.float32)
    assert average_age(model(), [spread] * 4) == pytest.approx(average_age(model(), [spread]))


def test_one_picture_says_what_it_said_alone() -> None:
    calibrated = model(correction=0.1)
    distribution = np.random.default_rng(0).dirichlet(np.ones(AGE_BINS)).astype(np.float32)
    alone = torch.from_numpy(distribution)[None]
    low, high = calibrated.intervals(alone)
    under_18 = calibrated.probability_under(alone, 18)
    figures = (calibrated.ages(alone), low, high, under_18)
    expected = AveragedAge(*(figure.item() for figure in figures))
    assert average_age(calibrated, [distribution]) == expected


def test_a_visit_records_the_figures_of_the_mean_distribution() -> None:
    estimate = estimate_from(model(), PICTURES)
    assert (estimate.age, estimate.age_low, estimate.age_high) == average_age(model(), PICTURES)[:3]
    assert estimate.p_under_18 == pytest.approx(0, abs=1e-3)
    assert estimate.p_under_25 == pytest.approx(1 / 3, abs=1e-3)
    assert estimate.distribution[[20, 30]].tolist() == pytest.approx([1 / 3, 2 / 3])
