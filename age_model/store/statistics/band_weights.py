"""Counts visits by age band though no visitor's age is known.

Each visit has probabilities of its bands. Counting with these directly blurs differences between
neighbouring bands. A visit therefore counts with weights that undo the blur: averaged over the
people of a band they are 1 for this band and 0 for the others, as long as what is counted depends
on the age and not on the estimate given the age (a regression on the probabilities; McCartan,
Fisher, Goldin, Ho and Imai 2024, "Estimating racial disparities when race is not observed"). Such
weights can lie below 0 or above 1; each visit's sum to 1, so that nothing is counted twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from age_model.store.statistics.age_bands import AgeBands
from age_model.store.statistics.age_mix import RESAMPLES, fit_mixes, population_probabilities
from age_model.store.statistics.population import DOUBTS, Population

# Ridge between full correction (0) and none (large): a little keeps small bands from being all
# noise. From 0.01 to 0.1 it matters little; see docs/experiments.md.
RIDGE = 0.05
# Factor on the bootstrap's spread of the sizes of bands, which ignores the bias of smoothing. At
# 2.4, benchmarks/store_shares.py found a coverage of 85 % (280 intervals of 20 shops); this is 2.4
# times the ratio of the normal quantiles for 95 % and 85 %.
WIDER = 3.3
# Factor on the standard deviations of `DOUBTS`, as a source can be wrong in further ways.
WIDER_DOUBTS = 1.0
# Standard deviation of the logarithm of each band's size where the errors are unmeasured: `DOUBTS`
# move visits from one side to the other and leave the bands in the middle as they are. Both were
# chosen on validation photos, by recipes/unknown_errors.py.
BAND_DOUBT = 0.3
GROUPS = 400  # of visits, resampled together: enough for the spread of a total
LEVEL = 0.95
_NEXT_TO_NOTHING = 1e-3  # of a total


@dataclass(frozen=True)
class BandModel:
    """How n visits count towards age bands.

    Attributes:
        bands: the B bands.
        probabilities: of each visit's bands, shape (n, B), rows summing to 1.
        weights: with which each visit counts, shape (n, B), rows summing to 1.
        sizes: of the bands in bootstrap samples of visits and test photos, shape (`RESAMPLES`, B).
        doubted: weights under each of `DOUBTS`, for unmeasured errors; empty where all errors were
            measured.
        unmeasured: share of the visits with unmeasured errors.
    """

    bands: AgeBands
    probabilities: np.ndarray
    weights: np.ndarray
    sizes: np.ndarray
    doubted: tuple[np.ndarray, ...] = ()
    unmeasured: float = 0.0

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def by_band(self) -> np.ndarray:
        """The visits of each band, shape (B,)."""
        visits: np.ndarray = self.weights.sum(axis=0)
        return visits


def fit_bands(population: Population, bands: AgeBands) -> BandModel:
    """Fit how each visit counts towards bands.

    Args:
        population: the people of the n visits.
        bands: to count by.
    """
    if not len(population):
        nobody = np.zeros((0, len(bands)))
        return BandModel(bands, nobody, nobody, np.zeros((RESAMPLES, len(bands))))
    mixes = fit_mixes(population.parts)
    probabilities = population_probabilities(population.parts, mixes[0], bands)
    sizes = relative_sizes(bands.sums(mixes)) * probabilities.sum(axis=0)
    doubted = tuple(
        counting_weights(population_probabilities(parts, fit_mixes(parts, draws=0)[0], bands))
        for parts in population.doubted
    )
    weights, unmeasured = counting_weights(probabilities), population.unmeasured / len(population)
    return BandModel(bands, probabilities, weights, sizes, doubted, unmeasured)


def relative_sizes(shares: np.ndarray) -> np.ndarray:
    """Return the sizes of bands in bootstrap samples, beside those found, shape (`RESAMPLES`, B).

    Args:
        shares: of the bands in the mixes of `fit_mixes`, shape (1 + `RESAMPLES`, B).
    """
    found, *drawn = shares
    return np.maximum(1 + WIDER * (np.array(drawn) / np.maximum(found, 1e-9) - 1), 0)


def counting_weights(probabilities: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Return the weights with which visits count towards bands.

    Args:
        probabilities: shape (n, B), rows summing to 1.
        ridge: 0 undoes the blur in full; large values leave the probabilities as they are.

    Returns:
        Shape (n, B), rows summing to 1.
    """
    return probabilities @ unblurring(
        probabilities.sum(axis=0), probabilities.T @ probabilities, ridge
    )


