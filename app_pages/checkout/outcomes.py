"""The outcome of an ID check at the checkout: one tap, and a minute to undo it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.visitor import AccessDenied
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from age_model.predict.id_rule import Verdict
from app_pages.checkout.till import TROUBLE, till_user
from app_pages.streamlit_fixes.document import LARGE_BUTTONS
from app_pages.streamlit_fixes.till_screen import LIKELY, PREVIOUS, UNDONE

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.model.age_model import AgeModel
    from age_model.predict.predictor import Predictor
    from age_model.store.checkout import Checkout
    from age_model.store.record.add_visit import Place

# In the session state:
CAMERA = "checkout camera"  # a camera with a new number has no picture
EXAMINED = "examined at checkout"  # the picture's id, and the settings it was examined with

OUTCOMES = {  # as they are recorded: on screen, icon, key, which a hand learns: always the same
    "ID shown": (mark("ID shown"), ":material/id_card:", "1"),
    "not asked": (mark("Sold, not asked"), ":material/do_not_disturb_on:", "2"),
    "sale refused": (mark("Sale refused"), ":material/block:", "3"),
}
# The likely one, large, also by Enter, then two with the next buyer's button between them: a finger
# that misses never takes a refused sale for an ID that was shown.
ORDERS = {
    Verdict.CHILD: ("sale refused", "not asked", "ID shown"),
    Verdict.ASK: ("ID shown", "not asked", "sale refused"),
    Verdict.CANNOT_TELL: ("ID shown", "not asked", "sale refused"),
    Verdict.NO_NEED: ("not asked", "ID shown", "sale refused"),
}
NO_ALCOHOL = "4"  # its key, for the buyer in front and for the previous one
UNDO_CHECK = 5  # seconds between checks whether it is too late


def show_outcomes(
    checkout: "Checkout",
    verdict: Verdict,
    engine: "Engine | None",
    place: "Place | None",
    predictor: "Predictor | None",
) -> None:
    """Offer the outcomes of a check, the likely one first, and the next steps."""
    model = predictor.model if predictor else None
    if engine is None or place is None:
        if engine is not None:  # else the page says already why nothing is recorded
            text = tr("Nothing is recorded yet: fill in store and till at the top of this page.")
            st.markdown(text)
        show_without_outcome(checkout, predictor)
        return
    record = partial(_finish, checkout, engine, place, model)
    likely, second, third = ORDERS[verdict]
    with st.container(key=LARGE_BUTTONS):
        with st.container(key=LIKELY):
            _outcome_button(likely, record)
        with st.container(horizontal=True):
            _outcome_button(second, record)
            _next_buyer_button(checkout)
            _outcome_button(third, record)
    if predictor is not None:
        _another_picture_button(checkout)


def show_without_outcome(checkout: "Checkout", predictor: "Predictor | None") -> None:
    """Offer the steps that record no outcome."""
    with st.container(horizontal=True):
        _next_buyer_button(checkout)
        if predictor is not None:
            _another_picture_button(checkout)


def _next_buyer_button(checkout: "Checkout") -> None:
    st.button(
        tr("No alcohol, next buyer"),
        icon=":material/arrow_forward:",
        shortcut=_unless_a_face(checkout, NO_ALCOHOL),
        width="stretch",
        on_click=_next_buyer,
        args=(checkout,),
    )


def _another_picture_button(checkout: "Checkout") -> None:
    st.button(
        tr("Same buyer, take another picture"),
        icon=":material/add_a_photo:",
        shortcut=_unless_a_face(checkout, "5"),
        on_click=_another_picture,
        args=(checkout,),
    )


def _unless_a_face(checkout: "Checkout", key: str) -> str | None:
    """Return a key, unless it now chooses one of several faces."""
    faces = len(checkout.observations) if checkout.chosen is None else 0
    return key if int(key) > faces else None


def _outcome_button(outcome: str, record: Callable[[str], None], key: str = "outcome") -> None:
    label, icon, shortcut = OUTCOMES[outcome]
    st.button(
        f"**{tr(label)}**",
        key=f"{key} {outcome}",
        icon=icon,
        shortcut=shortcut,
        width="stretch",
        on_click=record,
        args=(outcome,),
    )


def _finish(
    checkout: "Checkout", engine: "Engine", place: "Place", model: "AgeModel | None", outcome: str
) -> None:
    with _noting_trouble():
        checkout.finish(engine, till_user(engine), place, model, outcome)
        _empty_camera()


def _next_buyer(checkout: "Checkout") -> None:
    checkout.next_buyer()
    _empty_camera()


def _another_picture(checkout: "Checkout") -> None:
    checkout.another_picture()
    _empty_camera()


def _empty_camera() -> None:
    st.session_state[CAMERA] += 1
    st.session_state.pop(EXAMINED, None)


@contextmanager
def _noting_trouble() -> Iterator[None]:
    """Remember why something was not recorded, to be shown on the page."""
    from age_model.store.record.database import RecordError

    try:
        yield
    except (RecordError, AccessDenied) as error:
        st.session_state[TROUBLE] = str(error)


def show_last(checkout: "Checkout", engine: "Engine") -> None:
    """Show the previous buyer's outcome, or that there was none: for a minute, it can be undone."""
    last = checkout.finished
    if last is None or not checkout.can_undo():
        checkout.finished = None
        return
    _end_in_time(checkout)
    time = f"{last.time:%H:%M}"
    if last.undone:
        _ask_for_another(checkout, engine, time)
        return
    if checkout.observations:
        st.divider()  # what is above is of the buyer in front
    with st.container(horizontal=True, vertical_alignment="center", key=PREVIOUS):
        st.markdown(_last_in_words(last.outcome, time), width="content")
        st.button(
            tr("Undo"),
            icon=":material/undo:",
            shortcut="0",
            on_click=_undo,
            args=(checkout, engine),
        )


def _last_in_words(outcome: str | None, time: str) -> str:
    if outcome is None:
        return tr("Previous buyer, {time}: **no alcohol**").format(time=time)
    text = tr("Previous buyer, {time}. Recorded: **{outcome}**")
    return text.format(time=time, outcome=tr(OUTCOMES[outcome][0]))


def _ask_for_another(checkout: "Checkout", engine: "Engine", time: str) -> None:
    correct = partial(_correct, checkout, engine)
    with st.container(border=True, key=UNDONE):
        st.markdown(
            tr(
                "**Undone: the buyer of {time}.** What was the outcome of the previous buyer's "
                "check?"
            ).format(time=time)
        )
        with st.container(horizontal=True, key=LARGE_BUTTONS):
            # Keys of their own: a late click for the buyer in front must not count here.
            for outcome in OUTCOMES:
                _outcome_button(outcome, correct, "corrected outcome")
            st.button(
                tr("No alcohol"),
                icon=":material/no_drinks:",
                shortcut=NO_ALCOHOL,
                width="stretch",
                on_click=correct,
                args=(None,),
            )


@st.fragment(run_every=UNDO_CHECK)
def _end_in_time(checkout: "Checkout") -> None:
    """Redraw the page when it is too late to undo.

    The buttons are not in this fragment: pressed there, they would not update the outcomes of the
    buyer in front.
    """
    if not checkout.can_undo():
        st.rerun()


def _undo(checkout: "Checkout", engine: "Engine") -> None:
    with _noting_trouble():
        checkout.undo(engine, till_user(engine))


def _correct(checkout: "Checkout", engine: "Engine", outcome: str | None) -> None:
    with _noting_trouble():
        checkout.correct(engine, till_user(engine), outcome)
