"""The people of some visits, by the source of their age estimates and its errors.

Estimates of a model with measured errors use these. Of any other source - a version of the model
that is no longer here, or ages from elsewhere - only the width of its ranges is known. Only half of
that blur is undone in fitting the age mix, since overestimated errors would create structure that
is not there. Its ranges may be too narrow or too wide, and its ages biased: totals are computed
again with errors one standard deviation from the assumption, and intervals widened accordingly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import pandas as pd

from age_model.ages import AGE_BINS
from age_model.store.statistics.age_mix import (
    CELL_YEARS,
    CELLS,
    UNSEEN,
    MeasuredErrors,
    Part,
    gaussian,
)
from age_model.store.statistics.model_errors import Lookup
from age_model.store.statistics.spread import END, NARROWEST, spread

# How far unmeasured errors may be from what a source claims, after published comparisons of models
# on photos unlike their training data: there, 90 % ranges cover about 75 %, which corresponds to
# errors 1.4 times as large. One standard deviation, as a factor or its inverse.
WIDTH_IN_DOUBT = 1.4
# Standard deviation of a source's bias, years at age 0, and growth a year of age: 1.5 years at 18,
# 3 at 65. The bias of models differs as much between collections of photos.
SHIFT_IN_DOUBT, SHIFT_GROWTH = 1.0, 0.03
# Regression to the mean: how far ages are pulled towards the middle of the training data, for each
# year away. For errors of 5 years and ages with a standard deviation of 17 the optimum is
# 5 ** 2 / (5 ** 2 + 17 ** 2). The second number is its standard deviation.
PULL, PULL_IN_DOUBT, PULLED_TO = 0.08, 0.1, 35.0
# Standard deviation of the error of an age without a range, at age 0, and growth: an MAE of about
# 3.5 years at 30, as of published models on everyday photos.
USUAL_SPREAD, USUAL_GROWTH = 1.5, 0.1
UNDONE = 0.5  # of the claimed width
_ALIKE = 5.0  # years: bandwidth in which the widths of ranges are averaged


@dataclass(frozen=True)
class Doubt:
    """How unmeasured errors may differ from the assumed ones, in standard deviations."""

    shift: float = 0.0
    pull: float = 0.0
    width: float = 0.0


DOUBTS = (Doubt(shift=1.0), Doubt(pull=1.0), Doubt(width=1.0))


@dataclass(frozen=True)
class Population:
    """People whose ages were estimated.

    Attributes:
        parts: by the source of the estimates.
        doubted: the parts with unmeasured errors as in each of `DOUBTS`; empty where all were
            measured.
        unmeasured: number of people with unknown errors.
    """

    parts: tuple[Part, ...]
    doubted: tuple[tuple[Part, ...], ...] = ()
    unmeasured: int = 0

    def __len__(self) -> int:
        return sum(len(part.estimates) for part in self.parts)

    @classmethod
    def of_one(
        cls, estimates: np.ndarray, distributions: np.ndarray, errors: MeasuredErrors
    ) -> "Population":
        """Return people whose ages, shape (n,), one model with measured errors estimated."""
        return cls((Part(slice(None), estimates, distributions, errors),))


def population_of(visits: pd.DataFrame, distributions: np.ndarray, errors: Lookup) -> Population:
    """Group the people of visits by the source of their ages.

    Args:
        visits: as in `StoreTables`, n rows.
        distributions: as there, shape (n, AGE_BINS).
        errors: gives the measured errors of a model version, or None.
    """
    known: list[Part] = []
    unknown: list[np.ndarray] = []
    for version, rows in rows_of_versions(visits):
        measured = errors(version)
        if measured is None:
            unknown.append(rows)
            continue
        whole = len(rows) == len(visits)
        chosen: np.ndarray | slice = slice(None) if whole else rows  # which copies nothing
        ages = visits["age"].to_numpy()[chosen]
        known.append(Part(chosen, ages, distributions[chosen], measured))
    if not unknown:
        return Population(tuple(known))

    def assuming(doubt: Doubt) -> tuple[Part, ...]:
        return (*known, *(assumed_part(visits, rows, doubt) for rows in unknown))

    return Population(assuming(Doubt()), tuple(map(assuming, DOUBTS)), sum(map(len, unknown)))


def count_unmeasured(versions: Mapping[str, int], errors: Lookup) -> int:
    """Return the number of visits whose estimates have unmeasured errors."""
    return sum(count for version, count in versions.items() if errors(version) is None)


def assumed_part(visits: pd.DataFrame, rows: np.ndarray, doubt: Doubt) -> Part:
    """Return the people of some visits, with assumed errors.

    The source's training data is unknown: its ranges are taken as likelihoods of the estimate.

    Args:
        visits: as in `StoreTables`.
        rows: of these people, all from one source.
        doubt: how the errors differ from the assumption.
    """
    age, low, high = (visits[name].to_numpy()[rows] for name in ("age", "age_low", "age_high"))
    errors = assumed_errors(*claims(age, low, high), doubt)
    return Part(rows, age, assumed_distributions(age, low, high, doubt), errors)


def claims(age: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many estimates there are of each year, and the sum of their claimed widths.

    Args:
        age: estimates, shape (n,), years.
        low: lower ends of their ranges, shape (n,), years.
        high: upper ends.

    Returns:
        Each of shape (AGE_BINS,); the claimed widths are standard deviations, years.
    """
    year = age.astype(int).clip(0, AGE_BINS - 1)
    count, total = (
        np.bincount(year, of, AGE_BINS) for of in (np.ones(len(year)), _claimed(age, low, high))
    )
    return count, total


