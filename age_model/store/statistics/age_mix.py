"""The mix of ages behind many estimates.

An estimate is off by some years, and a predicted distribution leans towards the ages that the model
learned from: adding up either does not give the ages of a shop's visitors. Their mix is the one
that, smeared by the errors measured on the test photos, gives the estimates that the shop has seen;
it is found by expectation-maximisation with smoothing (Silverman, Jones, Wilson and Nychka 1990, "A
smoothed EM approach to indirect estimation problems"). Each distribution is then weighed anew by
that mix (Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a
priori probabilities").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from age_model.ages import AGE_BINS
from age_model.store.statistics.age_bands import AgeBands

REDRAWN = 200  # bootstrap draws
CELL_YEARS = 2  # width of the cells into which estimates are counted
CELLS = 51
# Photos of ages this close stand in for each other, years at age 0 and more with each year of age.
# How this and SMOOTHING were chosen: docs/experiments.md.
ALIKE_YEARS, ALIKE_GROWTH = 1.0, 0.02
SMOOTHING = 2.5  # years: the mix has no features narrower than that
SMOOTHING_UNDER_AGE = 0.7  # and below a limit of age, where few years are left to find a mix in
STEPS = 20
FEWEST = 20  # photos stand in for each age, however far
_ROWS_AT_ONCE = 1000  # of distributions: they then stay in the processor's cache
# Every number of half precision: looking them up takes a quarter of NumPy's conversion's time.
_HALVES = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(np.float32)
_RARE = 1e-5  # added to shares: no age is so rare that one visit would mean a crowd
UNSEEN = 1e-4  # and to chances: no error is impossible


@dataclass(frozen=True)
class MeasuredErrors:
    """What a model's test photos say about its errors, or what is assumed of those of another.

    Attributes:
        learned: the mix of ages that its distributions lean towards, shape (AGE_BINS,).
        chances: of an estimate in each cell at each real age, float32, shape
            (1 + `REDRAWN`, AGE_BINS, `CELLS`): of all photos, and of photos drawn anew; of assumed
            errors, shape (1, AGE_BINS, `CELLS`).
    """

    learned: np.ndarray
    chances: np.ndarray


def measure_errors(
    real: np.ndarray, predicted: np.ndarray, widths: Sequence[tuple[float, float]]
) -> MeasuredErrors:
    """Measure a model's errors on photos that were drawn like those it learned from.

    Args:
        real: ages, shape (N,), years.
        predicted: estimates, shape (N,), years.
        widths: of the label distributions that each of its networks learned: years at age 0, and
            years that each year of age adds. What they say together leans towards the mean of
            the mixes that they learned.
    """
    learned = np.mean([_learned(real, *width) for width in widths], axis=0)
    weights = np.ones((1 + REDRAWN, len(real)), dtype=np.float32)
    weights[1:] = np.random.default_rng(0).multinomial(
        len(real), np.full(len(real), 1 / len(real)), REDRAWN
    )
    chances = np.stack([_chances(age, real, predicted, weights) for age in range(AGE_BINS)], axis=1)
    return MeasuredErrors(learned, chances)


def _learned(real: np.ndarray, sigma: float, sigma_growth: float) -> np.ndarray:
    label = bell(np.arange(AGE_BINS) - real[:, None], (sigma + sigma_growth * real)[:, None])
    mix: np.ndarray = (label / label.sum(axis=1, keepdims=True)).mean(axis=0)
    return mix


def _chances(age: int, real: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the chances of an estimate in each cell at one real age, shape (draws, `CELLS`).

    Photos of nearly that age stand in for it, each estimate moved by what its real age is off; so
    ages with many photos do not stand in for their neighbours with their own estimates.
    """
    alike = bell(real - age, ALIKE_YEARS + ALIKE_GROWTH * age)
    near = np.flatnonzero(alike >= min(0.01, np.sort(alike)[-FEWEST:].min()))
    cells = np.zeros((len(near), CELLS), dtype=np.float32)
    cells[np.arange(len(near)), _cell(predicted[near] + age - real[near])] = alike[near]
    counted = weights[:, near] @ cells
    chances = counted / np.maximum(counted.sum(axis=1, keepdims=True), 1e-12) + UNSEEN
    return chances / chances.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Part:
    """The people whose ages one source estimated.

    Attributes:
        rows: which of the crowd's people they are, in its order.
        estimates: their ages, shape (m,), years.
        distributions: of their ages, shape (m, AGE_BINS), rows summing to 1.
        errors: of the source; those of one that nobody measured have no draws, as there are no
            photos to draw anew.
    """

    rows: np.ndarray | slice
    estimates: np.ndarray
    distributions: np.ndarray
    errors: MeasuredErrors


