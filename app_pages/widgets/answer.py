"""The answer to a snapshot, large enough to be read from a metre away."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.i18n.translate import tr, trn
from app_pages.widgets.words import estimate_in_words, plain, range_in_words, reason_in_words

if TYPE_CHECKING:
    from age_model.predict.person import AveragedAge, Observation, Snapshot

_CROP_WIDTH = 112  # pixels on screen


def show_decision(snapshot: "Snapshot", observation: "Observation", with_face: bool = True) -> None:
    """Show whether to ask for ID, the age and its range.

    Args:
        snapshot: what is answered.
        observation: what the snapshot shows.
        with_face: whether to show the buyer's face next to the age.
    """
    if snapshot.age is None or observation.face is None:
        show_ask_for_id(tr("The age cannot be estimated"))
        st.markdown(f"**{plain(tr(observation.problem))}**")
        return
    reason = reason_in_words(snapshot.rule, snapshot.age)
    if snapshot.asked:
        show_ask_for_id(reason)
    else:
        text = tr("# :material/check_circle: No need to ask\n## {reason}")
        st.success(text.format(reason=reason))
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", wrap=False):
        if with_face:
            alt = tr("The buyer's face, cut from the snapshot")
            st.image(observation.face.crop, width=_CROP_WIDTH, alt=alt)
        _show_age(snapshot.age)


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


def show_ask_for_id(reason: str) -> None:
    """Show "Ask for ID" with its reason."""
    # A first-level heading is the largest text there is: about 6 mm high on a usual monitor.
    st.warning(tr("# :material/id_card: Ask for ID\n## {reason}").format(reason=reason))


def _show_age(age: "AveragedAge") -> None:
    with st.container(horizontal=True, gap="medium"):  # on a phone, one above the other
        st.metric(tr("Age"), estimate_in_words(age), width="content")
        interval = range_in_words(age.age_low, age.age_high)
        st.metric(tr("Likely"), interval, width="content")
