"""The settings shared by the Photo and Webcam pages."""

from typing import NamedTuple

import streamlit as st

from age_model.ages import OLDEST_CHALLENGE_AGE
from age_model.i18n.translate import tr
from age_model.predict.id_rule import USUAL_RULE, AskRule
from app_pages.widgets.id_rule import choose_rule

LOWEST_CERTAINTY = 70  # per cent: MTCNN itself drops lower scores
DEFAULT_CERTAINTY = 90


class Settings(NamedTuple):
    """One visitor's settings.

    Attributes:
        rule: who is asked for ID.
        smallest_face: shorter side of a face's box, pixels of the photo.
        min_score: the detector's confidence, 0 to 1.
    """

    rule: AskRule = USUAL_RULE
    smallest_face: int = 0
    min_score: float = DEFAULT_CERTAINTY / 100


def show_settings() -> Settings:
    """Show the settings in a popover; they are in the page's address.

    A value in the address that a slider does not have is ignored.
    """
    with st.popover(tr("Settings"), icon=":material/tune:"):
        rule = choose_rule("", OLDEST_CHALLENGE_AGE, in_address=True)
        smallest_face = st.slider(
            tr("Smallest face, pixels"),
            min_value=0,
            max_value=300,
            value=0,
            step=10,
            key="smallest_face",
            bind="query-params",
            help=tr("Smaller faces, such as people in the background, are left out."),
        )
        certainty = st.slider(
            tr("How certain that it is a face, %"),
            min_value=LOWEST_CERTAINTY,
            max_value=99,
            value=DEFAULT_CERTAINTY,
            key="certainty",
            bind="query-params",
            help=tr("Set it higher if things are taken for faces, lower if faces are missed."),
        )
        st.caption(tr("A bookmark or a link to this page keeps these settings."))
    return Settings(rule, smallest_face, certainty / 100)
