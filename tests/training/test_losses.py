"""The losses against numbers worked out by hand."""

import math

import pytest
import torch

from age_model.ages import AGE_BINS
from age_model.model.distributions import gaussian_bins
from age_model.training.losses import (
    LOSSES,
    distillation_loss,
    label_distribution_loss,
    make_loss,
)


def test_flat_logits_cost_the_logarithm_of_the_bins_and_the_error_of_their_mean() -> None:
    logits = torch.zeros(2, AGE_BINS)
    ages = torch.tensor([58.0, 28.0])  # a flat distribution's mean is 58: errors 0 and 30
    loss = label_distribution_loss(logits, ages, sigma=2.0, sigma_growth=0.0, l1=0.1)
    assert loss.tolist() == pytest.approx([math.log(117), math.log(117) + 0.1 * 30], abs=1e-4)


def test_two_likely_ages_by_hand() -> None:
    """Half the mass at 20, half at 30, label 20 with so small a width that its bin has it all."""
    logits = torch.full((1, AGE_BINS), -1000.0)
    logits[0, [20, 30]] = 0
    loss = label_distribution_loss(logits, torch.tensor([20.0]), 0.05, 0.0, 0.2)
    assert loss.item() == pytest.approx(math.log(2) + 0.2 * 5)


def test_what_a_teacher_says_by_hand() -> None:
    """The teacher gives 20 and 30 half each, the network 1/4 and 3/4."""
    logits = torch.full((1, AGE_BINS), -1000.0)
    logits[0, [20, 30]] = torch.tensor([1.0, 3.0]).log()
    taught = torch.zeros(1, AGE_BINS)
    taught[0, [20, 30]] = 0.5
    loss = distillation_loss(logits, taught)
    assert loss.item() == pytest.approx(0.5 * math.log(4) + 0.5 * math.log(4 / 3))


def test_the_width_grows_with_the_age() -> None:
    ages = torch.tensor([10.0, 60.0])
    target = gaussian_bins(ages, torch.tensor([2.0 + 0.2, 2.0 + 1.2]))
    best = label_distribution_loss(target.log().clamp(min=-50), ages, 2.0, 0.02, 0.0)
    entropy = -(target * target.clamp(min=1e-30).log()).sum(-1)
    assert torch.allclose(best, entropy, atol=1e-4)


def test_half_precision_logits_are_computed_in_full() -> None:
    logits = torch.randn(4, AGE_BINS, generator=torch.Generator().manual_seed(0)).bfloat16()
    ages = torch.tensor([1.0, 20.0, 50.0, 100.0])
    loss = make_loss("distribution", 2.0, 0.02, 0.1)(logits, ages)
    assert loss.dtype == torch.float32
    assert torch.equal(loss, make_loss("distribution", 2.0, 0.02, 0.1)(logits.float(), ages))


def test_mse_and_l1_by_hand() -> None:
    predicted, ages = torch.tensor([22.0, 36.0]), torch.tensor([20.0, 40.0])
    assert make_loss("mse", 2.0, 0.0, 0.1)(predicted, ages).tolist() == [4.0, 16.0]
    assert make_loss("l1", 2.0, 0.0, 0.1)(predicted, ages).tolist() == [2.0, 4.0]


def test_make_loss_passes_its_settings_on() -> None:
    logits, ages = torch.zeros(1, AGE_BINS), torch.tensor([28.0])
    assert make_loss("distribution", 2.0, 0.0, 0.3)(logits, ages).item() == pytest.approx(
        math.log(117) + 0.3 * 30, abs=1e-4
    )


def test_each_loss_has_a_head_and_an_unknown_one_is_refused() -> None:
    assert {name: kind.head for name, kind in LOSSES.items()} == {
        "distribution": "distribution",
        "mse": "regression",
        "l1": "regression",
    }
    with pytest.raises(ValueError, match=r"huber.*distribution"):
        make_loss("huber", 2.0, 0.0, 0.1)
