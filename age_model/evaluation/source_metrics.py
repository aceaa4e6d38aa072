"""The errors of several sources of photos, in which a person counts once."""

import json
from typing import Any

import numpy as np
import pandas as pd

from age_model.ages import CLEARLY_ADULT, LEGAL_AGE
from age_model.evaluation.metrics import AGE_BANDS, age_band, bootstrap_means

FULL, HALF = "full", "half"  # a photo as it is, and at half its width and height
YOUNGEST_BUYER = 14  # years: who is younger seldom tries to buy
FEWEST_PEOPLE = 2  # for an interval: one person redrawn is always the same


def source_metrics(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Summarise the errors of each source and size.

    Of a person with several photos the mean counts, so that nobody weighs more than another; the
    95 % intervals are of redrawn people.

    Args:
        table: as of `measure_sources`.

    Returns:
        One entry each, in the order of the table: `source`, `size`, `photos`, `people`,
        `without_face` (photos); `mae`, `bias` (years) and `inside_90` (share of real ages inside
        the 90 % range), each with `_low` and `_high`, None for fewer people than `FEWEST_PEOPLE`;
        `teens`, the photos of people from `YOUNGEST_BUYER` to under `LEGAL_AGE`, and
        `teens_read_adult`, how many of these are read as `CLEARLY_ADULT` or older; `bands` of real
        age and `colours`, those that there are, each with its `photos`, `people`, `mae`, `bias`.
    """
    metrics = [
        {"source": source, "size": size, **_metrics(rows)}
        for (source, size), rows in table.groupby(["source", "size"], sort=False)
    ]
    rounded: list[dict[str, Any]] = json.loads(
        json.dumps(metrics), parse_float=lambda digits: round(float(digits), 4)
    )
    return rounded


def _metrics(rows: pd.DataFrame) -> dict[str, Any]:
    teens = rows[rows["real_age"].between(YOUNGEST_BUYER, LEGAL_AGE, inclusive="left")]
    bands = age_band(rows["real_age"])
    return {
        **_errors(rows),
        "without_face": int((~rows["face_found"].astype(bool)).sum()),
        "teens": len(teens),
        "teens_read_adult": int((teens["predicted_age"] >= CLEARLY_ADULT).sum()),
        "bands": [
            {"band": band, **_errors(rows[bands == band])}
            for band in AGE_BANDS
            if (bands == band).any()
        ],
        "colours": [
            {"colour": str(colour), **_errors(some)} for colour, some in rows.groupby("colour")
        ],
    }


def _errors(rows: pd.DataFrame) -> dict[str, Any]:
    error = (rows["predicted_age"] - rows["real_age"]).round(9)  # without the subtraction's noise
    inside = rows["real_age"].between(rows["age_low"], rows["age_high"])
    people = (
        pd.DataFrame({"mae": error.abs(), "bias": error, "inside_90": inside.astype(float)})
        .groupby(rows["person"])
        .mean()
    )
    ends: tuple[float | None, ...] = (None,) * 2 * people.shape[1]
    if len(people) >= FEWEST_PEOPLE:
        ends = bootstrap_means(*(people[name].to_numpy() for name in people))
    metrics: dict[str, Any] = {"photos": len(rows), "people": len(people)}
    for i, name in enumerate(people):
        metrics[name] = float(np.mean(people[name]))
        metrics[f"{name}_low"], metrics[f"{name}_high"] = ends[2 * i : 2 * i + 2]
    return metrics
