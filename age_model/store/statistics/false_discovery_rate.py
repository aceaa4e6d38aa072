"""Control of the false discovery rate: few of the findings that are shown are false."""

import math

import numpy as np

FALSE_DISCOVERY_RATE = 0.05  # share of the findings shown that may be chance


def two_sided_p_values(z: np.ndarray) -> np.ndarray:
    """Return the two-sided p-values of z-scores, in the shape of `z`.

    >>> two_sided_p_values(np.array([1.959964])).round(4).tolist()
    [0.05]
    """
    return np.vectorize(math.erfc, otypes=[float])(np.abs(z) / math.sqrt(2))


def adjusted_p_values(p_values: np.ndarray) -> np.ndarray:
    """Return the lowest false discovery rate at which each finding is shown.

    The step-up procedure of Benjamini and Hochberg (1995).

    Args:
        p_values: of the findings, shape (n,).

    >>> adjusted_p_values(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(p_values)
    ranked = p_values[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    rates = np.empty(len(p_values))
    rates[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1)
    return rates


def significant(differences: np.ndarray, resampled: np.ndarray) -> np.ndarray:
    """Return which differences are significant; an unknown one (NaN) is not.

    Args:
        differences: observed, shape (n,).
        resampled: their bootstrap replicates, shape (draws, n).

    Returns:
        bool, shape (n,), at a false discovery rate of `FALSE_DISCOVERY_RATE`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.nan_to_num(differences / resampled.std(axis=0), nan=0.0)
    return adjusted_p_values(two_sided_p_values(distance)) <= FALSE_DISCOVERY_RATE


def likely_true(false: np.ndarray, share: float = FALSE_DISCOVERY_RATE) -> np.ndarray:
    """Choose findings by their probabilities of being false, so that few of the chosen are.

    The surest are chosen as long as their mean probability of being false stays within `share`
    (Newton, Noueiry, Sarkar and Ahlquist 2004).

    Args:
        false: each finding's probability of being false, shape (n,).
        share: of the chosen that may be false on average.

    Returns:
        Whether it is chosen, bool, shape (n,).

    >>> likely_true(np.array([0.5, 0.01, 0.08])).tolist()
    [False, True, True]
    """
    order = np.argsort(false)
    mean = np.cumsum(false[order]) / np.arange(1, len(false) + 1)
    chosen = np.zeros(len(false), dtype=bool)
    chosen[order] = mean <= share
    return chosen
