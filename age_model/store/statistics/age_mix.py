"""The age mix of a population, from many estimates.

Estimates have errors, and predicted distributions are biased towards the ages in the training data:
the sum of neither gives the ages of a shop's visitors. The age mix is the one that, blurred by the
errors measured on the test photos, best explains the estimates (deconvolution); it is found by
expectation-maximisation with smoothing (Silverman, Jones, Wilson and Nychka 1990, "A smoothed EM
approach to indirect estimation problems"). Each distribution is then reweighted by that mix
(Saerens, Latinne and Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori
probabilities").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from age_model.ages import AGE_BINS
from age_model.store.statistics.age_bands import AgeBands

RESAMPLES = 200  # bootstrap draws
CELL_YEARS = 2  # width of the cells into which estimates are counted
CELLS = 51
# Bandwidth in which errors are pooled over ages: years at age 0, and growth a year of age.
# How this and SMOOTHING were chosen: docs/experiments.md.
ALIKE_YEARS, ALIKE_GROWTH = 1.0, 0.02
SMOOTHING = 2.5  # years: width of the smoothing of the mix
SMOOTHING_UNDER_AGE = 0.7  # and below an age limit, where only a few years are left
STEPS = 20
FEWEST = 20  # photos at least for each age, however far
_ROWS_AT_ONCE = 1000  # of distributions, so that they stay in the processor's cache
# Every half-precision number: a look-up takes a tenth of the time of NumPy's conversion.
_HALVES = np.arange(2**16, dtype=np.uint16).view(np.float16).astype(float)
_RARE = 1e-5  # added to shares, so that a rare age does not get a huge weight
UNSEEN = 1e-4  # added to probabilities: no error is impossible


@dataclass(frozen=True)
class MeasuredErrors:
    """A model's errors, measured on its test photos, or assumed for another source.

    Attributes:
        learned: the age mix in its distributions, its prior, shape (AGE_BINS,): that of its
            training data, as shifted after training.
        chances: probability of an estimate in each cell given the real age, float32, shape
            (1 + `RESAMPLES`, AGE_BINS, `CELLS`): of all photos, and of bootstrap samples; for
            assumed errors, shape (1, AGE_BINS, `CELLS`).
    """

    learned: np.ndarray
    chances: np.ndarray


def measure_errors(
    real: np.ndarray,
    predicted: np.ndarray,
    widths: Sequence[tuple[float, float]],
    shift: np.ndarray | float = 1.0,
) -> MeasuredErrors:
    """Measure a model's errors on photos from the distribution of its training photos.

    Args:
        real: ages, shape (N,), years.
        predicted: estimates, shape (N,), years.
        widths: of the label distributions that each of its networks was trained on: years at age
            0, and growth a year of age. The prior of an ensemble is the mean of its networks'.
        shift: of the model's prior after training, shape (AGE_BINS,), see `prior_weights`.
    """
    learned = np.mean([_learned(real, *width) for width in widths], axis=0) * shift
    learned /= learned.sum()
    weights = np.ones((1 + RESAMPLES, len(real)), dtype=np.float32)
    weights[1:] = np.random.default_rng(0).multinomial(
        len(real), np.full(len(real), 1 / len(real)), RESAMPLES
    )
    chances = np.stack([_chances(age, real, predicted, weights) for age in range(AGE_BINS)], axis=1)
    return MeasuredErrors(learned, chances)


def _learned(real: np.ndarray, sigma: float, sigma_growth: float) -> np.ndarray:
    label = gaussian(np.arange(AGE_BINS) - real[:, None], (sigma + sigma_growth * real)[:, None])
    mix: np.ndarray = (label / label.sum(axis=1, keepdims=True)).mean(axis=0)
    return mix


def _chances(age: int, real: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the probability of an estimate in each cell given a real age, shape (draws, `CELLS`).

    Photos of nearly that age are used too, each estimate shifted by the difference of the real
    ages.
    """
    alike = gaussian(real - age, ALIKE_YEARS + ALIKE_GROWTH * age)
    near = np.flatnonzero(alike >= min(0.01, np.sort(alike)[-FEWEST:].min()))
    seen = np.zeros((len(near), CELLS), dtype=np.float32)
    seen[np.arange(len(near)), cells(predicted[near] + age - real[near])] = alike[near]
    counted = weights[:, near] @ seen
    chances = counted / np.maximum(counted.sum(axis=1, keepdims=True), 1e-12) + UNSEEN
    return chances / chances.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Part:
    """The people whose ages one source estimated.

    Attributes:
        rows: their places in the population.
        estimates: their ages, shape (m,), years.
        distributions: of their ages, shape (m, AGE_BINS), rows summing to 1.
        errors: of the source; assumed errors have no bootstrap samples, as there are no photos.
    """

    rows: np.ndarray | slice
    estimates: np.ndarray
    distributions: np.ndarray
    errors: MeasuredErrors


