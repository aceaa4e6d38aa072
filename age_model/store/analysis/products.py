"""Products and categories that bands buy more or less often than everybody, with intervals."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd

from age_model.store.analysis.purchases import baskets
from age_model.store.record.read import StoreTables
from age_model.store.statistics.age_bands import AgeBands
from age_model.store.statistics.band_weights import WIDER_DOUBTS, BandModel, fit_bands
from age_model.store.statistics.false_discovery_rate import (
    FALSE_DISCOVERY_RATE,
    adjusted_p_values,
    two_sided_p_values,
)
from age_model.store.statistics.model_errors import Lookup
from age_model.store.statistics.population import population_of

FEWEST_BASKETS = 30  # with the item: fewer are not enough for an age band
AROUND = 5  # years to either side that count as "this age"
_Z_95 = 1.959964


def lifts(
    tables: StoreTables, model: BandModel, kind: str, only: Collection[str] = ()
) -> pd.DataFrame:
    """Compare how often each item is in a band's baskets and in everybody's (lift).

    Args:
        tables: whose visits `model` was fitted to.
        model: how visits count towards bands.
        kind: "product" or "category".
        only: names of bands; by default all. The false discovery rate is over these.

    Returns:
        One row a band and item that is in at least `FEWEST_BASKETS` baskets: `band`, `item`,
        `category` (for products), `baskets` (of all visits with it), `share` (of the band's
        visits), `share_all`, `lift` (the first share over the second), `lift_low`,
        `lift_high` (95 % interval), `rate` (the lowest false discovery rate at which it
        differs) and `differs` (whether it is, at `FALSE_DISCOVERY_RATE`).
    """
    rows, codes, names = baskets(tables, kind)
    chosen = [i for i, name in enumerate(model.bands.names) if not only or name in only]
    held = np.bincount(codes, minlength=len(names))
    often = held >= FEWEST_BASKETS
    off = np.hypot(_leaks(model, rows, codes, len(names)), _doubts(model, rows, codes, len(names)))
    figures = [
        _band_lifts(model.weights[:, band], rows, codes, off[band])[:, often] for band in chosen
    ]
    share, lift, error, z = np.stack(figures, axis=1).reshape(4, -1)
    count = int(often.sum())
    table = pd.DataFrame(
        {
            "band": np.repeat([model.bands.names[band] for band in chosen], count),
            "item": np.tile(names[often], len(chosen)),
            "baskets": np.tile(held[often], len(chosen)),
            "share": share.clip(min=0),
            "share_all": np.tile(held[often] / max(len(model), 1), len(chosen)),
            "lift": lift.clip(min=0),
            "lift_low": (lift - _Z_95 * error).clip(min=0),
            "lift_high": (lift + _Z_95 * error).clip(min=0),
            "rate": adjusted_p_values(two_sided_p_values(z)),
        }
    )
    if kind == "product":
        table.insert(2, "category", table["item"].map(tables.bought.categories()).astype(str))
    return table.assign(differs=table["rate"] <= FALSE_DISCOVERY_RATE)


def also_bought(table: pd.DataFrame, band: str, count: int = 10) -> pd.DataFrame:
    """Return what a band buys more often than everybody, significant and large lifts first.

    Args:
        table: as `lifts` returns it.
        band: its name.
        count: the most rows.
    """
    chosen = table[(table["band"] == band) & table["differs"] & (table["lift"] > 1)]
    return chosen.nlargest(count, "lift_low").reset_index(drop=True)


def most_telling(table: pd.DataFrame, count: int) -> list[str]:
    """Return the items to show first: of those that some band likes or not, then those bought most.

    Args:
        table: as `lifts` returns it.
        count: the most items.

    Returns:
        Their names, those bought most often first.
    """
    items = table.groupby("item").agg(differs=("differs", "any"), baskets=("baskets", "first"))
    chosen = items.sort_values(["differs", "baskets"], ascending=False).head(count)
    return list(chosen.sort_values("baskets", ascending=False).index)


def lifts_around(
    tables: StoreTables, errors: Lookup, age: int, kind: str
) -> tuple[str, pd.DataFrame]:
    """Compare the baskets of people within `AROUND` years of an age with everybody's.

    Args:
        tables: of at least one visit.
        errors: gives the measured errors of a model version, or None.
        age: completed years.
        kind: "product" or "category".

    Returns:
        The name of the band around the age, and `lifts` of that band alone, with their own false
        discovery rate.
    """
    bands = AgeBands(tuple(start for start in (age - AROUND, age + AROUND + 1) if start >= 1))
    model = fit_bands(population_of(tables.visits, tables.distributions, errors), bands)
    name = bands.names[int(bands.of(age))]
    return name, lifts(tables, model, kind, (name,))


def _leaks(model: BandModel, rows: np.ndarray, codes: np.ndarray, things: int) -> np.ndarray:
    """Return the bias of lifts from the ridge of `counting_weights`.

    The ridge leaves a band some weight of its neighbours' visits: on average its lift is a mix
    of theirs, by the weight that the visits of each band have in it.

    Returns:
        Estimate minus truth, were the lifts found the true ones, shape (bands, things).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        mixed = model.weights.T @ model.probabilities / model.weights.sum(axis=0)[:, None]
        share = _shares(model.weights, rows, codes, things)
        holds = np.bincount(codes, minlength=things) / max(len(model), 1)
        return (mixed - np.eye(len(mixed))) @ (share / holds)


