"""A prior shift: ages become more or less frequent, and nothing else changes."""

import torch
from torchvision.transforms.functional import pil_to_tensor

from age_model.ages import AGE_BINS
from age_model.model.age_model import AgeModel
from age_model.model.distributions import age_quantile, prior_shift
from age_model.model.prior import SHIFT_AGES
from tests.support.bar_reader import CARD, ReadsTheBar
from tests.support.synthetic import face


def test_adults_lose_weight_and_the_rest_sums_to_one() -> None:
    flat = torch.full((2, AGE_BINS), 1 / AGE_BINS, dtype=torch.float64)
    shifted = prior_shift(flat, 0.5)
    assert torch.allclose(shifted.sum(1), torch.ones(2, dtype=torch.float64))
    assert torch.allclose(shifted[:, :14] / shifted[:, :1], torch.ones(1, dtype=torch.float64))
    assert torch.allclose(shifted[:, 35:] / shifted[:, :1], torch.tensor(0.5).double())
    assert torch.allclose(shifted[:, 24] / shifted[:, 13], torch.tensor(0.5**0.5).double())


def test_an_estimate_between_a_teen_and_an_adult_becomes_younger_and_others_stay() -> None:
    ages = torch.arange(AGE_BINS, dtype=torch.float64)
    around = [torch.softmax(-0.5 * ((ages - mean) / 4) ** 2, 0) for mean in (8.0, 24.0, 60.0)]
    before = age_quantile(torch.stack(around), 0.5)
    after = age_quantile(prior_shift(torch.stack(around), 0.65), 0.5)
    assert before[1] - 0.6 < after[1] < before[1] - 0.1
    assert torch.allclose(after[[0, 2]], before[[0, 2]], atol=0.05)
    assert torch.equal(prior_shift(before, 1.0), before)


def test_the_ages_of_a_shift_are_the_model_s_own_and_an_older_one_s_13_and_35() -> None:
    torch.manual_seed(0)
    faces = torch.stack([pil_to_tensor(face(age)) for age in (22, 40)])

    def predict(**entries: object) -> torch.Tensor:
        return AgeModel([ReadsTheBar()], CARD | {"prior_ratio": 0.5} | entries).distributions(faces)

    plain = predict(prior_ratio=1.0)
    assert torch.allclose(predict(), prior_shift(plain, 0.5, (13, 35)))
    assert torch.equal(predict(prior_ages=list(SHIFT_AGES)), predict())
    assert torch.allclose(predict(prior_ages=[20, 50]), prior_shift(plain, 0.5, (20, 50)))
    assert not torch.allclose(predict(prior_ages=[20, 50]), predict(), atol=1e-4)
