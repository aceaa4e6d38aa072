"""A distribution for an age of which only the estimate and its range are known."""

from statistics import NormalDist

import numpy as np

from age_model.ages import AGE_BINS, RANGE_LEVEL

NARROWEST = 0.5  # years from the estimate to an end
_Z = np.linspace(-6, 6, 2401)
_BELOW = np.array([NormalDist().cdf(z) for z in _Z])
END = NormalDist().inv_cdf(
    (1 + RANGE_LEVEL) / 2
)  # standard deviations to an end of a 90 % interval


def spread(age: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return split normal distributions, each half as wide as its side of the range.

    The estimate is the median and the ends of the range are the 5 % and 95 % quantiles; mass
    outside the span of ages is added to its first and last year.

    Args:
        age: estimates, shape (n,), years.
        low: lower ends of the 90 % intervals, shape (n,), years.
        high: upper ends.

    Returns:
        float32, shape (n, AGE_BINS), rows summing to 1.
    """
    edges = np.arange(AGE_BINS - 1) + 0.5 - age[:, None]  # between the bins, from the estimate
    below = np.maximum(age - low, NARROWEST)[:, None] / END
    above = np.maximum(high - age, NARROWEST)[:, None] / END
    cumulative = np.interp(edges / np.where(edges < 0, below, above), _Z, _BELOW)
    return np.diff(cumulative, prepend=0, append=1).astype(np.float32)


def share_under(distributions: np.ndarray, limit: int) -> np.ndarray:
    """Return the probabilities of being younger than a whole age, shape (n,)."""
    return distributions[:, :limit].sum(1, dtype=float)
