"""The four verdicts on a buyer, in words and colours."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple

import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from age_model.predict.id_rule import Aged, AskRule, Verdict
from app_pages.widgets.words import interval_in_words, reason_in_words

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

Colour = Literal["red", "orange", "blue", "green"]

BANNER = "verdict"  # begins the key of a large verdict's container; its colour follows


class Look(NamedTuple):
    """How a verdict is shown.

    Attributes:
        words: what to do.
        short: the same in a list of many faces; empty where nothing is to be done.
        icon: beside it.
        box: draws the full-width box in its colour.
        colour: the same colour, of a badge.
    """

    words: str
    short: str
    icon: str
    box: "Callable[..., DeltaGenerator]"
    colour: Colour


LOOKS = {
    Verdict.CHILD: Look(
        mark("Do not sell: a child"), mark("a child"), ":material/block:", st.error, "red"
    ),
    Verdict.ASK: Look(
        mark("Ask for ID"), mark("ask for ID"), ":material/id_card:", st.warning, "orange"
    ),
    Verdict.CANNOT_TELL: Look(
        mark("Cannot tell, ask for ID"), mark("ask for ID"), ":material/help:", st.info, "blue"
    ),
    Verdict.NO_NEED: Look(
        mark("No need to ask"), "", ":material/check_circle:", st.success, "green"
    ),
}


def show_large_verdict(verdict: Verdict, reason: str) -> None:
    """Show what to do, and why, to be read from a metre away."""
    look = LOOKS[verdict]
    with banner(look.colour):
        # A first-level heading is the largest text there is: about 6 mm high on a usual monitor.
        look.box(f"# {look.icon} {tr(look.words)}\n## {reason}")


def banner(colour: Colour) -> "DeltaGenerator":
    """Return a container in which a box is filled with a strong colour."""
    return st.container(key=f"{BANNER} {colour}")


def show_verdict(verdict: Verdict, reason: str) -> None:
    """Show what to do, and why, on the card of a face, which says itself that it cannot tell."""
    look = LOOKS[verdict]
    words = LOOKS[Verdict.ASK].words if verdict == Verdict.CANNOT_TELL else look.words
    look.box(f"**{tr(words)}.** {reason}", icon=look.icon)


def why(rule: AskRule, verdict: Verdict, face: Aged | None) -> str:
    """Return why a verdict was given, in the reader's language."""
    if face is None:
        return tr("The age cannot be estimated")
    if verdict == Verdict.CHILD:
        return interval_in_words(face.age_low, face.age_high)
    return reason_in_words(rule, face)
