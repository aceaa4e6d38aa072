"""The people of some visits, each seen through the errors of what estimated the age.

An estimate by a model whose errors were measured counts with these. Of any other source - a version
of the model that is not here any more, or ages from elsewhere - only its own claim is known: how
wide its ranges are. Only half of that smearing is undone in finding the mix of ages, for errors
taken too large would sharpen it into what is not there. Whether the ranges are too narrow or too
wide, and all its ages too high or too low, is left open: figures are computed again with errors a
standard deviation from what is assumed, and their intervals widened by what that changes.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from age_model.ages import AGE_BINS
from age_model.store.mixture import CELL_YEARS, CELLS, UNSEEN, MeasuredErrors, Part, bell
from age_model.store.spread import END, NARROWEST, spread
from age_model.store.versions import Lookup

# How far errors that nobody measured may be from what a source claims, in the way of published
# comparisons of models on photos unlike their own: ranges that shall hold 90 in 100 hold about 75
# there, which is what errors 1.4 times as large would do. One standard deviation, times or divided.
WIDTH_IN_DOUBT = 1.4
# A standard deviation of how far a source's ages are too high or low, at age 0 and more with each
# year of age: 1.5 years at 18, 3 at 65. Models differ by as much from one collection of photos to
# another.
SHIFT_IN_DOUBT, SHIFT_GROWTH = 1.0, 0.03
# How far ages are drawn towards those that a source learned most of, for each year away: the old
# look younger to it, and the young older. Whoever errs by 5 years, of people of ages spread by 17,
# errs least if so: 5 ** 2 / (5 ** 2 + 17 ** 2). With a standard deviation of that.
PULL, PULL_IN_DOUBT, PULLED_TO = 0.08, 0.1, 35.0
# Of an age without a range, the standard deviation of its error at age 0, and growth: a mean
# absolute error of about 3.5 years at 30, as published models have on everyday photos.
USUAL_SPREAD, USUAL_GROWTH = 1.5, 0.1
UNDONE = 0.5  # of the claimed width
_ALIKE = 5.0  # years: of estimates whose ranges tell how wide those of an age are


@dataclass(frozen=True)
class Doubt:
    """How errors that nobody measured may differ from what is assumed, in standard deviations."""

    shift: float = 0.0
    pull: float = 0.0
    width: float = 0.0


DOUBTS = (Doubt(shift=1.0), Doubt(pull=1.0), Doubt(width=1.0))


@dataclass(frozen=True)
class Crowd:
    """People whose ages were estimated.

    Attributes:
        parts: by the source of the estimates.
        doubted: the parts if errors that nobody measured were as each of `DOUBTS`; empty where
            all were measured.
        unmeasured: of how many people the errors are not known.
    """

    parts: tuple[Part, ...]
    doubted: tuple[tuple[Part, ...], ...] = ()
    unmeasured: int = 0

    def __len__(self) -> int:
        return sum(len(part.estimates) for part in self.parts)

    @classmethod
    def of_one(
        cls, estimates: np.ndarray, distributions: np.ndarray, errors: MeasuredErrors
    ) -> "Crowd":
        """Return people whose ages, shape (n,), one model of measured errors estimated."""
        return cls((Part(slice(None), estimates, distributions, errors),))


def crowd_of(visits: pd.DataFrame, distributions: np.ndarray, errors: Lookup) -> Crowd:
    """Gather the people of visits by what estimated their ages.

    Args:
        visits: as in `StoreTables`, n rows.
        distributions: as there, shape (n, AGE_BINS).
        errors: gives the measured errors of a model version, or None.
    """
    known: list[Part] = []
    unknown: list[np.ndarray] = []
    for version, rows in _rows_of_versions(visits):
        measured = errors(version)
        if measured is None:
            unknown.append(rows)
            continue
        whole = len(rows) == len(visits)
        chosen: np.ndarray | slice = slice(None) if whole else rows  # which copies nothing
        ages = visits["age"].to_numpy()[chosen]
        known.append(Part(chosen, ages, distributions[chosen], measured))
    if not unknown:
        return Crowd(tuple(known))

    def assuming(doubt: Doubt) -> tuple[Part, ...]:
        return (*known, *(assumed_part(visits, rows, doubt) for rows in unknown))

    return Crowd(assuming(Doubt()), tuple(map(assuming, DOUBTS)), sum(map(len, unknown)))


def count_unmeasured(visits: pd.DataFrame, errors: Lookup) -> int:
    """Return of how many visits nobody measured the errors of what estimated the age."""
    counts = visits["model_version"].astype(object).fillna("").value_counts()
    return int(sum(count for version, count in counts.items() if errors(str(version)) is None))


def assumed_part(visits: pd.DataFrame, rows: np.ndarray, doubt: Doubt) -> Part:
    """Return the people of some visits, with what is assumed of errors that nobody measured.

    Nothing is known of the ages that the source learned from: its ranges are read as how likely
    the estimate is at each age.

    Args:
        visits: as in `StoreTables`.
        rows: of these people, all from one source.
        doubt: how the errors differ from what is assumed.
    """
    age, low, high = (visits[name].to_numpy()[rows] for name in ("age", "age_low", "age_high"))
    claimed = np.where(high - low > 2 * NARROWEST, (high - low) / 2 / END, usual_spread(age))
    with_range = high - low > 2 * NARROWEST
    factor = WIDTH_IN_DOUBT**doubt.width
    below = factor * np.where(with_range, age - low, END * claimed)
    above = factor * np.where(with_range, high - age, END * claimed)
    middle = age - _off(age, doubt)
    width = UNDONE * factor * _by_age(age, claimed)
    ages = np.arange(AGE_BINS)
    chances = _chances(ages + _off(ages, doubt), width)
    errors = MeasuredErrors(np.full(AGE_BINS, 1 / AGE_BINS), chances)
    return Part(rows, age, spread(middle, middle - below, middle + above), errors)


def usual_spread(age: np.ndarray) -> np.ndarray:
    """Return the standard deviation of the error of an age without a range, years."""
    return USUAL_SPREAD + USUAL_GROWTH * age


def _off(age: np.ndarray, doubt: Doubt) -> np.ndarray:
    """Return by how many years a source's ages are too high."""
    shift = doubt.shift * (SHIFT_IN_DOUBT + SHIFT_GROWTH * age)
    return shift - (PULL + doubt.pull * PULL_IN_DOUBT) * (age - PULLED_TO)


