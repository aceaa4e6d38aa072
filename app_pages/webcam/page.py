from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.ages import whole_years
from age_model.i18n.translate import tr, trn
from app_pages.streamlit_fixes.till_screen import PURPOSE, TILL_SCREEN
from app_pages.widgets.answer import show_decision, show_grounds, show_remedies, show_unknown
from app_pages.widgets.camera import examine, show_camera, show_camera_help
from app_pages.widgets.downloads import show_downloads
from app_pages.widgets.model import PRIVACY, load_predictor_or_say_why
from app_pages.widgets.settings import Settings, show_settings
from app_pages.widgets.words import range_in_words

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from age_model.predict.person import Session

# In the session state:
SESSION = "snapshots"  # a Session
CAMERA = "camera number"  # a camera with a new number has no picture
EXAMINED = "examined snapshot"  # its id, and the settings it was examined with

NEXT_PERSON, ANOTHER_PICTURE = "4", "5"  # their keys at the till, for which this is practice
_BUTTON_WIDTH = 250  # pixels, at least: on a phone, the buttons are one above the other


def open_session() -> "Session":
    """Return the snapshots so far."""
    from age_model.predict.person import Session  # takes seconds: the page is drawn before it

    session: Session = st.session_state.setdefault(SESSION, Session())
    return session


def next_snapshot(same_person: bool) -> None:
    """Clear the camera for another snapshot."""
    st.session_state[CAMERA] += 1
    st.session_state[SESSION].await_next(same_person)


def clear() -> None:
    """Forget all snapshots."""
    st.session_state[CAMERA] += 1
    del st.session_state[SESSION]


def show_notes() -> Settings:
    """Show the notes and the settings; return the settings."""
    st.caption(tr("If the camera or this page does not work, ask for ID."))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(tr(PRIVACY), width="stretch")
        return show_settings()


def show_person(session: "Session", settings: Settings, top: "DeltaGenerator") -> None:
    """Show the answer for the person in front, the next steps, and the reasons."""
    session.decide(settings.rule)
    snapshot, observation = session.snapshots[-1], session.observations[-1]
    show_decision(snapshot, observation, top)
    with st.grid(2, min_column_width=_BUTTON_WIDTH):
        _next_button(tr("Same person, take another"), ":material/add_a_photo:", True)
        _next_button(tr("Next person"), ":material/arrow_forward:", False)
    if observation.others:
        text = trn(
            "{count} other face was seen; the buyer is taken to be this one, the largest near the "
            "middle.",
            "{count} other faces were seen; the buyer is taken to be this one, the largest near "
            "the middle.",
            observation.others,
        )
        st.markdown(text.format(count=observation.others))
    show_grounds(snapshot, observation)


def show_waiting(session: "Session") -> None:
    """Show what to do for the next snapshot, in few lines."""
    if not session.same_person:
        st.markdown(
            tr(
                "Look at the camera from about an arm's length, with light on the face, then press "
                "the button."
            )
        )
        return
    show_remedies(session.observations[-1])
    _next_button(tr("Next person"), ":material/arrow_forward:", False)


def show_purpose(session: "Session", waiting: bool) -> None:
    """Show above the camera, where it is always seen, whose picture comes next, and what for."""
    if waiting and session.same_person:
        text = tr("Take another picture of person {person}: ages will be averaged.")
        st.markdown(text.format(person=session.snapshots[-1].person))
    else:
        st.caption(tr("Practice for the till: nothing goes into the store's record."))


def _next_button(label: str, icon: str, same_person: bool) -> None:
    st.button(
        label,
        icon=icon,
        shortcut=ANOTHER_PICTURE if same_person else NEXT_PERSON,
        width="stretch",
        on_click=next_snapshot,
        args=(same_person,),
    )


def show_list(session: "Session") -> None:
    """Show all snapshots, the latest first, with their download."""
    from age_model.predict.person import snapshots_table

    table = snapshots_table(session.snapshots)
    shown = pd.DataFrame(  # the most important first: a phone shows four or five columns
        {
            tr("Time"): table["time"].str[11:19],
            tr("Ask for ID"): table["ask_for_id"],
            tr("Age"): table["age"].map(whole_years, na_action="ignore"),
            tr("Range"): [
                range_in_words(age.age_low, age.age_high) if age else ""
                for age in (snapshot.age for snapshot in session.snapshots)
            ],
            tr("Person"): table["person"],
            tr("Notes"): [" ".join(map(tr, snapshot.notes)) for snapshot in session.snapshots],
        }
    )
    st.header(tr("Snapshots"), anchor=False)
    st.caption(tr("Numbers without pictures, kept until you clear them or reload this page."))
    st.dataframe(
        shown[::-1],
        hide_index=True,
        placeholder="",
        alt=tr("Time, decision, age, range and person of every snapshot"),
        column_config={
            name: st.column_config.Column(width="small") for name in (tr("Time"), tr("Age"))
        },
    )
    with st.container(horizontal=True):
        show_downloads(table)
        st.button(tr("Clear"), icon=":material/delete:", on_click=clear)


st.session_state.setdefault(CAMERA, 0)

st.title(tr("Practice"), anchor=False)
purpose = st.container(key=PURPOSE)
with st.container(key=TILL_SCREEN):
    top = st.container()
    left, right = st.columns(2, gap="medium")
with right:
    picture = show_camera(f"camera {st.session_state[CAMERA]}")
    show_camera_help(
        tr("**No camera:** take the picture with another device and add it on the first page.")
    )
settings = show_notes()
with left:  # on a phone, the answer is above the camera
    answer = st.container()
    predictor = load_predictor_or_say_why()
session = open_session()
with purpose:
    show_purpose(session, not picture)
with answer:
    if predictor is None:
        show_unknown()
    elif picture:
        examine(
            predictor,
            picture,
            settings,
            EXAMINED,
            lambda key, observations, model, time: session.record(
                key, observations[0], model, time
            ),
        )
        show_person(session, settings, top)
    else:
        show_waiting(session)
if session.snapshots:
    show_list(session)
