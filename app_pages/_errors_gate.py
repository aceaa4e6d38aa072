"""The view of the Test errors page about asking for ID."""

from typing import Any

import pandas as pd
import streamlit as st

from age_model import charts_errors
from age_model.ages import CHALLENGE_AGE, LEGAL_AGE, under_column
from age_model.gate import CHALLENGE_AGES, gate_curves, gate_figures
from age_model.language import number, tr
from app_pages._errors_address import GATE_AGE
from app_pages._errors_parts import percent, share_interval, show_chart, two_columns


def show_gate(chosen: pd.DataFrame) -> None:
    """Show who would pass and who would be asked for ID at a challenge age."""
    figures = gate_figures(chosen, {})
    st.session_state.setdefault(GATE_AGE, CHALLENGE_AGE)
    age = st.slider(
        tr("Challenge age, years"),
        CHALLENGE_AGES[0],
        CHALLENGE_AGES[-1],
        key=GATE_AGE,
        persist_state="session",
        width=480,
        help=tr("Everybody whose predicted age is below it is asked for ID."),
    )
    row = next(row for row in figures["challenge_ages"] if row["age"] == age)
    minor, adult = figures["legal_age"], figures["clearly_adult"]
    if not row["n_minors"] and not row["n_adults"]:
        st.info(
            tr("None of these photos is of somebody under {minor} or of {adult} and older.").format(
                minor=minor, adult=adult
            )
        )
        return
    passes = _share_in_words(
        row, "false_pass", "n_minors", tr("people under {age}").format(age=minor)
    )
    challenges = _share_in_words(
        row, "false_challenge", "n_adults", tr("people of {age} and older").format(age=adult)
    )
    st.markdown(
        tr(
            "If everybody who looks younger than {age} is asked for ID:\n"
            "- Passing unasked though under age: {passes}\n"
            "- Asked though clearly adult: {challenges}"
        ).format(age=age, passes=passes, challenges=challenges)
    )
    with two_columns():
        show_chart(
            tr("False passes and false challenges"),
            tr(
                "A false pass is somebody under {minor} whose predicted age is not below the "
                "challenge age, a false challenge somebody of {adult} or older whose predicted age "
                "is; those in between count for neither, and the bars are 95% Wilson intervals."
            ).format(minor=minor, adult=adult),
            charts_errors.gate_errors(figures, age),
            alt=tr("Shares by challenge age; at {age}: {passes}; {challenges}")
            .format(age=age, passes=passes, challenges=challenges)
            .replace("*", ""),
        )
        _show_curve(chosen, age)


def _show_curve(chosen: pd.DataFrame, age: int) -> None:
    curves = gate_curves(chosen)
    if not curves:
        return
    by_rule = {
        rule: next(row for row in rows if row["age"] == age) for rule, rows in curves.items()
    }
    words = tr(
        "At challenge age {age}, {passes} of those under age pass and {asked} of the clear adults "
        "are asked"
    ).format(
        age=age,
        passes=percent(by_rule["predicted_age"]["false_pass"], 1),
        asked=percent(by_rule["predicted_age"]["false_challenge"], 1),
    )
    if under_column(LEGAL_AGE) in by_rule:
        words += tr("; with as few passing, asking by the probability asks {asked}").format(
            asked=percent(by_rule[under_column(LEGAL_AGE)]["false_challenge"], 1)
        )
    show_chart(
        tr("One against the other"),
        tr(
            "A point for each challenge age from {first} to {last}: the nearer to the corner, the "
            "better; the second line asks by the probability of being under age, from the "
            "threshold on at which as few pass, and the bars are 95% Wilson intervals."
        ).format(first=CHALLENGE_AGES[0], last=CHALLENGE_AGES[-1]),
        charts_errors.gate_curve(curves, age),
        alt=words,
    )


def _share_in_words(row: dict[str, Any], share: str, count: str, people: str) -> str:
    if not row[count]:
        return tr("of {people} there is no photo").format(people=people)
    return tr("**{share}** of the {count} {people} ({interval})").format(
        share=percent(row[share], 1),
        count=number(row[count]),
        people=people,
        interval=share_interval(row, share),
    )
