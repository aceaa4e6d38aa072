"""Error metrics of several sources of photos, each person weighted once."""

import json
from typing import Any

import numpy as np
import pandas as pd

from age_model.ages import CLEARLY_ADULT, LEGAL_AGE, YOUNGEST_BUYER
from age_model.evaluation.age_gate import rule_errors
from age_model.evaluation.metrics import AGE_BANDS, age_band, bootstrap_means
from age_model.predict.id_rule import AskRule

FULL, HALF = "full", "half"  # a photo as it is, and at half its width and height
FEWEST_PEOPLE = 2  # for an interval: the bootstrap of one person is constant


def source_metrics(table: pd.DataFrame, rule: AskRule) -> list[dict[str, Any]]:
    """Summarise the errors of each source and size.

    Several photos of a person are averaged, so that everybody weighs the same; the 95 %
    intervals are from a bootstrap over people.

    Args:
        table: as of `measure_sources`.
        rule: who is asked for ID.

    Returns:
        One entry each, in the order of the table: `source`, `size`, `photos`, `people`,
        `without_face` (photos); `mae`, `bias` (years) and `inside_90` (share of real ages inside
        the 90 % range), each with `_low` and `_high`, None for fewer people than `FEWEST_PEOPLE`;
        `teens`, the photos of people from `YOUNGEST_BUYER` to under `LEGAL_AGE`, and
        `teens_read_adult`, how many of these are predicted `CLEARLY_ADULT` or older; `gate`, the
        metrics of `age_gate.rule_errors`; `bands` of
        real age and `colours`, where there are any, each with `photos`, `people`, `mae`, `bias`.
    """
    metrics = [
        {"source": source, "size": size, **_metrics(rows), "gate": rule_errors(rows, rule)}
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
    error = (rows["predicted_age"] - rows["real_age"]).round(9)  # without floating-point noise
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
