"""Each person's probability of being under an age limit, in keeping with the measured errors.

How many of the people with about the same estimate are under the limit follows from the age mix and
the errors measured on the test photos: the weights with which the mix is found. A model's own
probability, of which nobody measured how it carries over to another age mix, says who of them is
likelier: among people of one cell of estimates, its odds are multiplied by the one factor that
brings their mean to what the errors give.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from age_model.ages import under_column
from age_model.store.statistics.age_mix import CELLS, RESAMPLES, MeasuredErrors, cells
from age_model.store.statistics.band_weights import BAND_DOUBT, drawn_doubts, drawn_sizes
from age_model.store.statistics.model_errors import Lookup
from age_model.store.statistics.pooled import Explained, explained, source_of
from age_model.store.statistics.population import rows_of_versions

# Factor on the bootstrap's spread of the shares, for the difference between test photos and others:
# chosen on validation photos, docs/experiments.md.
WIDER = 2.0
_SMALLEST = 1e-9  # of a share that is divided by
_LEAST = 1e-4  # of a model's probability: some thousand photos cannot verify a smaller one
_FARTHEST, _HALVINGS = 40.0, 50  # of the logarithm of a factor, and steps to find it


class UnderLimit(NamedTuple):
    """Who is probably under a limit.

    Attributes:
        chances: each person's probability, shape (n,).
        cell: each person's column of `odds`, int, shape (n,).
        odds: of being under it in bootstrap samples of people and test photos, and with other
            unmeasured errors, divided by those found, shape (`RESAMPLES`, columns).
    """

    chances: np.ndarray
    cell: np.ndarray
    odds: np.ndarray


def under_limit(people: pd.DataFrame, errors: Lookup, limit: int) -> UnderLimit:
    """Estimate who is under a limit.

    Args:
        people: `age`, `age_low`, `age_high` (years), the model's probability of being under the
            limit, and `model_version`, missing where it is unknown.
        errors: gives the measured errors of a model version, or None.
        limit: one of `AGE_LIMITS`.
    """
    if people.empty:
        return UnderLimit(np.zeros(0), np.zeros(0, dtype=int), np.ones((RESAMPLES, CELLS)))
    age, low, high = (people[name].to_numpy(float) for name in ("age", "age_low", "age_high"))
    rows = dict(rows_of_versions(people))
    sources = {version: source_of(age[at], low[at], high[at]) for version, at in rows.items()}
    found = explained(sources, errors, limit)
    cell = cells(age)
    odds = np.ones((RESAMPLES, len(rows) * CELLS))
    shares = np.zeros(len(rows) * CELLS)
    for number, (version, at) in enumerate(rows.items()):
        cell[at] += number * CELLS
        part = slice(number * CELLS, (number + 1) * CELLS)
        shares[part], odds[:, part] = _shares(found, version, limit)
    model = people[under_column(limit)].to_numpy(float).clip(_LEAST, 1 - _LEAST)
    return UnderLimit(_with_means(_odds(model), cell, shares), cell, odds)


def _shares(found: Explained, version: str, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the share of a source's people under the limit by cell, and its odds in samples.

    Returns:
        Shape (`CELLS`,), and as in `UnderLimit`, shape (`RESAMPLES`, `CELLS`).
    """
    share, *drawn = _under(found.mixes, found.errors[0][version], limit)
    spread = WIDER * (np.array(drawn) - share)
    odds = _odds(share)
    relative = _odds(share + spread) / odds
    for doubt, mix, errors in zip(drawn_doubts(), found.doubted, found.errors[1:], strict=False):
        (other,) = _under(mix[None], errors[version], limit)
        relative = relative * (_odds(other) / odds) ** doubt[:, None]
    sizes = drawn_sizes(1, BAND_DOUBT * found.unmeasured)
    return share, relative * sizes


def _under(mixes: np.ndarray, errors: MeasuredErrors, limit: int) -> np.ndarray:
    """Return the shares under the limit of the people in each cell, shape (mixes, `CELLS`)."""
    chances = errors.chances[: len(mixes)]
    seen = (mixes[:, None, :] @ chances)[:, 0]
    under = (mixes[:, None, :limit] @ chances[:, :limit])[:, 0]
    shares: np.ndarray = under.astype(float) / np.maximum(seen, _SMALLEST)
    return shares


def _with_means(odds: np.ndarray, cell: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return probabilities in proportion to odds whose means by cell are the shares, shape (n,)."""
    count = np.maximum(np.bincount(cell, minlength=len(shares)), 1)
    low, high = np.full((2, len(shares)), [[-_FARTHEST], [_FARTHEST]])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        chances = _of_odds(np.exp(middle)[cell] * odds)
        too_low = np.bincount(cell, chances, len(shares)) / count < shares
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return _of_odds(np.exp((low + high) / 2)[cell] * odds)


def _odds(share: np.ndarray) -> np.ndarray:
    share = np.clip(share, _SMALLEST, 1 - _SMALLEST)
    odds: np.ndarray = share / (1 - share)
    return odds


def _of_odds(odds: np.ndarray) -> np.ndarray:
    return odds / (1 + odds)
