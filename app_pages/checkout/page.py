import math
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.visitor import AccessDenied
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from app_pages.checkout.outcomes import (
    CAMERA,
    EXAMINED,
    show_last,
    show_outcomes,
    show_without_outcome,
)
from app_pages.checkout.till import (
    CHECKOUT,
    TROUBLE,
    AtTill,
    is_paired_till,
    sign_in_at_till,
    till_user,
)
from app_pages.streamlit_fixes.document import FACES
from app_pages.streamlit_fixes.till_screen import HEAD, TILL_SCREEN
from app_pages.widgets.answer import show_decision, show_grounds, show_remedies, show_unknown
from app_pages.widgets.camera import examine, local_time, show_camera, show_camera_help
from app_pages.widgets.doors import link_to
from app_pages.widgets.model import PRIVACY, load_predictor_or_say_why
from app_pages.widgets.record import open_record_or_say_why, say_not_recorded
from app_pages.widgets.settings import Settings, show_settings
from app_pages.widgets.verdict import banner
from app_pages.widgets.words import plain, rule_in_words

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from streamlit.delta_generator import DeltaGenerator

    from age_model.model.age_model import AgeModel
    from age_model.predict.predictor import Predictor
    from age_model.store.checkout import Checkout
    from age_model.store.record.add_visit import Place

NO_PICTURE = mark("There is no picture.")
WHERE = ("store", "till", "cashier")  # in the page's address
TYPING = "typing where"  # in the session state: whether store and till were typed on this page
FIELD_WIDTH = 80  # pixels, at least: on a phone, all three fields are in one row
FACE_WIDTH = 150  # pixels on screen, at most, of the faces to choose from, with what is between
SMALLEST_FACE_WIDTH = 80  # pixels: four beside each other on a phone
FACES_A_ROW = 5  # so that two rows, which a tablet has room for, hold all faces with a key
FACE_KEYS = 9  # faces that have a key
SMALL_FACE_WIDTH = 68  # and after the choice: four beside each other on a phone


def open_checkout() -> "Checkout":
    """Return this device's buyers."""
    from age_model.store.checkout import Checkout  # takes seconds: the page is drawn before it

    st.session_state.setdefault(CAMERA, 0)
    checkout: Checkout = st.session_state.setdefault(CHECKOUT, Checkout())
    return checkout


# ---- Where


def ask_where(head: "DeltaGenerator") -> "Place | None":
    """Ask for store, till and cashier once: they stay in the address; None without them."""
    from age_model.store.record.add_visit import Place

    known = [st.session_state.get(key, st.query_params.get(key)) for key in WHERE]
    label = " · ".join(filter(None, known)) or tr("Store, till and cashier")
    # Out of the way once it is filled in: on a phone, the answer should be in view. Who types store
    # and till is not hurried past the cashier: then it folds with the first picture.
    typing = st.session_state.setdefault(TYPING, not all(known[:2]))
    begun = bool(st.session_state.get(CAMERA)) or EXAMINED in st.session_state
    missing = not all(known[:2]) or (typing and not known[2] and not begun)
    where = head.expander(plain(label), icon=":material/storefront:", expanded=missing)
    with where, st.grid(len(WHERE), min_column_width=FIELD_WIDTH, gap="small"):
        store = _typed(tr("Store"), "store")
        till = _typed(tr("Till"), "till")
        cashier = _typed(tr("Cashier"), "cashier")
    if store and till:
        return Place(store, till, cashier)
    with where, st.container(horizontal=True, vertical_alignment="center", wrap=False):
        st.caption(
            tr("Fill in store and till, once for this device: without them, nothing is recorded."),
            width="stretch",
        )
        link_to("webcam")
    return None


def _typed(label: str, key: str) -> str:
    return (st.text_input(label, key=key, bind="query-params", max_chars=60) or "").strip()


# ---- Who is in front


def do_without_picture(problem: str) -> None:
    """Serve a buyer without a picture."""
    from age_model.predict.person import Observation

    open_checkout().see(
        f"no picture {local_time()}", [Observation(problem=problem)], None, local_time()
    )


def choose_buyer(
    checkout: "Checkout", predictor: "Predictor | None", top: "DeltaGenerator"
) -> None:
    """Have the cashier choose the buyer among several faces in view: a tap on the face."""
    choosing = checkout.chosen is None
    if choosing:
        with top, banner("orange"):
            st.warning(
                tr(
                    "# :material/touch_app: Choose the buyer\n## Several faces are in view, here "
                    "from left to right"
                )
            )
    model = predictor.model if predictor else None
    with _rows(len(checkout.observations)) if choosing else st.container(horizontal=True):
        for number, observation in enumerate(checkout.observations):
            with st.container(width="stretch" if choosing else "content", gap="xsmall"):
                if observation.face is not None:
                    alt = tr("Face {number}, cut from the snapshot").format(number=number + 1)
                    st.image(
                        observation.face.crop,
                        width="stretch" if choosing else SMALL_FACE_WIDTH,
                        alt=alt,
                    )
                _choose_button(checkout, number, model)


