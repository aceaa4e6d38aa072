"""A paired till: the device shows its token, and the cashier her PIN.

Its store, its till and its rule come from the record. Nothing in the page's address but the token
is read, and nothing on the page changes them.
"""

from typing import TYPE_CHECKING, NamedTuple, NoReturn

import streamlit as st

from age_model.access.configuration import access_in_use
from age_model.access.rights import Action
from age_model.access.visitor import AccessDenied, Visitor
from age_model.i18n.message import Sentence
from age_model.i18n.translate import tr
from age_model.predict.id_rule import AskRule
from age_model.store.tills.names import says_till
from app_pages.streamlit_fixes.document import LARGE_BUTTONS
from app_pages.widgets.answer import show_unknown
from app_pages.widgets.id_rule import rule_of_store
from app_pages.widgets.record import open_record_or_say_why, say_not_recorded
from app_pages.widgets.till import TOKEN, find_known_till
from app_pages.widgets.times import local
from app_pages.widgets.visitor import current_visitor
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.record.add_visit import Place
    from age_model.store.tills.cashiers import Cashier
    from age_model.store.tills.pairing import PairedTill

# In the session state:
CASHIER = "cashier at this till"  # who signed in, a Cashier
CHECKOUT = "checkout"  # a Checkout
OUT = "signed out at this till"  # why nobody is signed in
PAIRED = "paired just now"  # whether this device was, so that its address is bookmarked
TROUBLE = "checkout trouble"  # why the last thing was not recorded

PIN_LENGTH = 12  # characters of the field: a PIN has fewer

_rules: dict[str, AskRule] = {}  # by the token of the till: those read since the server was started


class AtTill(NamedTuple):
    """Where a signed-in cashier is, and by what rule she asks.

    Attributes:
        place: None where the record cannot be read.
        rule: the store's.
    """

    place: "Place | None"
    rule: AskRule


def is_paired_till() -> bool:
    """Return whether the page is for a paired device: said by the address, or by access.toml."""
    return TOKEN in st.query_params or access_in_use() is not None


def till_user(engine: "Engine") -> Visitor:
    """Return who uses the till now.

    Raises:
        AccessDenied: the device is no till any more, or the cashier may not go on.
        RecordError: that cannot be looked up.
    """
    if not is_paired_till():
        return current_visitor()
    till, cashier = _till(engine), st.session_state.get(CASHIER)
    if till is None or cashier is None or _why_out(engine, till, cashier) is not None:
        raise AccessDenied(Sentence("This till is signed out: sign in again."))
    visitor: Visitor = cashier.visitor
    return visitor


def sign_in_at_till() -> AtTill:
    """Return where the cashier is, once device and cashier are known; until then, ask for them.

    Where the record cannot be read, a device that has been a till before goes on without it.
    """
    from age_model.store.record.database import RecordError

    engine = open_record_or_say_why()
    try:
        if engine is not None:
            return _signed_in(engine)
    except RecordError as error:
        say_not_recorded(error)
    return _without_record()


def _signed_in(engine: "Engine") -> AtTill:
    till = _till(engine)
    if till is None:
        _ask_for_code(engine)
    cashier = st.session_state.get(CASHIER)
    if cashier is not None:
        out = _why_out(engine, till, cashier)
        if out is not None:
            leave_till()
            st.session_state[OUT], cashier = out, None
    if cashier is None:
        _ask_who(engine, till)
    return _show_till(engine, till, cashier)


def _without_record() -> AtTill:
    """Go on by the rule that was read last; without one, say that everybody is to be asked."""
    rule = _rules.get(_token())
    if rule is None:
        show_unknown()
        st.stop()
    st.warning(
        tr(
            "Nothing is recorded until the store's record can be used again. Go on asking for ID "
            "as this page says."
        ),
        icon=":material/cloud_off:",
    )
    return AtTill(None, rule)


def leave_till() -> None:
    """Sign the cashier out; the buyer in front and the last outcome are hers, and go."""
    for key in (CASHIER, CHECKOUT, TROUBLE):
        st.session_state.pop(key, None)


def _till(engine: "Engine") -> "PairedTill | None":
    return find_known_till(engine, _token())


def _token() -> str:
    return st.query_params.get(TOKEN, "")


