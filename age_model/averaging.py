"""One age from several pictures of one person."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from age_model.ages import LEGAL_AGE
from age_model.model_files import AgeModel


class AveragedAge(NamedTuple):
    """What several pictures of one person say together.

    Attributes:
        age: years.
        age_low: lower end of the 90 % interval, years.
        age_high: upper end of the 90 % interval, years.
        p_under_18: probability of being younger than 18.
    """

    age: float
    age_low: float
    age_high: float
    p_under_18: float


def average_age(model: AgeModel, distributions: Sequence[np.ndarray]) -> AveragedAge:
    """Average predicted distributions and read all figures off the mean.

    The interval is that of the mean distribution and is not made narrower for the number of
    pictures: what makes an age wrong, such as looking young for one's years, is the same on every
    picture of a person, and nobody has measured how much of the error averaging takes away.

    Args:
        model: whose decoding and calibration are used, as for a single picture.
        distributions: at least one, each of shape (AGE_BINS,), summing to 1.
    """
    mean = mean_distribution(distributions)
    figures = model.ages(mean), *model.intervals(mean), model.probability_under(mean, LEGAL_AGE)
    return AveragedAge(*(figure.item() for figure in figures))


def mean_distribution(distributions: Sequence[np.ndarray]) -> torch.Tensor:
    """Return the mean of at least one distribution, shape (1, AGE_BINS)."""
    return torch.from_numpy(np.stack(distributions)).mean(0, keepdim=True)
