"""The choice of who is asked for ID."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from age_model.ages import LEGAL_AGE
from age_model.evaluation.age_gate import FittedGate, fitted_gate, rule_errors
from age_model.i18n.translate import number, tr
from age_model.predict.id_rule import AskRule
from age_model.release import Release, released
from app_pages.widgets.numbers import percent, share_interval

if TYPE_CHECKING:
    from age_model.store.tills.rules import StoreRule


def choose_rule(
    prefix: str, oldest: int, in_address: bool, now: "StoreRule | None" = None
) -> AskRule:
    """Show the choice of a rule; of the chance only where the model has been fitted for it.

    Args:
        prefix: of the keys in the session state and the page's address.
        oldest: the highest challenge age, years.
        in_address: whether the choice is in the page's address, else in the session.
        now: a store's rule, at which the choice starts; None for the model's usual one.
    """
    kept: dict[str, Any] = {"bind": "query-params"} if in_address else {"persist_state": "session"}
    fitted, usual = _fitted(), rule_of_store(now)
    start = usual.challenge_age, _target(now)
    age, target = _show_choice(prefix, oldest, *start, kept)
    if target is None:
        return AskRule(age)
    # Set for another model, a rule may have a chance that is none of those on offer.
    rule = usual if (age, target) == start else AskRule(age, fitted.limits[target])
    st.caption(_measured(released(), rule))
    return rule


def choose_store_rule(now: "StoreRule | None", store: str, oldest: int) -> "StoreRule":
    """Show the choice of a store's rule, which starts at the present one.

    Args:
        now: the rule; None where none was set.
        store: whose.
        oldest: the highest challenge age, years.
    """
    from age_model.store.tills.rules import StoreRule

    fitted, rule = _fitted(), rule_of_store(now)
    age, target = _show_choice(f"rule of {store} ", oldest, rule.challenge_age, _target(now), {})
    if target is not None:
        st.caption(_measured(released(), AskRule(age, fitted.limits[target])))
    return StoreRule(age, target)


def rule_of_store(stored: "StoreRule | None") -> AskRule:
    """Return the rule of a store for the present model: see `rule_in_force`."""
    from age_model.store.tills.rules import rule_in_force

    return rule_in_force(stored, _fitted())


def _target(stored: "StoreRule | None") -> str | None:
    """Return the percent who may pass that a store chose, or the usual one."""
    fitted = _fitted()
    return stored.may_pass if stored and stored.may_pass in fitted.limits else fitted.target


def _show_choice(
    prefix: str, oldest: int, age_now: int, target_now: str | None, kept: dict[str, Any]
) -> tuple[int, str | None]:
    """Show the two choices; return the challenge age and the percent who may pass, if any."""
    fitted = _fitted()
    age = st.slider(
        tr("Ask for ID below this age"),
        min_value=LEGAL_AGE,
        max_value=oldest,
        value=age_now,
        key=f"{prefix}challenge_age",
        help=tr(
            "Whoever looks younger is asked for ID. Set higher than 18, because an age from a "
            "photo can be some years wrong."
        ),
        **kept,
    )
    if target_now is None:
        return age, None
    target = st.segmented_control(
        _promise(fitted),
        list(fitted.limits),
        format_func=lambda limit: number(float(limit), "g"),
        default=target_now,
        key=f"{prefix}may_pass",
        required=True,
        help=tr(
            "Whoever is too likely to be under {age} is asked as well. The limit was found on "
            "photos like those that the model was trained on; on others more may pass."
        ).format(age=LEGAL_AGE),
        **kept,
    )
    return age, str(target)


def usual_rule() -> AskRule:
    """Return the rule before anybody chose another: the one fitted for the model in use."""
    return _fitted().rule


def _promise(fitted: FittedGate) -> str:
    if not fitted.youngest:
        text = tr("Of 100 people under {age}, children included, this many may pass unasked")
        return text.format(age=LEGAL_AGE)
    return tr("Of 100 people aged {youngest} to {oldest}, this many may pass unasked").format(
        youngest=fitted.youngest, oldest=LEGAL_AGE - 1
    )


def _fitted() -> FittedGate:
    try:
        return fitted_gate(released().card()["gate"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return fitted_gate({})  # pages that need the model show what is wrong with it


@lru_cache(maxsize=100)
def _counted(release: Release, version: str, rule: AskRule) -> dict[str, Any] | None:
    """Return a rule's errors on the test photos; None if they were not measured.

    Args:
        release: the model with its predictions.
        version: of the model, so that another one at the same place is counted again.
        rule: who is asked.
    """
    try:
        return rule_errors(release.predictions(), rule)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _measured(release: Release, rule: AskRule) -> str:
    """Return a rule's errors on the test photos as text; empty if they were not measured."""
    metrics = _counted(release, release.version, rule)
    if metrics is None or not metrics["n_minors"] or not metrics["n_adults"]:
        return ""
    return tr(
        "The number chosen is the goal that the limit was set to, on other photos. Measured on "
        "the test photos, with the age as well: {passing} of the {minors} people aged 14 to 17 "
        "passed ({interval}), and {asked} of people aged 25 to 34 were asked."
    ).format(
        passing=percent(metrics["false_pass"], 1),
        minors=number(metrics["n_minors"]),
        interval=share_interval(metrics, "false_pass"),
        asked=percent(metrics["false_challenge"], 1),
    )
