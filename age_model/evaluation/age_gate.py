"""An age gate: who is asked for an ID, so that hardly any minor passes unasked.

A false pass is a person aged 14 to 17 who is not asked, a false challenge a person aged 25 to 34
who is; for both, a lower share is better. Younger children are left out: hardly any tries to
buy or passes for an adult, so that they make any gate look good. So are older adults, whom every
gate lets pass; the share of everybody from 25 is given as well. Ages in between count for neither.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from age_model.ages import (
    CHALLENGE_AGE,
    CHALLENGE_AGES,
    CLEARLY_ADULT,
    LEGAL_AGE,
    MAX_AGE,
    YOUNG_ADULTS_UNTIL,
    YOUNGEST_BUYER,
    under_column,
)
from age_model.evaluation.groups import members
from age_model.evaluation.metrics import share, summarise
from age_model.i18n.message import mark
from age_model.predict.id_rule import ANY_CHANCE, AskRule

TARGETS = ("1", "2.4", "5")  # percent of people aged 14 to 17 who may pass
# Of clear young adults: a rule that asks more of them is soon no longer followed.
MOST_ASKED = 0.2

SMALLEST_CHANCE = 0.0001  # one step of the table's rounding
ENOUGH = 5  # minors who may pass: with fewer, chance would decide who they are
YOUNGEST_READ = 1.0  # years: an estimate of 0 has no logarithm

RULES = ("predicted_age", under_column(LEGAL_AGE), "age_low")
"""Columns of the predictions table that a rule can use: estimate, calibrated probability, and the
lower end of the 90 % interval. The simplest comes first and wins a tie."""

# First age and the age below which they are, by the end of their metrics' names.
_MINORS = {
    "": (YOUNGEST_BUYER, LEGAL_AGE),
    "_16": (LEGAL_AGE - 2, LEGAL_AGE),
    "_17": (LEGAL_AGE - 1, LEGAL_AGE),
}
_ADULTS = {"": (CLEARLY_ADULT, YOUNG_ADULTS_UNTIL), "_all": (CLEARLY_ADULT, np.inf)}


class GateError(ValueError):
    """The gate of a model cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class FittedGate:
    """The gate fitted on a model's validation photos.

    Attributes:
        youngest: the youngest age of the people of whom `limits` lets a share pass, years.
        limits: the probability of being under 18 above which to ask, by the percent of these
            people who may pass, rising; empty where there were too few photos.
        target: the usual one of these percents; None if there is none.
        rule: the usual rule.
    """

    youngest: int
    limits: dict[str, float]
    target: str | None
    rule: AskRule


def fitted_gate(gate: Mapping[str, Any]) -> FittedGate:
    """Return the gate fitted for a model.

    An entry without a usual rule is of a model calibrated when the gate was fitted on everybody
    under 18, most of them children. Its limits are looser for ages 14 to 17, so the strictest is
    the usual one.

    Args:
        gate: the entry `gate` of `model.json`.

    Raises:
        GateError: it is damaged.
    """
    try:
        return _read_gate(gate)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise GateError(
            mark(
                "The entry “gate” of model.json is damaged: copy all files of the model again, or "
                "fit it anew with the command `calibrate`."
            )
        ) from error


def _read_gate(gate: Mapping[str, Any]) -> FittedGate:
    for thresholds in gate.get("thresholds", {}).values():
        if not all(isinstance(value, int | float) for value in thresholds.values()):
            raise TypeError("a threshold is no number")
    fitted = gate.get("thresholds", {}).get(under_column(LEGAL_AGE), {})
    limits = {target: float(fitted[target]) for target in sorted(fitted, key=float)}
    if not limits:
        return FittedGate(YOUNGEST_BUYER, {}, None, AskRule())
    usual = gate.get("usual")
    if usual is None:
        strictest = next(iter(limits))
        return FittedGate(0, limits, strictest, AskRule(CHALLENGE_AGE, limits[strictest]))
    rule = AskRule.of(usual)
    if not 0 <= rule.challenge_age <= MAX_AGE or not 0 <= rule.likelihood <= ANY_CHANCE:
        raise ValueError("the usual rule is none")
    if usual["target"] not in limits:
        raise ValueError("the usual rule has no target")
    return FittedGate(int(gate["youngest"]), limits, usual["target"], rule)


