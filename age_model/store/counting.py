"""Counting visits towards age bands though no visitor's age is known.

A visit's probabilities say which bands it may belong to. To count with them as they are smears
whatever differs between bands over their neighbours. A visit therefore counts with weights that
undo the smearing: on average over everybody of one band they are 1 for this band and 0 for the
others, wherever what is counted depends on the age and not on the look (a regression on the
probabilities; McCartan, Fisher, Goldin, Ho and Imai 2024, "Estimating racial disparities when race
is not observed"). Such weights can lie below 0 or above 1; each visit's sum to 1, so that nothing
is counted twice.
"""

from dataclasses import dataclass

import numpy as np

from age_model.store.bands import AgeBands
from age_model.store.mixture import BAND_STEPS, band_probabilities, fit_mix, most_likely_shares

# Between full undoing (0) and none (large): a little keeps thin bands from being all noise. Chosen
# by benchmarks/store_shares.py.
RIDGE = 0.02
GROUPS = 400  # of visits, drawn together: no more is needed for the spread of a total
RESAMPLES = 400
LEVEL = 0.95


@dataclass(frozen=True)
class BandModel:
    """What n visits say about age bands.

    Attributes:
        bands: the B bands.
        probabilities: of each visit's bands, shape (n, B), rows summing to 1.
        weights: with which each visit counts, shape (n, B), rows summing to 1.
    """

    bands: AgeBands
    probabilities: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.weights)


def fit_bands(distributions: np.ndarray, learned: np.ndarray, bands: AgeBands) -> BandModel:
    """Find how each visit counts towards bands.

    Args:
        distributions: as the model predicted them, shape (n, AGE_BINS), rows summing to 1.
        learned: the mix that they lean towards, as `mixture.learned_mix` returns it.
        bands: to count towards.
    """
    if not len(distributions):
        nobody = np.zeros((0, len(bands)))
        return BandModel(bands, nobody, nobody)
    mix = fit_mix(distributions, learned)
    first = band_probabilities(distributions, learned, mix, bands)
    start = bands.sums(mix)
    likelihood = first / np.maximum(start, 1e-12).astype(np.float32)
    shares = most_likely_shares(likelihood, start, BAND_STEPS)
    probabilities = (likelihood * shares).astype(float)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return BandModel(bands, probabilities, counting_weights(probabilities))


def counting_weights(probabilities: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Return the weights with which visits count towards bands.

    Args:
        probabilities: shape (n, B), rows summing to 1.
        ridge: at 0 the smearing is undone in full; large values leave the probabilities.

    Returns:
        Shape (n, B), rows summing to 1.
    """
    size = np.sqrt(np.maximum(probabilities.sum(axis=0), 1e-9))
    overlap = (probabilities.T @ probabilities) / np.outer(size, size)
    # `size` is an eigenvector of `overlap` with the value 1: the factor keeps the sums at 1.
    undone = np.linalg.solve(overlap + ridge * np.eye(len(size)), np.diag(1 / size))
    return probabilities @ (undone * size[:, None]).T * (1 + ridge)


@dataclass(frozen=True)
class Totals:
    """Totals by band, with totals of redrawn visits to tell how sure they are.

    Attributes:
        value: shape (B, C): C things that were counted.
        redrawn: shape (`RESAMPLES`, B, C).
    """

    value: np.ndarray
    redrawn: np.ndarray

    def per(self, other: "Totals") -> "Totals":
        """Return these totals for one of the others, such as the spend a visit."""
        return Totals(_ratio(self.value, other.value), _ratio(self.redrawn, other.redrawn))

    def shares(self) -> "Totals":
        """Return each band's share of all bands' total."""
        return Totals(
            _ratio(self.value, self.value.sum(axis=0, keepdims=True)),
            _ratio(self.redrawn, self.redrawn.sum(axis=1, keepdims=True)),
        )

    def scaled(self, factor: float) -> "Totals":
        """Return the totals times a factor."""
        return Totals(self.value * factor, self.redrawn * factor)

    def interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the 95 % intervals, each of shape (B, C)."""
        low, high = np.quantile(self.redrawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        return low, high


def totals(
    model: BandModel,
    values: np.ndarray,
    parts: np.ndarray | None = None,
    rows: np.ndarray | None = None,
) -> Totals:
    """Add up what visits bring, by band.

    The spread comes from drawing visits anew with replacement (the bootstrap); many visits are
    drawn in `GROUPS` random groups, and each draw counts with the weights found on all visits.
    Totals of one model are drawn alike, so that they can be divided and compared.

    Args:
        model: of n visits.
        values: amounts, such as the spend of each visit, shape (m,).
        parts: which of C things each amount is of, from 0, shape (m,); by default all of one.
        rows: the visit that each amount belongs to, shape (m,); by default one amount a visit.

    Returns:
        Shape (bands, C).
    """
    parts = np.zeros(len(values), dtype=int) if parts is None else parts
    kinds, groups = int(parts.max(initial=0)) + 1, max(1, min(GROUPS, len(model)))
    random = np.random.default_rng(0)
    group = random.permutation(np.arange(len(model)) % groups)
    weights = model.weights
    if rows is not None:
        group, weights = group[rows], weights[rows]
    cell = group * kinds + parts
    sums = np.stack(
        [np.bincount(cell, values * weight, minlength=groups * kinds) for weight in weights.T],
        axis=1,
    ).reshape(groups, kinds, -1)
    draws = random.multinomial(groups, np.full(groups, 1 / groups), size=RESAMPLES)
    redrawn = (draws @ sums.reshape(groups, -1)).reshape(RESAMPLES, kinds, -1)
    return Totals(sums.sum(axis=0).T, redrawn.swapaxes(1, 2))


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)