def assumed_errors(count: np.ndarray, total: np.ndarray, doubt: Doubt) -> MeasuredErrors:
    """Return the assumed errors of a source.

    Args:
        count: of `claims`.
        total: of `claims`.
        doubt: how the errors differ from the assumption.
    """
    width = UNDONE * WIDTH_IN_DOUBT**doubt.width * _by_age(count, total)
    ages = np.arange(AGE_BINS)
    chances = _chances(ages + _off(ages, doubt), width)
    return MeasuredErrors(np.full(AGE_BINS, 1 / AGE_BINS), chances)


def assumed_distributions(
    age: np.ndarray, low: np.ndarray, high: np.ndarray, doubt: Doubt
) -> np.ndarray:
    """Return distributions of ages with unmeasured errors, float32, shape (n, AGE_BINS).

    Args:
        age: estimates, shape (n,), years.
        low: lower ends of their ranges, shape (n,), years.
        high: upper ends.
        doubt: how the errors differ from the assumption.
    """
    factor = WIDTH_IN_DOUBT**doubt.width
    with_range, claimed = high - low > 2 * NARROWEST, _claimed(age, low, high)
    below = factor * np.where(with_range, age - low, END * claimed)
    above = factor * np.where(with_range, high - age, END * claimed)
    middle = age - _off(age, doubt)
    return spread(middle, middle - below, middle + above)


def _claimed(age: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the claimed standard deviations, shape (n,), years."""
    return np.where(high - low > 2 * NARROWEST, (high - low) / 2 / END, usual_spread(age))


def usual_spread(age: np.ndarray) -> np.ndarray:
    """Return the standard deviation of the error of an age without a range, years."""
    return USUAL_SPREAD + USUAL_GROWTH * age


def _off(age: np.ndarray, doubt: Doubt) -> np.ndarray:
    """Return by how many years a source's ages are too high."""
    shift = doubt.shift * (SHIFT_IN_DOUBT + SHIFT_GROWTH * age)
    return shift - (PULL + doubt.pull * PULL_IN_DOUBT) * (age - PULLED_TO)


def rows_of_versions(visits: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    """Return the rows of each source that has some: its model version, "" where it has none."""
    codes, versions = pd.factorize(visits["model_version"])
    named = [(str(version), code) for code, version in enumerate(versions)]
    found = [(name, np.flatnonzero(codes == code)) for name, code in (*named, ("", -1))]
    return sorted(((name, rows) for name, rows in found if len(rows)), key=itemgetter(0))


def _by_age(count: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return the claimed standard deviation at each age, shape (AGE_BINS,), years.

    Args:
        count: of `claims`.
        total: of `claims`.
    """
    ages = np.arange(AGE_BINS)
    near = (
        gaussian(ages - ages[:, None], _ALIKE) + 1e-9
    )  # far ages count where there are no near ones
    width: np.ndarray = (near @ total) / (near @ count)
    return width


def _chances(middle: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Return the probabilities of an estimate in each cell, float32, shape (1, AGE_BINS, CELLS).

    Age errors have heavy tails: a Laplace distribution fits them better than a normal one.

    Args:
        middle: of the estimates at each age, shape (AGE_BINS,), years.
        width: their standard deviation, shape (AGE_BINS,), years.
    """
    edges = np.arange(1, CELLS) * CELL_YEARS
    away = (edges - middle[:, None]) / (width[:, None] / np.sqrt(2))
    below = np.where(away < 0, np.exp(-np.abs(away)) / 2, 1 - np.exp(-np.abs(away)) / 2)
    chances = np.diff(below, prepend=0, append=1) + UNSEEN
    return (chances / chances.sum(axis=1, keepdims=True)).astype(np.float32)[None]