def asked(predictions: pd.DataFrame, rule: str, threshold: float) -> np.ndarray:
    """Return who is asked: those below the threshold, or above it for a probability of being young.

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
    """Choose the thresholds of each rule for each target, the best rule, and the usual one.

    Args:
        valid: the predictions table of the validation photos.

    Returns:
        The entry `gate` of `model.json`; empty without photos of people aged 14 to 17 and 25 to
        34. `youngest`: 14; `rule`: that with the fewest false challenges on average over the
        targets; `thresholds`: by rule and target; `usual`: `target`, `challenge_age` and
        `likelihood` of the usual `AskRule`, the strictest that asks at most `MOST_ASKED` of these
        adults, or the least strict of all.
    """
    minors, adults = _aged(valid, _MINORS[""]), _aged(valid, _ADULTS[""])
    if minors.empty or adults.empty:
        return {}
    thresholds = {
        rule: {target: fit_threshold(minors, rule, float(target)) for target in TARGETS}
        for rule in RULES
    }
    challenged = {
        rule: np.mean([asked(adults, rule, value).mean() for value in by_target.values()])
        for rule, by_target in thresholds.items()
    }
    limits = thresholds[under_column(LEGAL_AGE)]
    rules = {target: fit_rule(adults, limits[target]) for target in TARGETS}
    bearable = [t for t in TARGETS if asked_by(adults, rules[t]).mean() <= MOST_ASKED]
    usual = next(iter(bearable), TARGETS[-1])
    return {
        "youngest": YOUNGEST_BUYER,
        "rule": min(RULES, key=lambda rule: challenged[rule]),
        "thresholds": thresholds,
        "usual": {"target": usual, **asdict(rules[usual])},
    }


def fit_rule(adults: pd.DataFrame, likelihood: float) -> AskRule:
    """Return the rule with this limit of the probability that asks the fewest of these adults.

    The limit alone lets no more minors pass than the target, whatever challenge age a shop adds to
    it. Of the challenge ages that ask equally few, the highest is taken: it costs no question,
    and it catches people who look young where the probability is wrong.

    Args:
        adults: the predictions table of clear adults.
        likelihood: of being under 18, above which everybody is asked.
    """
    rules = [AskRule(age, likelihood) for age in CHALLENGE_AGES]
    return min(rules, key=lambda rule: (asked_by(adults, rule).sum(), -rule.challenge_age))


def asked_by(predictions: pd.DataFrame, rule: AskRule) -> np.ndarray:
    """Return whom a rule asks.

    Args:
        predictions: the predictions table, N rows; an old one without probabilities suffices
            for a rule by the estimate alone.
        rule: who is asked.

    Returns:
        bool, shape (N,).
    """
    return rule.finds_young(predictions.rename(columns={"predicted_age": "age"}))


def fit_threshold(minors: pd.DataFrame, rule: str, target: float) -> float:
    """Return the threshold at which this share of minors passes, and as few people as can be asked.

    Args:
        minors: the predictions table of people under age.
        rule: one of `RULES`.
        target: percent of them that may pass.
    """
    # Rounded first: 2.4 % of 250 should be 6, not 5.999…
    may_pass = int(round(target * len(minors) / 100, 6))
    if may_pass >= ENOUGH:
        return _threshold(minors, rule, may_pass)
    return _predicted_threshold(minors[rule].to_numpy(), rule, target / 100)


def _predicted_threshold(values: np.ndarray, rule: str, share: float) -> float:
    """Return the threshold that one further minor passes with a chance of `share`.

    Of the fifty minors of a small validation split 2.4 percent are one person, whose photo would
    set the rule for a shop. Hence a normal distribution of all of them, of the logit of a
    probability or the logarithm of an age, and its prediction limit (Geisser 1993, Predictive
    Inference, section 2).
    """
    probability = rule == under_column(LEGAL_AGE)
    scores = _logit(values) if probability else np.log(values.clip(min=YOUNGEST_READ))
    spread = scores.std(ddof=1) if len(scores) > 1 else 0.0
    tail = NormalDist().inv_cdf(share) * np.sqrt(1 + 1 / len(scores)) * spread
    if probability:
        limit = 1 / (1 + np.exp(-scores.mean() - tail))
        return round(max(float(limit) - SMALLEST_CHANCE, SMALLEST_CHANCE), 4)
    return round(float(np.exp(scores.mean() - tail)) + 0.01, 2)


def _logit(probabilities: np.ndarray) -> np.ndarray:
    clipped = probabilities.clip(SMALLEST_CHANCE, 1 - SMALLEST_CHANCE)
    return np.log(clipped / (1 - clipped))


def gate_curves(predictions: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Trace false passes against false challenges over the challenge ages.

    Args:
        predictions: the predictions table.

    Returns:
        For the estimate, and for the probability where the table has it, a row for each of
        `CHALLENGE_AGES`: `age`, `threshold`, and the shares of `rule_errors`. The
        probability's threshold for an age is the one at which no more minors of these photos pass
        than by the estimate. Empty without photos of people aged 14 to 17 and 25 to 34.
    """
    minors, adults = _aged(predictions, _MINORS[""]), _aged(predictions, _ADULTS[""])
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
                {
                    "age": age,
                    "threshold": threshold,
                    **_errors(predictions, asked(predictions, rule, threshold)),
                }
                for age, threshold in zip(CHALLENGE_AGES, thresholds, strict=True)
            ]
    return curves


