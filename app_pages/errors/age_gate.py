"""The view of the Errors page about asking for ID."""

from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from age_model.ages import CHALLENGE_AGE, CHALLENGE_AGES, LEGAL_AGE, under_column
from age_model.evaluation.age_gate import fitted_gate, gate_curves, gate_metrics
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.reports.card_gate import ADULTS, MINORS, how_it_was_chosen, whom_it_asks
from age_model.reports.markdown import share
from age_model.reports.wording import group_title
from app_pages.charts import age_gate
from app_pages.errors.address import GATE_AGE
from app_pages.widgets.metrics import show_chart
from app_pages.widgets.model_choice import chosen_release
from app_pages.widgets.numbers import percent, share_interval
from app_pages.widgets.tables import Heading, show_numbers

PEOPLE = {
    "people": Heading(mark("People of")),
    "n": Heading("n", ","),
    "outcome": Heading(mark("Counted")),
    "share": Heading(mark("Share"), ".1%"),
    "low": Heading(mark("From"), ".1%"),
    "high": Heading(mark("To"), ".1%"),
}
GROUPS = {
    "group": Heading(mark("Group")),
    "n_minors": Heading(mark("n aged 14 to 17"), ","),
    "bias": Heading(mark("Too old (+), too young (−), years"), "+.1f"),
    "bias_low": Heading(mark("That, from"), "+.1f"),
    "bias_high": Heading(mark("That, to"), "+.1f"),
    "false_pass": Heading(mark("14 to 17, not asked"), ".1%"),
    "false_pass_low": Heading(mark("Not asked, from"), ".1%"),
    "false_pass_high": Heading(mark("Not asked, to"), ".1%"),
    "n_adults": Heading(mark("n aged 25 to 34"), ","),
    "false_challenge": Heading(mark("25 to 34, asked"), ".1%"),
    "false_challenge_low": Heading(mark("Asked, from"), ".1%"),
    "false_challenge_high": Heading(mark("Asked, to"), ".1%"),
}


def show_gate(chosen: pd.DataFrame) -> pd.DataFrame | None:
    """Show the errors of the usual rule, and those of a challenge age alone.

    Returns:
        The errors of each rule; None if nobody is of an age that they are about.
    """
    metrics = gate_metrics(chosen, _gate())
    row = metrics["usual"]
    if not row["n_minors"] and not row["n_adults_all"]:
        st.info(tr("None of these photos shows a person aged 14 to 17, or 25 and older."))
        return None
    left, right = st.columns(2, gap="medium")
    with left:
        _show_usual(metrics)
        _show_looks_alone(chosen, metrics, right)
    return _rules_table(metrics)


def _rules_table(metrics: dict[str, Any]) -> pd.DataFrame:
    """Return the errors of the usual rule, and below it those of each challenge age alone."""
    ages = [{"challenge_age": row["age"], **row} for row in metrics["challenge_ages"]]
    table = pd.DataFrame([metrics["usual"], *ages]).drop(columns="age")
    table.insert(0, "rule", ["usual", *["age alone"] * len(ages)])
    return table


def _gate() -> dict[str, Any]:
    try:
        gate: dict[str, Any] = chosen_release().card()["gate"]
        fitted_gate(gate)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}  # the usual rule is then that of the predicted age
    return gate


def _show_usual(metrics: dict[str, Any]) -> None:
    st.markdown(whom_it_asks(metrics), help=how_it_was_chosen(metrics) or None)
    show_numbers(people_table(metrics["usual"]), tr("Who passes and who is asked"), PEOPLE)
    if metrics["groups"]:
        with st.expander(tr("By gender and ethnicity"), icon=":material/groups:"):
            show_numbers(groups_table(metrics["groups"]), tr("By gender and ethnicity"), GROUPS)


def people_table(usual: dict[str, Any]) -> pd.DataFrame:
    """Return a row for each kind of people that a rule's metrics are about.

    Args:
        usual: of `age_gate.rule_errors`.
    """
    rows = [
        {
            "people": tr(ages),
            "n": usual[f"{people}{end}"],
            "outcome": tr(outcome),
            "share": usual[f"{error}{end}"],
            "low": usual[f"{error}{end}_low"],
            "high": usual[f"{error}{end}_high"],
        }
        for people, error, outcome, by_ages in (
            ("n_minors", "false_pass", mark("not asked"), MINORS),
            ("n_adults", "false_challenge", mark("asked"), ADULTS),
        )
        for end, ages in by_ages.items()
    ]
    return pd.DataFrame(rows).astype({"share": float, "low": float, "high": float})