def fit_mixes(parts: Sequence[Part], limit: int | None = None, draws: int = REDRAWN) -> np.ndarray:
    """Find the mix of ages of the people of whom these are the estimates.

    All are taken for one crowd, whichever source estimated their ages: each source's estimates are
    explained by the same mix, smeared by its own errors.

    Args:
        parts: at least one, with at least one person.
        limit: the age from which these people may do what they do, if there is one: their numbers
            can jump there, and smoothing over it would make up people under age.
        draws: how many times visits and test photos are drawn anew, `REDRAWN` or 0.

    Returns:
        Shape (1 + draws, AGE_BINS), rows summing to 1: the mix, and those found by the draws.
    """
    counts = np.concatenate([np.bincount(_cell(p.estimates), minlength=CELLS) for p in parts])
    total = counts.sum()
    drawn = np.random.default_rng(0).multinomial(total, counts / total, draws)
    seen = np.vstack([counts, drawn])[:, None, :].astype(np.float32)  # (draws, 1, parts * CELLS)
    explained = [
        (of_part, part.errors.chances[: 1 + draws])
        for of_part, part in zip(np.split(seen, len(parts), axis=2), parts, strict=True)
    ]
    smoothing = _smoothing(limit or 0)
    mixes = np.full((1 + draws, 1, AGE_BINS), 1 / AGE_BINS, dtype=np.float32)
    for _ in range(STEPS):
        votes = sum(
            (of_part / (mixes @ chances)) @ chances.swapaxes(1, 2) for of_part, chances in explained
        )
        mixes = mixes * votes @ smoothing
        mixes /= mixes.sum(axis=2, keepdims=True)
    return mixes[:, 0]


def crowd_probabilities(parts: Sequence[Part], mix: np.ndarray, bands: AgeBands) -> np.ndarray:
    """Return `band_probabilities` of all the people of a crowd, shape (n, bands)."""
    found = np.zeros((sum(len(part.estimates) for part in parts), len(bands)))
    for part in parts:
        found[part.rows] = band_probabilities(part.distributions, part.errors.learned, mix, bands)
    return found


def band_probabilities(
    distributions: np.ndarray, learned: np.ndarray, mix: np.ndarray, bands: AgeBands
) -> np.ndarray:
    """Return how likely each visitor belongs to each band, in a crowd of this mix.

    Args:
        distributions: shape (n, AGE_BINS), float16 or float32.
        learned: the mix that they lean towards, shape (AGE_BINS,).
        mix: of the crowd, shape (AGE_BINS,).
        bands: to tell apart.

    Returns:
        Shape (n, bands), rows summing to 1.
    """
    weights = np.zeros((AGE_BINS, len(bands)), dtype=np.float32)
    weights[np.arange(AGE_BINS), bands.of(np.arange(AGE_BINS))] = (mix + 1e-9) / (learned + _RARE)
    parts = np.array_split(distributions, len(distributions) // _ROWS_AT_ONCE + 1)
    probabilities = np.concatenate([_single(part) @ weights for part in parts]).astype(float)
    return probabilities / probabilities.sum(axis=1, keepdims=True)


def _single(numbers: np.ndarray) -> np.ndarray:
    """Return numbers in single precision."""
    halves = numbers.dtype == np.float16
    return _HALVES[numbers.view(np.uint16)] if halves else numbers


def _smoothing(limit: int) -> np.ndarray:
    """Return the part of each age's share that goes to each age, shape (AGE_BINS, AGE_BINS)."""
    ages = np.arange(AGE_BINS)
    under = ages < limit
    width = np.where(under, SMOOTHING_UNDER_AGE, SMOOTHING)[:, None]
    smoothing = bell(ages - ages[:, None], width) * (under == under[:, None])
    return (smoothing / smoothing.sum(axis=1, keepdims=True)).astype(np.float32)


def _cell(estimates: np.ndarray) -> np.ndarray:
    return (estimates / CELL_YEARS).astype(int).clip(0, CELLS - 1)


def bell(away: np.ndarray, width: np.ndarray | float) -> np.ndarray:
    """Return a normal curve, 1 in its middle: of distances from it, years, and a width alike."""
    return np.exp(-0.5 * (away / width) ** 2)
