"""Choosing rows of the predictions table: by group, by an area of the chart, by size of error."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from age_model.evaluation.metrics import age_band

CELL_YEARS = 2  # side of a cell of the density chart


@dataclass(frozen=True)
class Area:
    """A range of real and one of predicted ages, years, ends included."""

    real: tuple[float, float]
    predicted: tuple[float, float]

    def in_short(self) -> str:
        """Return the area as text for a page's address; `area_from` reads it.

        >>> Area((20, 30), (40, 60)).in_short()
        '20-30_40-60'
        """
        return "_".join(f"{low:g}-{high:g}" for low, high in (self.real, self.predicted))


def area_of_cell(real: float, predicted: float) -> Area:
    """Return the cell of the density chart that contains two ages, years.

    >>> area_of_cell(25, 40.5)
    Area(real=(24, 25.99), predicted=(40, 41.99))
    """
    lows = (int(age // CELL_YEARS) * CELL_YEARS for age in (real, predicted))
    # Ages have two decimals; the next whole year belongs to the next cell.
    return Area(*((low, low + CELL_YEARS - 0.01) for low in lows))


def area_from(text: str) -> Area | None:
    """Read what `Area.in_short` wrote; None if the text is not an area.

    >>> area_from("20-30_40-60") == Area((20, 30), (40, 60))
    True
    """
    match = re.fullmatch(r"([\d.]+)-([\d.]+)_([\d.]+)-([\d.]+)", text)
    try:
        ends = [float(end) for end in match.groups()] if match else []
    except ValueError:  # such as 1.2.3
        return None
    if not ends or ends[0] > ends[1] or ends[2] > ends[3]:
        return None
    return Area((ends[0], ends[1]), (ends[2], ends[3]))


def choose(
    predictions: pd.DataFrame,
    bands: Collection[str] = (),
    groups: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """Return the photos of some age bands and groups.

    Args:
        predictions: the predictions table.
        bands: of `AGE_BANDS`, by the real age; none means all.
        groups: by column of the table, the values to keep; none means all.
    """
    keep = pd.Series(True, index=predictions.index)
    if bands:
        keep &= age_band(predictions["real_age"]).isin(list(bands))
    for column, values in (groups or {}).items():
        if values:
            keep &= predictions[column].isin(list(values))
    return predictions[keep]


def inside(predictions: pd.DataFrame, area: Area) -> pd.DataFrame:
    """Return the photos whose real and predicted ages lie in an area."""
    return predictions[
        predictions["real_age"].between(*area.real)
        & predictions["predicted_age"].between(*area.predicted)
    ]


def worst_errors(predictions: pd.DataFrame, count: int | None = None) -> pd.DataFrame:
    """Return the photos with the largest errors, the largest first, with their `error`.

    The error is predicted minus real age, in years. Equal errors keep the order of the table.
    All photos are returned if no `count` is given.
    """
    errors = predictions.assign(error=predictions["predicted_age"] - predictions["real_age"])
    order = errors["error"].abs().sort_values(ascending=False, kind="stable").index
    return errors.loc[order[:count]]