def groups_table(groups: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the groups of `gate_metrics` with the columns of `GROUPS`."""
    table = pd.DataFrame(groups)[list(GROUPS)]
    metrics = [name for name in GROUPS if name not in ("group", "n_minors", "n_adults")]
    return table.assign(group=table["group"].map(group_title)).astype(dict.fromkeys(metrics, float))


def _show_looks_alone(
    chosen: pd.DataFrame, metrics: dict[str, Any], charts: DeltaGenerator
) -> None:
    """Show what a challenge age alone does; its choice and its charts have a place of their own."""
    st.session_state.setdefault(GATE_AGE, CHALLENGE_AGE)
    charts.header(
        tr("By the predicted age alone"),
        help=tr(
            "Here the challenge age alone decides. The usual rule, the tills and “What if” on ID "
            "checks also ask whoever is too likely under 18, so their figures differ."
        ),
        anchor=False,
    )
    age = charts.slider(
        tr("Challenge age, years"),
        CHALLENGE_AGES[0],
        CHALLENGE_AGES[-1],
        key=GATE_AGE,
        persist_state="session",
        width=480,
        help=tr("Everybody whose predicted age is below it is asked for ID."),
    )
    row = next(row for row in metrics["challenge_ages"] if row["age"] == age)
    passes = _share_in_words(row, "false_pass", "n_minors", tr("people aged 14 to 17"))
    challenges = _share_in_words(row, "false_challenge", "n_adults", tr("people aged 25 to 34"))
    st.markdown(
        tr(
            "If only those who look younger than {age} are asked, and nobody by the probability:\n"
            "- Passing unasked though under age: {passes}; by the usual rule {usual_passes}\n"
            "- Asked though clearly adult: {challenges}; by the usual rule {usual_challenges}"
        ).format(
            age=age,
            passes=passes,
            challenges=challenges,
            usual_passes=share(metrics["usual"], "false_pass"),
            usual_challenges=share(metrics["usual"], "false_challenge"),
        )
    )
    errors, curve = charts.tabs([tr("Both errors by age"), tr("One against the other")])
    with errors:
        show_chart(
            tr("False passes and false challenges"),
            tr(
                "A false pass is a person aged 14 to 17 whose predicted age is not below the "
                "challenge age; a false challenge is a person aged 25 to 34 whose predicted age "
                "is. Others are left out; the bars are 95% Wilson intervals."
            ),
            age_gate.gate_errors(metrics, age),
            alt=tr("Shares by challenge age; at {age}: {passes}; {challenges}")
            .format(age=age, passes=passes, challenges=challenges)
            .replace("*", ""),
        )
    with curve:
        _show_curve(chosen, metrics["usual"], age)


def _show_curve(chosen: pd.DataFrame, usual: dict[str, Any], age: int) -> None:
    curves = gate_curves(chosen)
    if not curves:
        return
    by_rule = {
        rule: next(row for row in rows if row["age"] == age) for rule, rows in curves.items()
    }
    words = tr(
        "At challenge age {age}, {passes} of people aged 14 to 17 pass and {asked} of people aged "
        "25 to 34 are asked"
    ).format(
        age=age,
        passes=percent(by_rule["predicted_age"]["false_pass"], 1),
        asked=percent(by_rule["predicted_age"]["false_challenge"], 1),
    )
    if under_column(LEGAL_AGE) in by_rule:
        words += tr("; with as few passing, asking by the probability asks {asked}").format(
            asked=percent(by_rule[under_column(LEGAL_AGE)]["false_challenge"], 1)
        )
    words += tr("; the usual rule lets {passes} pass and asks {asked}").format(
        passes=percent(usual["false_pass"], 1), asked=percent(usual["false_challenge"], 1)
    )
    show_chart(
        tr("One error against the other"),
        tr(
            "A point for each challenge age from {first} to {last}: the nearer to the corner, the "
            "better; the second line asks by the probability of being under age, from the "
            "threshold on at which as few pass. The star is the usual rule, which asks by both; "
            "the bars are 95% Wilson intervals."
        ).format(first=CHALLENGE_AGES[0], last=CHALLENGE_AGES[-1]),
        age_gate.gate_curve(curves, usual, age),
        alt=words,
    )


def _share_in_words(row: dict[str, Any], error: str, count: str, people: str) -> str:
    if not row[count]:
        return tr("there is no photo of {people}").format(people=people)
    return tr("**{share}** of the {count} {people} ({interval})").format(
        share=percent(row[error], 1),
        count=number(row[count]),
        people=people,
        interval=share_interval(row, error),
    )
