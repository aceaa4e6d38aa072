"""Which of many findings to believe: false discoveries are kept to a small share of those shown."""

import math

import numpy as np

FALSE_SHARE = 0.05  # of what is shown, this share may be chance


def two_sided(z: np.ndarray) -> np.ndarray:
    """Return the chance of a standard normal value at least so far from 0, in the shape of `z`.

    >>> two_sided(np.array([1.959964])).round(4).tolist()
    [0.05]
    """
    return np.vectorize(math.erfc, otypes=[float])(np.abs(z) / math.sqrt(2))


def adjusted(chances: np.ndarray) -> np.ndarray:
    """Return the false-discovery rates at which each finding would be shown.

    The step-up procedure of Benjamini and Hochberg (1995).

    Args:
        chances: the findings' p-values, shape (n,).

    >>> adjusted(np.array([0.01, 0.04, 0.03])).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    order = np.argsort(chances)
    ranked = chances[order] * len(chances) / np.arange(1, len(chances) + 1)
    rates = np.empty(len(chances))
    rates[order] = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1)
    return rates


def told_apart(differences: np.ndarray, redrawn: np.ndarray) -> np.ndarray:
    """Return which differences are more than chance; one that is not known is not.

    Args:
        differences: found, shape (n,).
        redrawn: those of redrawn visits, shape (draws, n).

    Returns:
        bool, shape (n,), at a false-discovery rate of `FALSE_SHARE`.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.nan_to_num(differences / redrawn.std(axis=0), nan=0.0)
    return adjusted(two_sided(distance)) <= FALSE_SHARE


def believed(false: np.ndarray, share: float = FALSE_SHARE) -> np.ndarray:
    """Choose findings by the probability that each is false; among the chosen, few are.

    The surest are taken as long as their mean probability of being false stays within `share`
    (Newton, Noueiry, Sarkar and Ahlquist 2004).

    Args:
        false: each finding's probability of being false, shape (n,).
        share: of the chosen that may be false on average.

    Returns:
        Whether it is chosen, bool, shape (n,).

    >>> believed(np.array([0.5, 0.01, 0.08])).tolist()
    [False, True, True]
    """
    order = np.argsort(false)
    mean = np.cumsum(false[order]) / np.arange(1, len(false) + 1)
    chosen = np.zeros(len(false), dtype=bool)
    chosen[order] = mean <= share
    return chosen
