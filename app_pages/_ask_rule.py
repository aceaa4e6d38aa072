"""The choice of who is asked for ID."""

import json
from pathlib import Path
from typing import Any

import streamlit as st

from age_model.ages import CHALLENGE_AGE, CLEARLY_ADULT, LEGAL_AGE, under_column
from age_model.decision import AskRule
from age_model.gate import likelihoods
from age_model.language import number, tr
from app_pages._errors_parts import percent

ASSETS = Path(__file__).parents[1] / "assets"
USUAL_TARGET = 2  # of 100 people under 18 may pass


def choose_rule(prefix: str, oldest: int, in_address: bool) -> AskRule:
    """Let a rule be chosen; the likelihood only where the model has been fitted for it.

    Args:
        prefix: of the keys in the session state and the page's address.
        oldest: the highest challenge age, years.
        in_address: whether the choice is kept in the page's address, else with the session.
    """
    kept: dict[str, Any] = {"bind": "query-params"} if in_address else {"persist_state": "session"}
    fitted = _fitted()
    # A switch, as its state reads alike in the address whatever the language.
    by_chance = bool(fitted) and st.toggle(
        tr("Ask by the chance of being under {age}").format(age=LEGAL_AGE),
        key=f"{prefix}by_chance",
        help=tr(
            "Off: everybody is asked who looks younger than a challenge age, as shops know it. On: "
            "everybody who is too likely under {age}; where as few people under age pass, fewer "
            "adults are asked."
        ).format(age=LEGAL_AGE),
        **kept,
    )
    if not by_chance:
        return AskRule(_choose_age(prefix, oldest, kept))
    target = st.segmented_control(
        tr("Of 100 people under {age}, so many may pass unasked").format(age=LEGAL_AGE),
        list(fitted),
        default=USUAL_TARGET,
        key=f"{prefix}may_pass",
        required=True,
        **kept,
    )
    rule = AskRule(likelihood=fitted[target])
    measured = _measured(target, rule)
    if measured:
        st.caption(measured)
    return rule


def _choose_age(prefix: str, oldest: int, kept: dict[str, Any]) -> int:
    return st.slider(
        tr("Ask for ID below this age"),
        min_value=LEGAL_AGE,
        max_value=oldest,
        value=CHALLENGE_AGE,
        key=f"{prefix}challenge_age",
        help=tr(
            "Whoever looks younger is asked for ID. Set higher than 18, because an age from a "
            "photo can be some years wrong."
        ),
        **kept,
    )


def _fitted() -> dict[int, float]:
    try:
        return likelihoods(_read("model/model.json"))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}  # pages that need the model say what is wrong with it


def _measured(target: int, rule: AskRule) -> str:
    """Say what the rule, and the challenge age for the same target, came to on the test photos.

    Empty if that was not measured with this model.
    """
    try:
        targets = _read("evaluation/metrics.json")["gate"]["targets"]
        rows = {row["rule"]: row for row in targets if row["target"] == target / 100}
        chance, looks = rows[under_column(LEGAL_AGE)], rows["predicted_age"]
    except (OSError, ValueError, LookupError, TypeError):
        return ""
    if chance["threshold"] != rule.likelihood:
        return ""
    return tr(
        "On the test photos {passing} of those under {minor} passed, and {asked} of those of "
        "{adult} and older were asked. By looks, below {age} years: {passing_looks} and "
        "{asked_looks}."
    ).format(
        minor=LEGAL_AGE,
        adult=CLEARLY_ADULT,
        age=number(looks["threshold"], ".1f"),
        passing=percent(chance["false_pass"], 1),
        asked=percent(chance["false_challenge"], 1),
        passing_looks=percent(looks["false_pass"], 1),
        asked_looks=percent(looks["false_challenge"], 1),
    )


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((ASSETS / name).read_text(encoding="utf-8"))
    return content
