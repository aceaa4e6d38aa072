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

from age_model.store.statistics.age_bands import AgeBands
from age_model.store.statistics.age_mix import REDRAWN, crowd_probabilities, fit_mixes
from age_model.store.statistics.crowd import DOUBTS, Crowd

# Between full undoing (0) and none (large): a little keeps thin bands from being all noise. From
# 0.01 to 0.1 it matters little; see docs/experiments.md.
RIDGE = 0.05
# How much wider than the draws say the sizes of bands are spread, as they leave out what smoothing
# does to the mix. At 2.4, benchmarks/store_shares.py found 85 of 100 intervals to hold (280 of 20
# shops); this is 2.4 times the ratio of the normal quantiles of 95 and 85 in 100.
WIDER = 3.3
# How many times the standard deviations of `DOUBTS` are drawn, as a source can be off in more ways.
WIDER_DOUBTS = 1.0
# A standard deviation of the logarithm of each band's size, where nobody measured the errors: what
# `DOUBTS` move from one side to the other leaves the bands in the middle as they are. Both were
# chosen on validation photos, by recipes/unknown_errors.py.
BAND_DOUBT = 0.3
GROUPS = 400  # of visits, drawn together: no more is needed for the spread of a total
LEVEL = 0.95
_NEXT_TO_NOTHING = 1e-3  # of a total


@dataclass(frozen=True)
class BandModel:
    """What n visits say about age bands.

    Attributes:
        bands: the B bands.
        probabilities: of each visit's bands, shape (n, B), rows summing to 1.
        weights: with which each visit counts, shape (n, B), rows summing to 1.
        sizes: of the bands when visits and test photos are drawn anew, shape (`REDRAWN`, B).
        doubted: weights as they would be with each of `DOUBTS`, about errors that nobody measured;
            empty where all were measured.
        unmeasured: share of the visits whose errors nobody measured.
    """

    bands: AgeBands
    probabilities: np.ndarray
    weights: np.ndarray
    sizes: np.ndarray
    doubted: tuple[np.ndarray, ...] = ()
    unmeasured: float = 0.0

    def __len__(self) -> int:
        return len(self.weights)


def fit_bands(crowd: Crowd, bands: AgeBands) -> BandModel:
    """Find how each visit counts towards bands.

    Args:
        crowd: the n visits' people.
        bands: to count towards.
    """
    if not len(crowd):
        nobody = np.zeros((0, len(bands)))
        return BandModel(bands, nobody, nobody, np.zeros((REDRAWN, len(bands))))
    mixes = fit_mixes(crowd.parts)
    probabilities = crowd_probabilities(crowd.parts, mixes[0], bands)
    found, *drawn = bands.sums(mixes)
    relative = 1 + WIDER * (np.array(drawn) / np.maximum(found, 1e-9) - 1)
    sizes = np.maximum(relative, 0) * probabilities.sum(axis=0)
    doubted = tuple(
        counting_weights(crowd_probabilities(parts, fit_mixes(parts, draws=0)[0], bands))
        for parts in crowd.doubted
    )
    weights, unmeasured = counting_weights(probabilities), crowd.unmeasured / len(crowd)
    return BandModel(bands, probabilities, weights, sizes, doubted, unmeasured)


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
        redrawn: shape (`REDRAWN`, B, C).
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
    wider: tuple[float, float] = (WIDER_DOUBTS, BAND_DOUBT),
) -> Totals:
    """Add up what visits bring, by band.

    The spread comes from drawing visits anew with replacement (the bootstrap); many visits are
    drawn in `GROUPS` random groups. What a band brings a visit varies with these draws, how many
    visits it has also with the test photos that the errors were measured on, and both with what
    is not known of errors that nobody measured. Totals of one model are drawn alike, so that they
    can be divided and compared.

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
    kinds, groups = int(parts.max(initial=0)) + 1, max(1, min(GROUPS, len(model)))
    random = np.random.default_rng(0)
    group = random.permutation(np.arange(len(model)) % groups)
    visits = _by_cell(group, model.weights, groups)
    rows = np.arange(len(model)) if rows is None else rows
    cell = group[rows] * kinds + parts
    brought = values[:, None] * model.weights[rows]
    sums = _by_cell(cell, brought, groups * kinds).reshape(groups, kinds, -1)
    draws = random.multinomial(groups, np.full(groups, 1 / groups), size=REDRAWN)
    redrawn = (draws @ sums.reshape(groups, -1)).reshape(REDRAWN, kinds, -1)
    # Of a band that next to nobody belongs to, a draw may have fewer than no visits.
    resized = model.sizes / np.maximum(draws @ visits, _NEXT_TO_NOTHING * len(model) + 1e-9)
    value = sums.sum(axis=0).T
    redrawn = (redrawn * resized[:, None]).swapaxes(1, 2)
    for weights, drawn in zip(model.doubted, drawn_doubts(wider[0]), strict=False):
        doubted = _by_cell(parts, values[:, None] * weights[rows], kinds).T
        redrawn = redrawn * _times_as_much(value, doubted) ** drawn[:, None, None]
    return Totals(value, redrawn * drawn_sizes(len(value), model.unmeasured * wider[1])[:, :, None])


def drawn_doubts(wider: float = WIDER_DOUBTS) -> np.ndarray:
    """Return by how much of each of `DOUBTS` unmeasured errors differ, shape (doubts, `REDRAWN`).

    The same at each call, so that totals are drawn alike.
    """
    return np.random.default_rng(1).normal(0, wider, (len(DOUBTS), REDRAWN))


def drawn_sizes(bands: int, doubt: float) -> np.ndarray:
    """Return how many times as large bands may be, shape (`REDRAWN`, bands); the same at each call.

    Args:
        bands: how many there are.
        doubt: see `BAND_DOUBT`; times the share of people whose errors nobody measured.
    """
    return np.exp(np.random.default_rng(2).normal(0, doubt, (REDRAWN, bands)))


def _times_as_much(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return one total over another, each of shape (B, C); what is next to nothing is some."""
    least = np.maximum(_NEXT_TO_NOTHING * np.abs(before).sum(axis=0), 1e-9)
    return np.maximum(after, least) / np.maximum(before, least)


def _by_cell(cell: np.ndarray, values: np.ndarray, cells: int) -> np.ndarray:
    """Add up values, shape (m, B), by their cells: shape (cells, B)."""
    return np.stack([np.bincount(cell, column, minlength=cells) for column in values.T], axis=1)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(below > 0, above / below, np.nan)
