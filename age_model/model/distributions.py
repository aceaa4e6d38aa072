"""Distributions of ages, one bin a year: how they are made and decoded."""

from typing import Literal, get_args

import torch
from torch import Tensor

from age_model.ages import AGE_BINS
from age_model.model.prior import SHIFT_AGES, prior_weights

Decoding = Literal["expectation", "median"]
DECODINGS: tuple[Decoding, ...] = get_args(Decoding)

_SMALLEST = 1e-4  # some thousand photos cannot verify a probability closer to 0 or 1


def prior_shift(
    probabilities: Tensor, ratio: float, between: tuple[float, float] = SHIFT_AGES
) -> Tensor:
    """Return age distributions as they would be if adults were rarer, or more frequent.

    A data set of photos from the web has its most people in their twenties; who is younger is
    then estimated too old. Each age's probability is multiplied by how much more frequent it is
    where the model is used (Saerens, Latinne and Decaestecker 2002, Neural Computation 14): 1 up
    to the first age of `between`, `ratio` from the second, geometrically between.

    Args:
        probabilities: shape (..., AGE_BINS), summing to 1.
        ratio: above 0; 1 changes nothing.
        between: two ages, years, rising.

    Returns:
        Shape (..., AGE_BINS), summing to 1.
    """
    if ratio == 1:
        return probabilities
    weights = torch.from_numpy(prior_weights(ratio, between)).to(probabilities)
    weighted = probabilities * weights
    return weighted / weighted.sum(-1, keepdim=True)


def expected_age(probabilities: Tensor) -> Tensor:
    """Return the mean of age distributions.

    Args:
        probabilities: shape (..., AGE_BINS), summing to 1.

    Returns:
        Ages, shape (...,), years.
    """
    ages = torch.arange(AGE_BINS, dtype=probabilities.dtype, device=probabilities.device)
    return probabilities @ ages


def age_quantile(probabilities: Tensor, level: float) -> Tensor:
    """Return a quantile of age distributions, interpolated within the bin.

    Bin i holds the ages from i - 0.5 to i + 0.5, evenly spread.

    Args:
        probabilities: shape (..., AGE_BINS), summing to 1.
        level: 0..1, for example 0.5 for the median.

    Returns:
        Ages, shape (...,), years, never below 0.
    """
    cumulative = probabilities.cumsum(-1)
    bin_index = (cumulative < level).sum(-1, keepdim=True).clamp(max=AGE_BINS - 1)
    inside = probabilities.gather(-1, bin_index)
    before = cumulative.gather(-1, bin_index) - inside
    position = ((level - before) / inside.clamp(min=1e-12)).clamp(0, 1)
    return (bin_index + position - 0.5).squeeze(-1).clamp(min=0)


def decode_age(probabilities: Tensor, decoding: Decoding) -> Tensor:
    """Return the age estimate of distributions: their expectation or their median.

    Args:
        probabilities: shape (..., AGE_BINS), summing to 1.
        decoding: which; chosen on the validation photos and stored with the model.

    Returns:
        Ages, shape (...,), years.

    Raises:
        ValueError: for an unknown decoding.
    """
    if decoding == "median":
        return age_quantile(probabilities, 0.5)
    if decoding == "expectation":
        return expected_age(probabilities)
    raise ValueError(f"Unknown decoding {decoding!r}; use one of {DECODINGS}.")


def known_within(probabilities: Tensor, youngest: int, oldest: int) -> Tensor:
    """Return age distributions, given that the age lies in a range.

    Args:
        probabilities: shape (..., AGE_BINS), summing to 1.
        youngest: the first age possible, whole years.
        oldest: the last.

    Returns:
        Of the same shape, summing to 1: zero outside the range; uniform over it where the
        distributions have no mass there.
    """
    inside = torch.zeros_like(probabilities)
    inside[..., youngest : oldest + 1] = probabilities[..., youngest : oldest + 1].clamp(min=1e-30)
    return inside / inside.sum(-1, keepdim=True)


def probability_under(probabilities: Tensor, age: int) -> Tensor:
    """Return the probability of being younger than `age`, in whole years: shape (...,)."""
    return probabilities[..., :age].sum(-1)


def clipped_logit(probabilities: Tensor) -> Tensor:
    """Return the log odds of probabilities, of any shape, finite also for 0 and 1."""
    return torch.logit(probabilities, eps=_SMALLEST)


def gaussian_bins(ages: Tensor, sigma: float | Tensor) -> Tensor:
    """Return a discretised normal distribution around each age.

    Args:
        ages: float, shape (B,), years.
        sigma: standard deviation, years; a number or shape (B,).

    Returns:
        Shape (B, AGE_BINS), each row summing to 1.
    """
    bins = torch.arange(AGE_BINS, dtype=ages.dtype, device=ages.device)
    sigma = torch.as_tensor(sigma, dtype=ages.dtype, device=ages.device).reshape(-1, 1)
    return torch.softmax(-0.5 * ((bins - ages[:, None]) / sigma) ** 2, dim=-1)


def normal_bins(ages: Tensor, sigma: float) -> Tensor:
    """Return the mass of a normal distribution in each bin; the end bins include the tails.

    Unlike in `gaussian_bins`, the median stays at `ages` up to the end bins.

    Args:
        ages: float, shape (B,), years.
        sigma: standard deviation, years.

    Returns:
        Shape (B, AGE_BINS), each row summing to 1.
    """
    edges = torch.arange(AGE_BINS - 1, dtype=ages.dtype, device=ages.device) + 0.5
    below = torch.special.ndtr((edges - ages[:, None]) / sigma)  # (B, AGE_BINS - 1)
    ends = torch.zeros_like(ages)[:, None]
    return torch.diff(below, prepend=ends, append=ends + 1)