def _doubts(
    model: BandModel, rows: np.ndarray, codes: np.ndarray, things: int
) -> np.ndarray | float:
    """Return the error of lifts from unmeasured errors of ages, shape (bands, things)."""
    if not model.doubted:
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        lifts, *doubted = (
            _shares(weights, rows, codes, things) for weights in (model.weights, *model.doubted)
        )
        holds = np.bincount(codes, minlength=things) / max(len(model), 1)
        away = np.linalg.norm(np.stack(doubted) - lifts, axis=0)
        off: np.ndarray = WIDER_DOUBTS * away / holds
    return off


def _shares(weights: np.ndarray, rows: np.ndarray, codes: np.ndarray, things: int) -> np.ndarray:
    """Return the share of each band's visits with each item, shape (bands, things)."""
    relative = weights / weights.sum(axis=0)
    return np.stack([np.bincount(codes, band[rows], minlength=things) for band in relative.T])


def _band_lifts(
    weight: np.ndarray, rows: np.ndarray, codes: np.ndarray, off: np.ndarray
) -> np.ndarray:
    """Return share, lift, its standard error, and its distance from 1 in standard errors.

    The errors are those of linearised ratios (delta method), plus the given `off`; the distance
    uses the error under the null hypothesis that the band buys like everybody. The uncertainty of
    the age mix adds next to nothing: docs/experiments.md.

    Args:
        weight: with which each visit counts towards the band, shape (n,).
        rows: the visit of each item in a basket, shape (m,).
        codes: the item, shape (m,).
        off: further errors of the band's lifts, shape (things,).

    Returns:
        Shape (4, things).
    """
    visits, things = len(weight), len(off)
    relative = weight / weight.sum()
    of_held = relative[rows]
    count = np.bincount(codes, minlength=things)
    first, second = (np.bincount(codes, of_held**power, minlength=things) for power in (1, 2))
    sums = _Sums(visits, float((relative**2).sum()), count, first, second)
    holds, share = count / visits, first
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = share / holds
        errors = [
            np.sqrt(_spread(sums, of_band, of_all) + off**2)
            for of_band, of_all in ((share, lift), (holds, np.ones(things)))
        ]
        return np.stack([share, lift, errors[0], (lift - 1) / errors[1]])


class _Sums(NamedTuple):
    """Over the visits of a band, by the shares `relative` with which they count.

    Attributes:
        visits: how many.
        squares: of all shares.
        held: visits with each thing, shape (things,).
        first: sums of their shares.
        second: sums of their squares.
    """

    visits: int
    squares: float
    held: np.ndarray
    first: np.ndarray
    second: np.ndarray


def _spread(sums: _Sums, share: np.ndarray, lift: np.ndarray) -> np.ndarray:
    """Return the variance of each thing's lift, shape (things,).

    A visit moves the lift by (relative (y - share) - lift (y - holds) / n) / holds, with y whether
    it holds the thing; the squares of that are added up.
    """
    visits, count = sums.visits, sums.held
    holds = count / visits

    def squares(
        band: np.ndarray, everybody: np.ndarray, added: tuple[np.ndarray, np.ndarray, np.ndarray]
    ) -> np.ndarray:
        zeroth, one, two = added
        return band**2 * two - 2 * band * everybody * one + everybody**2 * zeroth

    held = squares(1 - share, lift * (1 - holds) / visits, (count, sums.first, sums.second))
    others = (visits - count, 1 - sums.first, sums.squares - sums.second)
    return (held + squares(-share, -lift * holds / visits, others)) / holds**2