def unblurring(size: np.ndarray, overlap: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Return the matrix that makes weights of probabilities, shape (B, B).

    Args:
        size: sums of the probabilities, shape (B,).
        overlap: of their products, shape (B, B).
        ridge: see `counting_weights`.
    """
    size = np.sqrt(np.maximum(size, 1e-9))
    overlap = overlap / np.outer(size, size)
    # `size` is an eigenvector of `overlap` with the value 1: the factor keeps the sums at 1.
    undone = np.linalg.solve(overlap + ridge * np.eye(len(size)), np.diag(1 / size))
    matrix: np.ndarray = (undone * size[:, None]).T * (1 + ridge)
    return matrix


@dataclass(frozen=True)
class Totals:
    """Totals by band, with their bootstrap replicates.

    Attributes:
        value: shape (B, C), of C things.
        resampled: shape (`RESAMPLES`, B, C).
    """

    value: np.ndarray
    resampled: np.ndarray

    def per(self, other: "Totals") -> "Totals":
        """Return the ratio to other totals, such as the spend a visit."""
        return Totals(_ratio(self.value, other.value), _ratio(self.resampled, other.resampled))

    def shares(self) -> "Totals":
        """Return each band's share of all bands' total."""
        return Totals(
            _ratio(self.value, self.value.sum(axis=0, keepdims=True)),
            _ratio(self.resampled, self.resampled.sum(axis=1, keepdims=True)),
        )

    def scaled(self, factor: float) -> "Totals":
        """Return the totals times a factor."""
        return Totals(self.value * factor, self.resampled * factor)

    def interval(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the 95 % intervals, each of shape (B, C)."""
        low, high = np.quantile(self.resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        return low, high


def totals(
    model: BandModel,
    values: np.ndarray,
    parts: np.ndarray | None = None,
    rows: np.ndarray | None = None,
    wider: tuple[float, float] = (WIDER_DOUBTS, BAND_DOUBT),
) -> Totals:
    """Total what visits bring, by band.

    The spread is that of a bootstrap over visits, of which many are resampled in `GROUPS` random
    groups. The number of a band's visits varies also with the test photos that the errors were
    measured on, and everything with what is unknown about unmeasured errors. All totals of one
    model use the same draws, so that they can be divided and compared.

    Args:
        model: of n visits.
        values: amounts, such as the spend of each visit, shape (m,).
        parts: which of C things each amount is of, from 0, shape (m,); by default all of one.
        rows: the visit that each amount belongs to, shape (m,); by default one amount a visit.
        wider: see `WIDER_DOUBTS` and `BAND_DOUBT`.

    Returns:
        Shape (bands, C).
    """
    parts = np.zeros(len(values), dtype=int) if parts is None else parts
    kinds, (group, draws) = int(parts.max(initial=0)) + 1, bootstrap(len(model))
    groups = draws.shape[1]
    visits = by_cell(group, model.weights, groups)
    rows = np.arange(len(model)) if rows is None else rows
    cell = group[rows].astype(int) * kinds + parts
    brought = values[:, None] * model.weights[rows]
    sums = by_cell(cell, brought, groups * kinds).reshape(groups, kinds, -1)
    doubted = [by_cell(parts, values[:, None] * of[rows], kinds) for of in model.doubted]
    sizes = resized(draws @ visits, model.sizes, len(model))
    return resampled_totals(sums, doubted, draws, sizes, model.unmeasured, wider)


def bootstrap(visits: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide visits into groups at random, and draw from these; the same at each call.

    Returns:
        The group of each visit, int16, shape (visits,), and how often each group is drawn, shape
        (`RESAMPLES`, groups).
    """
    groups = max(1, min(GROUPS, visits))
    random = np.random.default_rng(0)
    group = random.permutation((np.arange(visits, dtype=np.int32) % groups).astype(np.int16))
    return group, random.multinomial(groups, np.full(groups, 1 / groups), size=RESAMPLES)


def resized(drawn: np.ndarray, sizes: np.ndarray, visits: int) -> np.ndarray:
    """Return factors that give the bands of bootstrap samples their sizes, (`RESAMPLES`, B).

    Args:
        drawn: visits of each band in the samples, shape (`RESAMPLES`, B).
        sizes: of `BandModel`.
        visits: how many there are.
    """
    # In a band with next to no visits, a resample may have fewer than none.
    return sizes / np.maximum(drawn, _NEXT_TO_NOTHING * visits + 1e-9)


def resampled_totals(
    sums: np.ndarray,
    doubted: Sequence[np.ndarray],
    draws: np.ndarray,
    sizes: np.ndarray,
    unmeasured: float,
    wider: tuple[float, float] = (WIDER_DOUBTS, BAND_DOUBT),
) -> Totals:
    """Return totals with their spread, from sums by group.

    Args:
        sums: shape (groups, C, B).
        doubted: sums with the weights under each of `DOUBTS`, shape (C, B); none where all errors
            were measured.
        draws: of `bootstrap`.
        sizes: of `resized`.
        unmeasured: share of the visits with unmeasured errors.
        wider: see `WIDER_DOUBTS` and `BAND_DOUBT`.
    """
    groups, kinds, _ = sums.shape
    resampled = (draws @ sums.reshape(groups, -1)).reshape(RESAMPLES, kinds, -1)
    value = sums.sum(axis=0).T
    resampled = (resampled * sizes[:, None]).swapaxes(1, 2)
    for doubt, drawn in zip(doubted, drawn_doubts(wider[0]), strict=False):
        resampled = resampled * _times_as_much(value, doubt.T) ** drawn[:, None, None]
    factors = drawn_sizes(len(value), unmeasured * wider[1])
    return Totals(value, resampled * factors[:, :, None])


def drawn_doubts(wider: float = WIDER_DOUBTS) -> np.ndarray:
    """Draw the sizes of `DOUBTS`, in standard deviations, shape (doubts, `RESAMPLES`).

    The same at each call, so that totals use the same draws.
    """
    return np.random.default_rng(1).normal(0, wider, (len(DOUBTS), RESAMPLES))


def drawn_sizes(bands: int, doubt: float) -> np.ndarray:
    """Draw factors on the sizes of bands, shape (`RESAMPLES`, bands); the same at each call.

    Args:
        bands: their number.
        doubt: `BAND_DOUBT` times the share of people with unmeasured errors.
    """
    return np.exp(np.random.default_rng(2).normal(0, doubt, (RESAMPLES, bands)))


def _times_as_much(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the ratio of totals, each of shape (B, C), with a floor for tiny ones."""
    least = np.maximum(_NEXT_TO_NOTHING * np.abs(before).sum(axis=0), 1e-9)
    return np.maximum(after, least) / np.maximum(before, least)


def by_cell(cell: np.ndarray, values: np.ndarray, cells: int) -> np.ndarray:
    """Add up values, shape (m, B), by their cells: shape (cells, B)."""
    return np.stack([np.bincount(cell, column, minlength=cells) for column in values.T], axis=1)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)
