"""The answer to a snapshot, large enough to be read from a metre away."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.i18n.translate import tr, trn
from age_model.predict.id_rule import Verdict
from app_pages.widgets.verdict import show_large_verdict, why
from app_pages.widgets.words import about_ranges, estimate_in_words, plain, range_in_words

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from age_model.predict.person import AveragedAge, Observation, Snapshot

_CROP_WIDTH = 112  # pixels on screen


def show_decision(snapshot: "Snapshot", observation: "Observation", top: "DeltaGenerator") -> None:
    """Show what to do, the age and its range.

    Args:
        snapshot: what is answered.
        observation: what the snapshot shows.
        top: of the screen, as wide as the page: what to do is shown there.
    """
    face = snapshot.age if observation.face is not None else None
    verdict = snapshot.rule.verdict(face)
    with top:
        show_large_verdict(verdict, why(snapshot.rule, verdict, face))
    if face is None or observation.face is None:
        st.markdown(f"**{plain(tr(observation.problem))}**")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", wrap=False):
        alt = tr("The buyer's face, cut from the snapshot")
        st.image(observation.face.crop, width=_CROP_WIDTH, alt=alt)
        _show_age(face)


def show_grounds(snapshot: "Snapshot", observation: "Observation") -> None:
    """Show what an age stands on and what would make it surer; as in `show_decision`."""
    if snapshot.age is None or observation.face is None:
        return
    from age_model.vision.quality import shortcomings  # takes seconds: the page is drawn before it

    if snapshot.averaged > 1:
        text = trn(
            "Averaged over {count} snapshot.",
            "Averaged over {count} snapshots.",
            snapshot.averaged,
        )
        st.markdown(text.format(count=snapshot.averaged))
    for warning, remedy in shortcomings(observation.face.quality):
        st.markdown(f":material/lightbulb: **{plain(tr(remedy))}** {plain(tr(warning))}")


def show_remedies(observation: "Observation") -> None:
    """Show how the next picture of a person will be better than the last one."""
    if observation.face is None:
        st.info(plain(tr(observation.problem)), icon=":material/lightbulb:")
        return
    from age_model.vision.quality import shortcomings  # takes seconds: the page is drawn before it

    remedies = [tr(remedy) for _, remedy in shortcomings(observation.face.quality)]
    if remedies:
        st.info(plain(" ".join(remedies)), icon=":material/lightbulb:")


def show_unknown() -> None:
    """Show what to do about a buyer of whom there is no picture that can be examined."""
    show_large_verdict(Verdict.CANNOT_TELL, tr("The age cannot be estimated"))


def _show_age(age: "AveragedAge") -> None:
    with st.container(horizontal=True, gap="medium"):  # on a phone, one above the other
        st.metric(tr("Age"), estimate_in_words(age), width="content")
        interval = range_in_words(age.age_low, age.age_high)
        st.metric(tr("Likely"), interval, width="content", help=about_ranges())