def _rows(faces: int) -> "DeltaGenerator":
    """Return a grid for faces to choose from: all of one size, in rows of about one length."""
    columns = math.ceil(faces / math.ceil(faces / FACES_A_ROW))
    with st.container(width=columns * FACE_WIDTH):
        return st.grid(columns, min_column_width=SMALLEST_FACE_WIDTH, gap="xsmall", key=FACES)


def _choose_button(checkout: "Checkout", number: int, model: "AgeModel | None") -> None:
    chosen, choosing = number == checkout.chosen, checkout.chosen is None
    has_key = choosing and not checkout.correcting  # otherwise these keys are the outcomes'
    st.button(
        tr("Buyer") if chosen else tr("Face {number}").format(number=number + 1),
        key=f"face {number}",
        icon=":material/check:" if chosen else None,
        shortcut=str(number + 1) if has_key and number < FACE_KEYS else None,
        width="stretch" if choosing else "content",
        on_click=checkout.choose,
        args=(number, model),
    )


def save(
    checkout: "Checkout", engine: "Engine", place: "Place", predictor: "Predictor | None"
) -> None:
    """Record the visit; if that fails, show it below the answer."""
    from age_model.store.record.database import RecordError

    try:
        checkout.save(engine, till_user(engine), place, predictor.model if predictor else None)
    except (RecordError, AccessDenied) as error:
        say_not_recorded(error)


# ---- The page


def show_buyer(
    checkout: "Checkout",
    engine: "Engine | None",
    place: "Place | None",
    predictor: "Predictor | None",
    settings: Settings,
    top: "DeltaGenerator",
) -> None:
    """Show the answer for the buyer in front first, then record the visit."""
    if checkout.chosen is None:
        choose_buyer(checkout, predictor, top)
        if not checkout.correcting:
            show_without_outcome(checkout, predictor)
        return
    checkout.session.decide(settings.rule)
    snapshot, observation = checkout.session.snapshots[-1], checkout.session.observations[-1]
    show_decision(snapshot, observation, top)
    if not checkout.correcting:
        show_outcomes(checkout, snapshot.rule.verdict(snapshot.age), engine, place, predictor)
    if len(checkout.observations) > 1:  # below: the outcomes are in sight, however many faces
        choose_buyer(checkout, predictor, top)
    if engine is not None and not checkout.correcting:
        show_last(checkout, engine)
    show_grounds(snapshot, observation)
    if engine is not None and place is not None:
        save(checkout, engine, place, predictor)


def show_waiting(checkout: "Checkout", predictor: "Predictor | None") -> None:
    """Show what to do for the next buyer; without camera or model, that is to ask."""
    if predictor is None:
        show_unknown()
    elif checkout.session.same_person:
        show_remedies(checkout.session.observations[-1])
    with st.container(horizontal=True, vertical_alignment="center"):  # in sight below the camera
        # Who has just served a buyer knows it, and the line that undoes takes its place.
        if predictor is not None and not checkout.session.same_person and not checkout.finished:
            st.markdown(
                tr("Button or space bar takes the picture: face to the camera, light on the face.")
            )
        st.button(
            tr("Next buyer") if predictor is None else tr("Go on without a picture"),
            icon=f":material/{'arrow_forward' if predictor is None else 'no_photography'}:",
            shortcut="6",
            on_click=do_without_picture,
            args=(NO_PICTURE,),
        )


at_till: AtTill | None = None
place: "Place | None"
if is_paired_till():
    at_till = sign_in_at_till()
    place = at_till.place
else:
    head = st.container(horizontal=True, key=HEAD)  # one line, which leaves room for the camera
    head.title(tr("At the till"), anchor=False, width="content")
    place = ask_where(head)
with st.container(key=TILL_SCREEN):  # two columns: on a tablet, nothing has to be scrolled
    top = st.container()  # as wide as the page, for what to do
    left, right = st.columns([3, 2], gap="medium")
with right:
    camera = st.container()
with st.container():  # below both: on top is what is needed for every buyer
    camera_help = st.container()
    st.caption(tr("If the camera or this page does not work, ask for ID."))
    if at_till:
        st.caption(rule_in_words(at_till.rule))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(tr(PRIVACY), width="stretch")
        settings = Settings(at_till.rule) if at_till else show_settings()
if place is not None:
    place = place._replace(rule=settings.rule)
with left:  # on a phone, the answer is above the camera
    answer = st.container()
    predictor = load_predictor_or_say_why()
    checkout = open_checkout()
    engine = None if at_till and place is None else open_record_or_say_why()
with camera:
    picture = show_camera(f"checkout camera {st.session_state[CAMERA]}") if predictor else None
if predictor:
    with camera_help:
        show_camera_help(
            tr("**A buyer is waiting:** press “Go on without a picture”, and ask for ID.")
        )
with answer:
    trouble = st.session_state.pop(TROUBLE, None)
    if trouble:
        say_not_recorded(trouble)
    if picture and predictor:
        examine(predictor, picture, settings, EXAMINED, checkout.see)
    # While a buyer is in front, the previous one is below, so that the answer keeps its place; the
    # question about an undone outcome is above, away from that answer.
    if engine is not None and (checkout.correcting or not checkout.observations):
        with top if checkout.correcting else st.container():
            show_last(checkout, engine)
    if checkout.observations:
        show_buyer(checkout, engine, place, predictor, settings, top)
    else:
        show_waiting(checkout, predictor)
