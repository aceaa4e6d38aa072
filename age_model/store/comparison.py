"""Two periods or two stores side by side, band by band."""

import numpy as np
import pandas as pd

from age_model.store.counting import BandModel, Totals
from age_model.store.discoveries import told_apart
from age_model.store.purchases import measured
from age_model.store.tables import StoreTables


def compare(
    first: tuple[StoreTables, BandModel], second: tuple[StoreTables, BandModel], measure: str
) -> pd.DataFrame:
    """Compare what each band does in two sets of visits; visits and spend are for each day.

    Args:
        first: tables, and how their visits count.
        second: the same of others, for the same bands.
        measure: one of `purchases.MEASURES`.

    Returns:
        One row a band: `band`, `first`, `second`, `difference` (second minus first), `low`, `high`
        (95 % interval of the difference) and `differs` (whether it is more than chance, with few
        false discoveries among the bands).
    """
    one, other = (_for_each_day(*side, measure) for side in (first, second))
    # The two sets are drawn apart: turning one's draws round keeps them so.
    redrawn = (np.roll(other.redrawn, 1, axis=0) - one.redrawn)[..., 0]
    difference = (other.value - one.value)[:, 0]
    low, high = np.quantile(redrawn, [0.025, 0.975], axis=0)
    return pd.DataFrame(
        {
            "band": first[1].bands.names,
            "first": one.value[:, 0].clip(min=0),
            "second": other.value[:, 0].clip(min=0),
            "difference": difference,
            "low": low,
            "high": high,
            "differs": told_apart(difference, redrawn),
        }
    )


def days(tables: StoreTables) -> int:
    """Return on how many different days there were visits."""
    return tables.visits["time"].dt.normalize().nunique()


def _for_each_day(tables: StoreTables, model: BandModel, measure: str) -> Totals:
    figure = measured(tables, model, measure)
    return figure if measure == "basket" else figure.scaled(1 / max(days(tables), 1))
