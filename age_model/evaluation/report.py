"""All metrics of one predictions table, as JSON and as text."""

import json
from dataclasses import asdict
from typing import Any

import pandas as pd

from age_model.ages import RANGE_LEVEL, level_name
from age_model.evaluation.age_gate import gate_metrics
from age_model.evaluation.groups import group_metrics
from age_model.evaluation.metrics import MARKS, by_band, constant_baseline, summarise
from age_model.evaluation.published_forms import published_forms
from age_model.evaluation.uncertainty import interval_metrics, probability_metrics, risk_coverage
from age_model.model.version import maker_of

# Errors published on the CORAL test set are of models trained on photos of these ages alone, in
# years, which cannot predict another age (Cao et al. 2020, arXiv:1901.07884).
CORAL_AGES = (21, 60)
CORAL_COLUMN = "predicted_age_21_60"


def metrics_report(
    predictions: pd.DataFrame, card: dict[str, Any], photos_without_face: int
) -> dict[str, Any]:
    """Make the content of `metrics.json`.

    Args:
        predictions: the predictions table of one split, or of all.
        card: the `model.json` of the model that made it.
        photos_without_face: in how many of these photos no face was found.

    Returns:
        Only what JSON can hold; numbers with four decimals. `coral_test`, and `coral_test_known`
        of the estimates given that the age lies in `CORAL_AGES`, are there only if the table
        marks photos of that set, `train_ages` (the youngest and the oldest that the model was
        trained on) only if the card has them; a share of no photos is None.

    Raises:
        ValueError: as `summarise`.
    """
    real, predicted = predictions["real_age"], predictions["predicted_age"]
    constant = float(card["data"]["train_median_age"])
    splits = predictions["split"].unique()
    intervals = interval_metrics(predictions)
    report = {
        "model": {
            **{key: card[key] for key in ("architecture", "head", "decoding")},
            "maker": maker_of(card),
        },
        "split": str(splits[0]) if len(splits) == 1 else "all",
        "overall": asdict(summarise(real, predicted)),
        **_coral_test(predictions),
        "bands": by_band(predictions).to_dict("records"),
        "baseline": {"constant_age": constant, **asdict(constant_baseline(real, constant))},
        "marks": dict(MARKS),
        **({"train_ages": card["data"]["train_ages"]} if "train_ages" in card["data"] else {}),
        "photos_without_face": photos_without_face,
        "interval_90_coverage": intervals[level_name(RANGE_LEVEL)]["coverage"],
        "intervals": intervals,
        "probabilities": probability_metrics(predictions),
        "risk_coverage": risk_coverage(predictions),
        "groups": group_metrics(predictions),
        "gate": gate_metrics(predictions, card["gate"]),
        "published": published_forms(predictions),
    }
    rounded: dict[str, Any] = json.loads(
        json.dumps(report), parse_float=lambda digits: round(float(digits), 4)
    )
    return rounded


def _coral_test(predictions: pd.DataFrame) -> dict[str, Any]:
    if "coral_test" not in predictions:
        return {}
    chosen = predictions[pd.to_numeric(predictions["coral_test"], errors="coerce") == 1]
    if chosen.empty:
        return {}
    estimates = {"coral_test": "predicted_age", "coral_test_known": CORAL_COLUMN}
    return {
        name: asdict(summarise(chosen["real_age"], chosen[column]))
        for name, column in estimates.items()
        if column in chosen
    }