def _threshold(minors: pd.DataFrame, rule: str, may_pass: int) -> float:
    """Return the threshold that asks the fewest people while at most so many minors pass."""
    values = np.sort(minors[rule].to_numpy())
    if may_pass >= len(values):  # all of them: nobody has to be asked
        return ANY_CHANCE if rule == under_column(LEGAL_AGE) else 0.0
    # The threshold lies one step of the table's rounding beyond the first who must be asked.
    if rule == under_column(LEGAL_AGE):
        return round(float(values[may_pass]) - SMALLEST_CHANCE, 4)
    return round(float(values[::-1][may_pass]) + 0.01, 2)


def gate_metrics(predictions: pd.DataFrame, gate: Mapping[str, Any]) -> dict[str, Any]:
    """Count false passes and false challenges in a predictions table of any source.

    Args:
        predictions: the predictions table.
        gate: as `fit_gate` returned it for the model.

    Returns:
        `usual`, the usual rule (`challenge_age`, `likelihood`; by the estimate alone for an old
        table without probabilities) with what `rule_errors` counts;
        `challenge_ages`, the same deciding by the estimate alone; `groups`, the same of the usual
        rule by gender and by ethnicity, with the bias of the estimates for ages 14 to 17,
        years; `targets`, each rule with its threshold for each target, none if `gate` is empty;
        `rule`, the one with the fewest false challenges, or None; `fitted_from`, the youngest
        whom the targets are about.
    """
    fitted = fitted_gate(gate)
    known = [rule for rule in RULES if rule in predictions]
    usual = fitted.rule
    if under_column(LEGAL_AGE) not in known:
        usual = replace(usual, likelihood=ANY_CHANCE)
    return {
        "legal_age": LEGAL_AGE,
        "clearly_adult": CLEARLY_ADULT,
        "usual": {
            "target": fitted.target and round(float(fitted.target) / 100, 4),
            **asdict(usual),
            **rule_errors(predictions, usual),
        },
        "challenge_ages": [
            {"age": age, **rule_errors(predictions, AskRule(age))} for age in CHALLENGE_AGES
        ],
        "groups": [
            {"by": by, "group": group, **_bias(rows), **rule_errors(rows, usual)}
            for by in ("gender", "ethnicity")
            for group, rows in members(predictions, by)
        ],
        "rule": gate.get("rule"),
        "fitted_from": fitted.youngest,
        "targets": [
            {
                "target": round(float(target) / 100, 4),
                "rule": rule,
                "threshold": threshold,
                **_errors(predictions, asked(predictions, rule, threshold)),
            }
            for rule, by_target in gate.get("thresholds", {}).items()
            if rule in known
            for target, threshold in by_target.items()
        ],
    }


def rule_errors(predictions: pd.DataFrame, rule: AskRule) -> dict[str, Any]:
    """Count the false passes and false challenges of a rule.

    Args:
        predictions: the predictions table; with a column `person`, people with several photos
            weigh the same as others.
        rule: who is asked.

    Returns:
        `false_pass` of ages 14 to 17, `false_pass_16` of 16 to 17, `false_pass_17` of 17,
        `false_challenge` of 25 to 34, `false_challenge_all` of all from 25; each with the ends of
        its 95 % Wilson interval, and how many people they are as `n_minors`, `n_minors_16`,
        `n_minors_17`, `n_adults`, `n_adults_all`.
    """
    return _errors(predictions, asked_by(predictions, rule))


def _errors(predictions: pd.DataFrame, is_asked: np.ndarray) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for people, error, ages, wrong in (
        ("n_minors", "false_pass", _MINORS, ~is_asked),
        ("n_adults", "false_challenge", _ADULTS, is_asked),
    ):
        for end, between in ages.items():
            chosen = _is_aged(predictions, between)
            hits = wrong[chosen].astype(float)
            if "person" in predictions:
                hits = pd.Series(hits).groupby(predictions["person"].to_numpy()[chosen]).mean()
            found |= {f"{people}{end}": len(hits), **share(f"{error}{end}", hits)}
    return found


def _bias(predictions: pd.DataFrame) -> dict[str, float | None]:
    minors = _aged(predictions, _MINORS[""])
    names = ("bias", "bias_low", "bias_high")
    if minors.empty:
        return dict.fromkeys(names)
    summary = asdict(summarise(minors["real_age"], minors["predicted_age"]))
    return {name: summary[name] for name in names}


def _aged(predictions: pd.DataFrame, between: tuple[float, float]) -> pd.DataFrame:
    return predictions[_is_aged(predictions, between)]


def _is_aged(predictions: pd.DataFrame, between: tuple[float, float]) -> np.ndarray:
    first, below = between
    real = predictions["real_age"].to_numpy()
    return (real >= first) & (real < below)