def _why_out(engine: "Engine", till: "PairedTill", cashier: "Cashier") -> Sentence | None:
    from age_model.store.tills.cashiers import why_out

    if cashier.store != till.store:
        return Sentence("This device is now a till of another store: sign in again.")
    return why_out(engine, cashier)


def _ask_for_code(engine: "Engine") -> NoReturn:
    """Let a device that is no till become one, and end the page."""
    from age_model.store.tills.pairing import PairingError, pair

    if current_visitor().may(Action.USE_TILL):
        st.title(tr("At the till"), anchor=False)
    else:
        st.title(tr("Pair this device"), anchor=False)
    leave_till()
    _rules.pop(_token(), None)
    if _token():
        st.error(tr("This device is not a paired till, or no longer: enter a new code."))
    with st.form("pair", width=420):
        code = st.text_input(
            tr("Code from the manager's page Settings"),
            key="pairing code",
            max_chars=20,
            autocomplete="off",
        )
        pressed = st.form_submit_button(tr("Pair"), icon=":material/link:")
    if pressed:
        try:
            st.query_params[TOKEN] = pair(engine, code)
            st.session_state[PAIRED] = True
        except PairingError as error:
            st.error(tr(error.args[0]))
        else:
            st.rerun()
    st.stop()


def _ask_who(engine: "Engine", till: "PairedTill") -> NoReturn:
    """Let a cashier sign in, and end the page."""
    from age_model.store.tills.cashiers import list_cashiers

    st.title(tr("At the till"), anchor=False)
    st.markdown(_where(till))
    if PAIRED in st.session_state:
        st.success(
            tr("This device is a till now. Bookmark this page: its address is what makes it one."),
            icon=":material/bookmark:",
        )
    out = st.session_state.pop(OUT, None)
    if out:
        st.error(plain(tr(out)))
    names = {one.id: one.name for one in list_cashiers(engine, till.store) if one.active}
    if not names:
        st.info(tr("This store has no cashiers yet: the manager adds them in Settings."))
        st.stop()
    with st.container(key=LARGE_BUTTONS):
        key = st.pills(
            tr("Who is at the till?"),
            list(names),
            format_func=names.__getitem__,
            key="who at the till",
        )
    with st.form("sign in", clear_on_submit=True, width=420):
        st.text_input(
            tr("PIN"), type="password", key="pin", max_chars=PIN_LENGTH, autocomplete="off"
        )
        st.form_submit_button(
            tr("Start"),
            icon=":material/login:",
            disabled=key is None,
            on_click=_try_pin,
            args=(engine, till.store, key),
        )
    st.stop()


def _try_pin(engine: "Engine", store: str, key: int | None) -> None:
    from age_model.store.record.database import RecordError
    from age_model.store.tills.cashiers import CashierError, LockedError, sign_in

    if key is None:
        return
    try:
        st.session_state[CASHIER] = sign_in(engine, store, key, st.session_state["pin"])
    except LockedError as error:
        st.session_state[OUT] = Sentence(
            "Too many wrong PINs: the account is locked until {time}. The manager can open it "
            "earlier with a new PIN.",
            time=local(error.until),
        )
    except (CashierError, RecordError) as error:
        st.session_state[OUT] = error.args[0]


def _show_till(engine: "Engine", till: "PairedTill", cashier: "Cashier") -> AtTill:
    from age_model.store.record.add_visit import Place
    from age_model.store.tills.rules import read_rule

    rule = rule_of_store(read_rule(engine, till.store))
    _rules[_token()] = rule
    st.session_state.pop(PAIRED, None)  # it is said once, not to each next cashier
    # One line, which leaves room for the camera.
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(tr("At the till"), anchor=False, width="content")
        st.markdown(f"{_where(till)} · {plain(cashier.name)}", width="stretch")
        st.button(tr("Next cashier"), icon=":material/group:", on_click=leave_till)
    return AtTill(Place(till.store, till.till, cashier.name, rule), rule)


def _where(till: "PairedTill") -> str:
    text = "**{store}**, **{till}**"
    if not says_till(till.till):
        text = tr("**{store}**, till **{till}**")
    return text.format(store=plain(till.store), till=plain(till.till))
