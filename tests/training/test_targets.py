"""Sampling of batches: in the data set's proportions, and evenly over ages."""

import torch
from torch import Tensor

from age_model.ages import AGE_BINS
from age_model.training.targets import Targets, age_weights

CPU = torch.device("cpu")
# Nine in ten are 26; the last three have no label.
AGES = torch.tensor([26.0] * 9000 + [5.0] * 500 + [60.0] * 500 + [torch.nan] * 3)


def targets() -> Targets:
    return Targets(AGES, None, torch.arange(len(AGES)), CPU)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def batches(rank: int = 0, world: int = 1, balanced: int = 40) -> list[Tensor]:
    return targets().batches(60, balanced, 8, rank, world, generator())


def test_the_balanced_part_of_a_batch_holds_all_ages_alike() -> None:
    sampled = torch.cat([index[60:] for index in batches()])
    natural = torch.cat([index[:60] for index in batches()])
    assert not AGES[sampled].isnan().any()
    for age in (5, 26, 60):
        assert 0.2 < (AGES[sampled] == age).float().mean() < 0.5
    assert (AGES[natural] == 26).float().mean() > 0.8
    assert len(natural.unique()) == len(natural)  # each face once an epoch


def test_processes_share_a_batch() -> None:
    alone = batches(balanced=20)
    first, second = (targets().batches(30, 10, 8, rank, 2, generator()) for rank in (0, 1))
    for whole, one, two in zip(alone, first, second, strict=True):
        assert len(one) == len(two) == 40
        assert sorted(whole.tolist()) == sorted([*one.tolist(), *two.tolist()])


def test_without_a_balanced_part_batches_are_those_of_the_shuffled_faces() -> None:
    order = targets().shuffled(generator())
    assert torch.equal(torch.cat(batches(balanced=0)), order[:480])


def test_teachers_prior_is_divided_out_of_the_balanced_part_alone() -> None:
    flat = torch.full((4, AGE_BINS), 1 / AGE_BINS)
    found = targets().batch(torch.arange(4), [flat], balanced=2).soft
    assert found is not None
    assert torch.allclose(found[:2], flat[:2])
    assert torch.allclose(found.sum(1), torch.ones(4))
    assert (found[2:, 5] > 5 * found[2:, 26]).all()
    assert torch.allclose(found[2], age_weights(AGES) / AGE_BINS)
