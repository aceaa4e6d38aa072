"""Products and categories that bands buy more or less often than everybody, with intervals."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd

from age_model.store.analysis.band_sums import BandSums, LiftSums
from age_model.store.analysis.purchases import Counted, baskets, count
from age_model.store.record.read import StoreTables
from age_model.store.record.read_months import LongTables
from age_model.store.record.select import Tables
from age_model.store.statistics.age_bands import AgeBands
from age_model.store.statistics.band_weights import WIDER_DOUBTS, BandModel
from age_model.store.statistics.false_discovery_rate import (
    FALSE_DISCOVERY_RATE,
    adjusted_p_values,
    two_sided_p_values,
)
from age_model.store.statistics.model_errors import Lookup

FEWEST_BASKETS = 30  # with the item: fewer are not enough for an age band
AROUND = 5  # years to either side that count as "this age"
Z_95 = 1.959964


def lifts(tables: Tables, model: Counted, kind: str, only: Collection[str] = ()) -> pd.DataFrame:
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
    sums = model.lift_sums(kind) if isinstance(model, BandSums) else _lift_sums(tables, model, kind)
    chosen = [i for i, name in enumerate(model.bands.names) if not only or name in only]
    held, names = sums.held, sums.names
    often = held >= FEWEST_BASKETS
    off = np.hypot(_leaks(sums), _doubts(sums))
    figures = [_band_lifts(sums, band, off[band])[:, often] for band in chosen]
    share, lift, error, z = np.stack(figures, axis=1).reshape(4, -1)
    n = int(often.sum())
    table = pd.DataFrame(
        {
            "band": np.repeat([model.bands.names[band] for band in chosen], n),
            "item": np.tile(names[often], len(chosen)),
            "baskets": np.tile(held[often], len(chosen)),
            "share": share.clip(min=0),
            "share_all": np.tile(held[often] / max(len(model), 1), len(chosen)),
            "lift": lift.clip(min=0),
            "lift_low": (lift - Z_95 * error).clip(min=0),
            "lift_high": (lift + Z_95 * error).clip(min=0),
            "rate": adjusted_p_values(two_sided_p_values(z)),
        }
    )
    if kind == "product":
        table.insert(2, "category", table["item"].map(_categories(tables)).astype(str))
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


def lifts_around(tables: Tables, errors: Lookup, age: int, kind: str) -> tuple[str, pd.DataFrame]:
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
    model = count(tables, errors, bands)
    name = bands.names[int(bands.of(age))]
    return name, lifts(tables, model, kind, (name,))


def _categories(tables: Tables) -> pd.Series:
    return tables.categories() if isinstance(tables, LongTables) else tables.bought.categories()


def _lift_sums(tables: Tables, model: BandModel, kind: str) -> LiftSums:
    """Add up what lifts are made of."""
    assert isinstance(tables, StoreTables)
    rows, codes, names = baskets(tables, kind)
    things = len(names)
    relative = model.weights / model.weights.sum(axis=0)
    of_held = [band[rows] for band in relative.T]
    shares, squares = (
        np.array([np.bincount(codes, band**power, minlength=things) for band in of_held])
        for power in (1, 2)
    )
    doubted = [_shares(weights, rows, codes, things) for weights in model.doubted]
    return LiftSums(
        names,
        len(model),
        np.bincount(codes, minlength=things),
        shares,
        squares,
        (relative**2).sum(axis=0),
        relative.T @ model.probabilities,
        np.array(doubted).reshape(-1, *shares.shape),
    )


def _leaks(sums: LiftSums) -> np.ndarray:
    """Return the bias of lifts from the ridge of `counting_weights`.

    The ridge leaves a band some weight of its neighbours' visits: on average its lift is a mix
    of theirs, by the weight that the visits of each band have in it.

    Returns:
        Estimate minus truth, were the lifts found the true ones, shape (bands, things).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        holds = sums.held / max(sums.visits, 1)
        return (sums.mixed - np.eye(len(sums.mixed))) @ (sums.shares / holds)


def _doubts(sums: LiftSums) -> np.ndarray | float:
    """Return the error of lifts from unmeasured errors of ages, shape (bands, things)."""
    if not len(sums.doubted):
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        holds = sums.held / max(sums.visits, 1)
        away = np.linalg.norm(sums.doubted - sums.shares, axis=0)
        off: np.ndarray = WIDER_DOUBTS * away / holds
    return off


def _shares(weights: np.ndarray, rows: np.ndarray, codes: np.ndarray, things: int) -> np.ndarray:
    """Return the share of each band's visits with each item, shape (bands, things)."""
    relative = weights / weights.sum(axis=0)
    return np.stack([np.bincount(codes, band[rows], minlength=things) for band in relative.T])


def _band_lifts(of: LiftSums, band: int, off: np.ndarray) -> np.ndarray:
    """Return share, lift, its standard error, and its distance from 1 in standard errors.

    The errors are those of linearised ratios (delta method), plus the given `off`; the distance
    uses the error under the null hypothesis that the band buys like everybody. The uncertainty of
    the age mix adds next to nothing: docs/experiments.md.

    Args:
        of: what lifts are made of.
        band: its number.
        off: further errors of the band's lifts, shape (things,).

    Returns:
        Shape (4, things).
    """
    first = of.shares[band]
    sums = _Sums(of.visits, float(of.all_squares[band]), of.held, first, of.squares[band])
    holds, share = of.held / of.visits, first
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = share / holds
        errors = [
            np.sqrt(_spread(sums, of_band, of_all) + off**2)
            for of_band, of_all in ((share, lift), (holds, np.ones(len(off))))
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
