"""An age gate: who is asked for an ID, so that hardly anybody under age passes unasked.

A false pass is somebody under the legal age who is not asked, a false challenge somebody clearly
adult who is; a smaller share is better for both. Those in between count for neither.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from age_model.ages import CHALLENGE_AGE, CLEARLY_ADULT, LEGAL_AGE, under_column
from age_model.groups import members
from age_model.metrics import share

CHALLENGE_AGES = range(LEGAL_AGE, 36)
TARGETS = (1, 2, 5)  # percent of those under age who may pass

RULES = ("predicted_age", under_column(LEGAL_AGE), "age_low")
"""Columns of the predictions table to decide by: the estimate, the calibrated probability, the
lower end of the 90 % interval. The simplest comes first and wins a tie."""


def asked(predictions: pd.DataFrame, rule: str, threshold: float) -> np.ndarray:
    """Tell who is asked: those below the threshold, or above it for a probability of being young.

    Args:
        predictions: the predictions table, N rows.
        rule: one of `RULES`.
        threshold: in years, or a probability.

    Returns:
        bool, shape (N,).
    """
    values = predictions[rule].to_numpy()
    return values > threshold if rule == under_column(LEGAL_AGE) else values < threshold


def fit_gate(valid: pd.DataFrame) -> dict[str, Any]:
    """Choose the thresholds of each rule for each target, and the best rule.

    Args:
        valid: the predictions table of the validation photos.

    Returns:
        The entry `gate` of `model.json`: `rule`, the one with the fewest false challenges on
        average over the targets, and `thresholds`, by rule and target; empty without photos of
        people under age and of clear adults.
    """
    minors, adults = _minors(valid), _adults(valid)
    if minors.empty or adults.empty:
        return {}
    thresholds = {
        rule: {str(target): fit_threshold(minors, rule, target) for target in TARGETS}
        for rule in RULES
    }
    challenged = {
        rule: np.mean([asked(adults, rule, value).mean() for value in by_target.values()])
        for rule, by_target in thresholds.items()
    }
    return {"rule": min(RULES, key=lambda rule: challenged[rule]), "thresholds": thresholds}


def fit_threshold(minors: pd.DataFrame, rule: str, target: int) -> float:
    """Return the threshold that asks the fewest people while few enough minors pass.

    Args:
        minors: the predictions table of people under age.
        rule: one of `RULES`.
        target: percent of them that may pass.
    """
    return _threshold(minors, rule, target * len(minors) // 100)


def likelihoods(card: Mapping[str, Any]) -> dict[int, float]:
    """Return which `AskRule.likelihood` lets how many people under 18 pass, as `fit_gate` found.

    Args:
        card: the content of `model.json`.

    Returns:
        By the number of 100 people under 18 who may pass, rising; empty for a model whose
        validation photos had none.
    """
    fitted = card["gate"].get("thresholds", {}).get(under_column(LEGAL_AGE), {})
    return {int(target): fitted[target] for target in sorted(fitted, key=int)}


def gate_curves(predictions: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Trace false passes against false challenges over the challenge ages.

    Args:
        predictions: the predictions table.

    Returns:
        For the estimate, and for the probability where the table has it, a row for each of
        `CHALLENGE_AGES`: `age`, `threshold`, and both shares with their counts and intervals. The
        probability's threshold for an age is the one at which no more minors of these photos pass
        than by the estimate. Empty without photos of people under age and of clear adults.
    """
    minors, adults = _minors(predictions), _adults(predictions)
    if minors.empty or adults.empty:
        return {}
    curves = {}
    for rule in RULES[:2]:
        if rule in predictions:
            thresholds = [
                age
                if rule == "predicted_age"
                else _threshold(minors, rule, int((~asked(minors, "predicted_age", age)).sum()))
                for age in CHALLENGE_AGES
            ]
            curves[rule] = [
                {"age": age, "threshold": threshold, **_errors(predictions, rule, threshold)}
                for age, threshold in zip(CHALLENGE_AGES, thresholds, strict=True)
            ]
    return curves


def _threshold(minors: pd.DataFrame, rule: str, may_pass: int) -> float:
    """Return the threshold that asks the fewest people while at most so many minors pass."""
    values = np.sort(minors[rule].to_numpy())
    if may_pass >= len(values):  # all of them: nobody need be asked
        return 1.0 if rule == under_column(LEGAL_AGE) else 0.0
    # The threshold lies one step of the table's rounding beyond the first who must be asked.
    if rule == under_column(LEGAL_AGE):
        return round(float(values[may_pass]) - 0.0001, 4)
    return round(float(values[::-1][may_pass]) + 0.01, 2)


def gate_figures(predictions: pd.DataFrame, gate: dict[str, Any]) -> dict[str, Any]:
    """Count false passes and false challenges.

    Args:
        predictions: the predictions table.
        gate: as `fit_gate` returned it for the model.

    Returns:
        `challenge_ages`, deciding by the estimate; `groups`, the same at `CHALLENGE_AGE` by gender
        and by ethnicity; `targets`, each rule with its threshold for each target, none if `gate`
        is empty; and `rule`, the one to use, or None.
    """
    fitted = gate.get("thresholds", {})
    return {
        "legal_age": LEGAL_AGE,
        "clearly_adult": CLEARLY_ADULT,
        "challenge_ages": [
            {"age": age, **_errors(predictions, "predicted_age", age)} for age in CHALLENGE_AGES
        ],
        "groups": [
            {"by": by, "group": group, **_errors(rows, "predicted_age", CHALLENGE_AGE)}
            for by in ("gender", "ethnicity")
            for group, rows in members(predictions, by)
        ],
        "rule": gate.get("rule"),
        "targets": [
            {
                "target": int(target) / 100,
                "rule": rule,
                "threshold": threshold,
                **_errors(predictions, rule, threshold),
            }
            for rule, by_target in fitted.items()
            for target, threshold in by_target.items()
        ],
    }


def _errors(predictions: pd.DataFrame, rule: str, threshold: float) -> dict[str, Any]:
    minors, adults = _minors(predictions), _adults(predictions)
    return {
        "n_minors": len(minors),
        **share("false_pass", ~asked(minors, rule, threshold)),
        "n_adults": len(adults),
        **share("false_challenge", asked(adults, rule, threshold)),
    }


def _minors(predictions: pd.DataFrame) -> pd.DataFrame:
    return predictions[predictions["real_age"] < LEGAL_AGE]


def _adults(predictions: pd.DataFrame) -> pd.DataFrame:
    return predictions[predictions["real_age"] >= CLEARLY_ADULT]
