"""Errors by gender, ethnicity and colour of the photo, also as if all groups had the same ages."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd

from age_model.evaluation.metrics import age_band, summarise
from age_model.i18n.message import mark

GROUPINGS = (("gender",), ("ethnicity",), ("gender", "ethnicity"), ("colour",))
METRICS = ("n", "mae", "mae_low", "mae_high", "bias", "bias_low", "bias_high")

# The groups that the shipped tables name; others are shown as they are called.
_NAMES = (
    mark("female"),
    mark("male"),
    mark("Asian"),
    mark("Black"),
    mark("Indian"),
    mark("Other"),
    mark("White"),
    mark("colour"),
    mark("grey"),
)
BETWEEN = ", "  # the two names of a group of two columns


def members(table: pd.DataFrame, *by: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each group's name and rows; none if a column is missing, and no row without a value.

    >>> [name for name, _ in members(pd.DataFrame({"gender": ["male", None]}), "gender")]
    ['male']
    """
    if set(by) <= set(table):
        for values, rows in table.groupby(list(by)):
            yield BETWEEN.join(map(str, values)), rows


def group_metrics(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Summarise the errors of each group.

    Old people are harder to tell the age of, so that a group with more of them has a higher MAE.
    `mae_same_ages` therefore weighs a group's age bands as they are among all photos;
    `same_ages_ratio` divides it by the MAE of all photos in the same bands.

    Args:
        predictions: the predictions table.

    Returns:
        One entry a group by gender, by ethnicity, by both and by colour, where the table has it:
        `by`, `group`, `METRICS`, `mae_same_ages`, `same_ages_ratio`.
    """
    return [
        {"by": " and ".join(by), "group": name, **_errors(rows), **_same_ages(rows, predictions)}
        for by in GROUPINGS
        for name, rows in members(predictions, *by)
    ]


def _errors(rows: pd.DataFrame) -> dict[str, Any]:
    summary = asdict(summarise(rows["real_age"], rows["predicted_age"]))
    return {metric: summary[metric] for metric in METRICS}


def _same_ages(rows: pd.DataFrame, everybody: pd.DataFrame) -> dict[str, float | None]:
    group, overall = _band_errors(rows)["mean"], _band_errors(everybody)
    overall = overall.loc[group.index]  # bands that the group lacks count on neither side
    mae, reference = ((errors * overall["count"]).sum() for errors in (group, overall["mean"]))
    return {
        "mae_same_ages": float(mae / overall["count"].sum()),
        "same_ages_ratio": float(mae / reference) if reference else None,
    }


def _band_errors(rows: pd.DataFrame) -> pd.DataFrame:
    """Return `mean` and `count` of the absolute errors of each band of real age that has photos."""
    errors = (rows["predicted_age"] - rows["real_age"]).abs()
    return errors.groupby(age_band(rows["real_age"]), observed=True).agg(["mean", "count"])
