"""Choosing rows of the predictions table: by group, by an area of the chart, by size of error."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from age_model.metrics import age_band


@dataclass(frozen=True)
class Area:
    """Real and predicted ages from and to, in years; both ends belong to it."""

    real: tuple[float, float]
    predicted: tuple[float, float]

    def in_words(self) -> str:
        """Return the area as text.

        >>> Area((20, 30), (40, 60)).in_words()
        'real age 20 to 30, predicted age 40 to 60'
        """
        real, predicted = (f"{low:g} to {high:g}" for low, high in (self.real, self.predicted))
        return f"real age {real}, predicted age {predicted}"


def choose(
    predictions: pd.DataFrame,
    bands: Collection[str] = (),
    groups: Mapping[str, Collection[str]] | None = None,
) -> pd.DataFrame:
    """Return the photos of some age bands and groups.

    Args:
        predictions: the predictions table.
        bands: of `AGE_BANDS`, by the real age; none stands for all.
        groups: by column of the table, the values to keep; none stands for all.
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


def worst_errors(predictions: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the photos with the largest errors, the largest first, with their `error`.

    The error is predicted minus real age, in years. Of equal ones the first in the table is first.
    """
    errors = predictions.assign(error=predictions["predicted_age"] - predictions["real_age"])
    order = errors["error"].abs().sort_values(ascending=False, kind="stable").index
    return errors.loc[order[:count]]