def fit_mixes(parts: Sequence[Part], draws: int = RESAMPLES) -> np.ndarray:
    """Fit the age mix of the people behind these estimates.

    All sources share one population: the estimates of each are explained by the same mix, blurred
    by the source's own errors.

    Args:
        parts: at least one, with at least one person.
        draws: bootstrap samples of visits and test photos, `RESAMPLES` or 0.

    Returns:
        Shape (1 + draws, AGE_BINS), rows summing to 1: the mix, and those of the bootstrap.
    """
    counts = [np.bincount(cells(part.estimates), minlength=CELLS) for part in parts]
    return explain(counts, [part.errors for part in parts], draws=draws)


def explain(
    counted: Sequence[np.ndarray],
    errors: Sequence[MeasuredErrors],
    limit: int | None = None,
    draws: int = RESAMPLES,
) -> np.ndarray:
    """Do the work of `fit_mixes`, which needs no more of estimates than how many are in each cell.

    Args:
        counted: the number of estimates in each cell, by source, each of shape (CELLS,).
        errors: of the sources.
        limit: the legal age of what these people do, if there is one: their numbers can jump
            there, and smoothing across it would invent people under age.
        draws: see `fit_mixes`.
    """
    counts = np.concatenate(counted)
    total = counts.sum()
    drawn = np.random.default_rng(0).multinomial(total, counts / total, draws)
    seen = np.vstack([counts, drawn])[:, None, :].astype(np.float32)  # (draws, 1, parts * CELLS)
    explained = [
        (of_part, of_source.chances[: 1 + draws])
        for of_part, of_source in zip(np.split(seen, len(errors), axis=2), errors, strict=True)
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


def population_probabilities(parts: Sequence[Part], mix: np.ndarray, bands: AgeBands) -> np.ndarray:
    """Return `band_probabilities` of a whole population, shape (n, bands)."""
    found = np.zeros((sum(len(part.estimates) for part in parts), len(bands)))
    for part in parts:
        found[part.rows] = band_probabilities(part.distributions, part.errors.learned, mix, bands)
    return found


def band_probabilities(
    distributions: np.ndarray, learned: np.ndarray, mix: np.ndarray, bands: AgeBands
) -> np.ndarray:
    """Return the probability of each band for each visitor, given the age mix.

    Args:
        distributions: shape (n, AGE_BINS), float16 or float32.
        learned: their prior, shape (AGE_BINS,).
        mix: of the population, shape (AGE_BINS,).
        bands: to sum over.

    Returns:
        Shape (n, bands), rows summing to 1.
    """
    # In double precision: in single, a row's sums depend on how many rows are added up at once.
    weights = np.zeros((AGE_BINS, len(bands)))
    weights[np.arange(AGE_BINS), bands.of(np.arange(AGE_BINS))] = (mix + 1e-9) / (learned + _RARE)
    parts = np.array_split(distributions, len(distributions) // _ROWS_AT_ONCE + 1)
    probabilities = np.concatenate([_double(part) @ weights for part in parts])
    return probabilities / (probabilities @ np.ones((len(bands), 1)))


def _double(numbers: np.ndarray) -> np.ndarray:
    """Return numbers in double precision."""
    halves = numbers.dtype == np.float16
    return _HALVES.take(numbers.view(np.uint16), mode="clip") if halves else numbers.astype(float)


def _smoothing(limit: int) -> np.ndarray:
    """Return the smoothing matrix, shape (AGE_BINS, AGE_BINS), which never crosses the limit."""
    ages = np.arange(AGE_BINS)
    under = ages < limit
    width = np.where(under, SMOOTHING_UNDER_AGE, SMOOTHING)[:, None]
    smoothing = gaussian(ages - ages[:, None], width) * (under == under[:, None])
    return (smoothing / smoothing.sum(axis=1, keepdims=True)).astype(np.float32)


def cells(estimates: np.ndarray) -> np.ndarray:
    """Return the cell of each estimate, int, shape (n,)."""
    return (estimates / CELL_YEARS).astype(int).clip(0, CELLS - 1)


def gaussian(away: np.ndarray, width: np.ndarray | float) -> np.ndarray:
    """Return a Gaussian of height 1 at the distances `away`, years; `width`, its sigma, too."""
    return np.exp(-0.5 * (away / width) ** 2)
