"""All figures of one predictions table, as JSON and as text."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pandas as pd

from age_model.ages import RANGE_LEVEL
from age_model.figures import with_interval
from age_model.gate import gate_figures
from age_model.groups import group_figures
from age_model.intervals import level_name
from age_model.metrics import CLOSE, MARKS, by_band, constant_baseline, summarise
from age_model.uncertainty import interval_figures, probability_figures, risk_coverage

# Errors that others published on the CORAL test set are of models trained on photos of these ages
# alone, years, which cannot say another age (Cao et al. 2020, arXiv:1901.07884).
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
        Only what JSON can hold; figures with four decimals. `coral_test`, and `coral_test_known`
        of the estimates for ages known to lie in `CORAL_AGES`, are there only if the table marks
        photos of that set, `train_ages` (the youngest and the oldest that the model
        was trained on) only if the card has them; a share of no photos is None.

    Raises:
        ValueError: as `summarise`.
    """
    real, predicted = predictions["real_age"], predictions["predicted_age"]
    constant = float(card["data"]["train_median_age"])
    splits = predictions["split"].unique()
    intervals = interval_figures(predictions)
    report = {
        "model": {key: card[key] for key in ("architecture", "head", "decoding")},
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
        "probabilities": probability_figures(predictions),
        "risk_coverage": risk_coverage(predictions),
        "groups": group_figures(predictions),
        "gate": gate_figures(predictions, card["gate"]),
    }
    rounded: dict[str, Any] = json.loads(
        json.dumps(report), parse_float=lambda digits: round(float(digits), 4)
    )
    return rounded


def format_metrics(metrics: dict[str, Any]) -> str:
    """Lay out a `metrics_report` as text."""
    overall, baseline = metrics["overall"], metrics["baseline"]
    rows = [("MAE", overall)]
    if "coral_test" in metrics:
        rows.append(("MAE, CORAL test set", metrics["coral_test"]))
    if "coral_test_known" in metrics:
        rows.append(("the same, 21-60 known", metrics["coral_test_known"]))
    rows.append((f"MAE, always {baseline['constant_age']:g}", baseline))
    lines = [
        f"{metrics['model']['architecture']}, split {metrics['split']}, {overall['n']} photos; in "
        f"{metrics['photos_without_face']} no face was found (there the whole picture was used)",
        "Errors in years, with 95% intervals:",
        "",
        *(_mae_line(name, summary) for name, summary in rows),
        "",
        f"{'Median error':24}{overall['median_error']:6.2f}",
        f"{'RMSE':24}{overall['rmse']:6.2f}",
        f"{'Bias':24}{with_interval(overall, 'bias', '+6.2f')}",
        f"{f'Within {CLOSE} years':24}{overall['within_5']:6.1%}",
        "",
        *(_coverage_line(level, figures) for level, figures in metrics["intervals"].items()),
        *(_probability_line(age, figures) for age, figures in metrics["probabilities"].items()),
        *_surest_lines(metrics["risk_coverage"]),
        "",
        *(_mark_line(name, mark, overall["mae"]) for name, mark in metrics["marks"].items()),
        "",
        f"{'Real age':10}{'n':>7}{'MAE':>6}{'Bias':>26}",
        *(_band_line(band) for band in metrics["bands"]),
        *_group_lines(metrics["groups"]),
        *_gate_lines(metrics["gate"]),
    ]
    return "\n".join(lines)


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


def _mae_line(name: str, summary: dict[str, Any]) -> str:
    return f"{name:24}{with_interval(summary, 'mae', '6.2f')}  n = {summary['n']}"


def _mark_line(name: str, mark: float, mae: float) -> str:
    return f"{f'Mark: {name}':24}{mark:6.2f}  {'passed' if mae <= mark else 'missed'}"


def _band_line(band: dict[str, Any]) -> str:
    mae, bias = with_interval(band, "mae", "6.2f"), with_interval(band, "bias", "+6.2f")
    return f"{band['band']:10}{band['n']:7}{mae:26}{bias}"


def _coverage_line(level: str, figures: dict[str, Any]) -> str:
    return (
        f"{f'Inside the {level}% range':24}{with_interval(figures, 'coverage', '6.1%')}  "
        f"{figures['mean_width']:.1f} years wide; a constant range: {figures['constant_width']:.1f}"
    )


def _probability_line(age: str, figures: dict[str, Any]) -> str:
    return (
        f"{f'Brier score, under {age}':24}{figures['brier']:6.3f}  always the base rate: "
        f"{figures['brier_base_rate']:.3f}; calibration error {figures['calibration_error']:.1%}"
    )


def _surest_lines(figures: dict[str, Any]) -> Iterator[str]:
    cut = figures["mae_cut_at_80"]
    if cut is not None:
        mae = next(step["mae"] for step in figures["steps"] if step["kept"] == 0.8)
        yield f"{'MAE of the surest 80%':24}{mae:6.2f}  {cut:.1%} less"


def _group_lines(groups: list[dict[str, Any]]) -> Iterator[str]:
    if groups:
        yield ""
        yield f"{'Group':16}{'n':>7}{'MAE':>6}{'Bias':>26}{'MAE at the same ages':>42}"
    for group in groups:
        mae, bias = with_interval(group, "mae", "6.2f"), with_interval(group, "bias", "+6.2f")
        yield f"{group['group']:16}{group['n']:7}{mae:26}{bias:26}{group['mae_same_ages']:6.2f}"


def _gate_lines(gate: dict[str, Any]) -> Iterator[str]:
    if gate["targets"]:
        yield ""
        yield (
            f"Asked for an ID by (best on valid: {gate['rule']}), with n = "
            f"{gate['targets'][0]['n_minors']} under {gate['legal_age']} and "
            f"{gate['targets'][0]['n_adults']} from {gate['clearly_adult']}:"
        )
        yield f"{'':14}{'target':>7}{'threshold':>11}{'false pass':>12}{'false challenge':>30}"
    for row in gate["targets"]:
        yield (
            f"{row['rule']:14}{row['target']:7.0%}{row['threshold']:11.4g}  "
            f"{with_interval(row, 'false_pass', '6.1%'):25}"
            f"{with_interval(row, 'false_challenge', '6.1%')}"
        )
