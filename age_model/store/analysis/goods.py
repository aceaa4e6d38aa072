"""Products and categories that are bought more or less often in one of two sets of visits."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from age_model.store.analysis.band_sums import BandSums
from age_model.store.analysis.products import Z_95
from age_model.store.analysis.purchases import Counted, baskets, spend_and_lines
from age_model.store.record.read import StoreTables
from age_model.store.record.select import Tables
from age_model.store.statistics.false_discovery_rate import (
    FALSE_DISCOVERY_RATE,
    adjusted_p_values,
    two_sided_p_values,
)

FEWEST_BASKETS = 30  # with the item, in both sets together; and of each set
# Added to each count, so that what one side never buys has a finite ratio, with a wide interval
# (Walter 1975, Biometrika 62).
_HALF = 0.5


class Goods(NamedTuple):
    """How many baskets have each thing.

    Attributes:
        held: by the thing's name.
        baskets: how many there are: visits whose receipt's lines are known.
    """

    held: pd.Series
    baskets: int


def goods_of(tables: Tables, model: Counted, kind: str) -> Goods:
    """Count the baskets with each thing.

    Args:
        tables: whose visits `model` was fitted to.
        model: how visits count towards bands.
        kind: "product" or "category".
    """
    if isinstance(model, BandSums):
        items = model.items[kind]
        lines = model.parts["hour"].by_group[:, 2].sum()  # of probabilities, 1 a visit
        return Goods(pd.Series(items.held, items.names), round(float(lines)))
    assert isinstance(tables, StoreTables)
    _, codes, names = baskets(tables, kind)
    _, with_lines = spend_and_lines(tables)
    held = pd.Series(np.bincount(codes, minlength=len(names)), names)
    return Goods(held, int(with_lines.sum()))


def compare_goods(first: Goods, second: Goods) -> pd.DataFrame:
    """Compare how often each thing is in the baskets of two sets of visits.

    Baskets count as independent of each other: those of somebody who comes often are not quite.

    Returns:
        One row a thing that is in at least `FEWEST_BASKETS` baskets, those first that differ most
        at least, by the end of the interval nearest to 1; none where a set has fewer baskets:
        `item`, `first` and `second` (shares of the baskets), `times` (the second share over the
        first), `times_low`, `times_high` (95 % interval, from the variance of the logarithm: Katz,
        Baptista, Azen and Pike 1978, Biometrics 34), `rate` (the lowest false discovery rate at
        which it differs) and `differs` (whether it is, at `FALSE_DISCOVERY_RATE`).
    """
    held = pd.DataFrame({"first": first.held, "second": second.held}).fillna(0)
    enough = min(first.baskets, second.baskets) >= FEWEST_BASKETS
    held = held[enough & (held.sum(axis=1) >= FEWEST_BASKETS)]
    counts, sizes = held.to_numpy(float), np.array([first.baskets, second.baskets], dtype=float)
    logs = np.log((counts + _HALF) / (sizes + _HALF))
    ratio = logs[:, 1] - logs[:, 0]
    variance = (1 / (counts + _HALF) - 1 / (sizes + _HALF)).sum(axis=1)
    error = np.sqrt(variance.clip(min=1e-12))
    z = ratio / error
    rate = adjusted_p_values(two_sided_p_values(z))
    table = pd.DataFrame(
        {
            "item": held.index.astype(str),
            "first": counts[:, 0] / max(first.baskets, 1),
            "second": counts[:, 1] / max(second.baskets, 1),
            "times": np.exp(ratio),
            "times_low": np.exp(ratio - Z_95 * error),
            "times_high": np.exp(ratio + Z_95 * error),
            "rate": rate,
            "differs": rate <= FALSE_DISCOVERY_RATE,
        }
    )
    surest = (np.abs(ratio) - Z_95 * error).argsort()[::-1]
    return table.iloc[surest].reset_index(drop=True)