def _rows_of_versions(visits: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    codes, versions = pd.factorize(visits["model_version"])
    named = [(str(version), code) for code, version in enumerate(versions)]
    found = [(name, np.flatnonzero(codes == code)) for name, code in (*named, ("", -1))]
    return [(name, rows) for name, rows in found if len(rows)]


def _by_age(estimates: np.ndarray, claimed: np.ndarray) -> np.ndarray:
    """Return how wide a source's claims are at each age, shape (AGE_BINS,), years.

    Args:
        estimates: shape (n,), years.
        claimed: standard deviations, shape (n,), years.
    """
    year = estimates.astype(int).clip(0, AGE_BINS - 1)
    count, total = (np.bincount(year, of, AGE_BINS) for of in (np.ones(len(year)), claimed))
    ages = np.arange(AGE_BINS)
    near = bell(ages - ages[:, None], _ALIKE) + 1e-9  # where nobody is near, those far away count
    width: np.ndarray = (near @ total) / (near @ count)
    return width


def _chances(middle: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Return the chances of an estimate in each cell, float32, shape (1, AGE_BINS, CELLS).

    Errors of ages are many small ones and a few large ones: more like Laplace's distribution than
    a normal one, which has as many between.

    Args:
        middle: of the estimates at each age, shape (AGE_BINS,), years.
        width: their standard deviation, shape (AGE_BINS,), years.
    """
    edges = np.arange(1, CELLS) * CELL_YEARS
    away = (edges - middle[:, None]) / (width[:, None] / np.sqrt(2))
    below = np.where(away < 0, np.exp(-np.abs(away)) / 2, 1 - np.exp(-np.abs(away)) / 2)
    chances = np.diff(below, prepend=0, append=1) + UNSEEN
    return (chances / chances.sum(axis=1, keepdims=True)).astype(np.float32)[None]
