"""The Webcam page's answer to a snapshot, large enough to be read from a metre away."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.decision import cannot_tell
from app_pages._words import count_in_words, estimate_in_words, plain, range_in_words

if TYPE_CHECKING:
    from age_model.averaging import AveragedAge
    from age_model.predictor import FaceEstimate
    from age_model.snapshots import Look, Snapshot

_CROP_WIDTH = 112  # pixels on screen


def show_answer(snapshot: "Snapshot", look: "Look") -> None:
    """Show whether to ask for ID, the age and its range, and what would make it surer.

    Args:
        snapshot: what is answered.
        look: what the snapshot shows.
    """
    if snapshot.age is None or look.face is None:
        show_ask_for_id("No age can be told")
        st.markdown(f"**{plain(look.problem)}**")
        return
    limit = f"{snapshot.challenge_age:g}"
    if snapshot.asked:
        unknown = cannot_tell(snapshot.age)
        show_ask_for_id("No age can be told" if unknown else f"May be under {limit}")
    else:
        _show_decision("No need to ask", f"Looks {limit}+", asked=False)
    _show_age(look.face, snapshot.age)
    st.markdown(_basis(snapshot, look.others))
    _show_advice(look.face)


def show_ask_for_id(reason: str) -> None:
    """Show "Ask for ID" with its reason."""
    _show_decision("Ask for ID", reason, asked=True)


def _show_decision(decision: str, reason: str, asked: bool) -> None:
    # A first-level heading is the largest text there is: about 6 mm high on a usual monitor.
    if asked:
        st.warning(f"# :material/id_card: {decision}\n## {reason}")
    else:
        st.success(f"# :material/check_circle: {decision}\n## {reason}")


def _show_age(face: "FaceEstimate", age: "AveragedAge") -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        st.image(face.crop, width=_CROP_WIDTH, alt="The buyer's face, cut from the snapshot")
        st.metric("Age", estimate_in_words(age), width="content")
        st.metric("Nine times in ten", range_in_words(age.age_low, age.age_high), width="content")


def _basis(snapshot: "Snapshot", others: int) -> str:
    """Say what the age stands on.

    Args:
        snapshot: with an age.
        others: how many other faces are in view.
    """
    text = f"Person {snapshot.person}, from one snapshot."
    if snapshot.averaged > 1:
        text = f"Person {snapshot.person}, averaged over {snapshot.averaged} snapshots."
    if others:
        faces = count_in_words(others, "other face was", "other faces were")
        text += f" {faces} seen; the buyer is taken to be this one, the largest near the middle."
    return text


def _show_advice(face: "FaceEstimate") -> None:
    from age_model.quality import shortcomings  # takes seconds: the page is drawn before it

    for warning, remedy in shortcomings(face.quality):
        st.markdown(f":material/lightbulb: **{plain(remedy)}** {plain(warning)}")
