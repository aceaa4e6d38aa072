"""The devices that are paired with a store's tills."""

from datetime import timedelta
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.translate import tr
from app_pages.widgets.doors import CASHIERS_TAB, link_to
from app_pages.widgets.record import failures_shown
from app_pages.widgets.till import reached_here_only, till_address, till_path
from app_pages.widgets.times import local
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.tills.pairing import PairedTill

CODE = "pairing code"  # in the session state: store, till and the code made last
QR_WIDTH = 180  # pixels
LONGEST_NAME = 60  # characters of a till's name, as at the checkout


def show_devices(engine: "Engine", visitor: Visitor, store: str) -> None:
    """List a store's paired devices, and make codes for new ones.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.tills.pairing import list_tills

    st.markdown(
        tr(
            "Turn a tablet, a phone or a computer into a till: on the device itself, store, till "
            "and whom it asks for ID cannot be changed."
        )
    )
    _offer_code(engine, visitor, store)
    tills = list_tills(engine, visitor.scope(Action.PAIR_TILLS).narrowed([store]))
    if not tills:
        st.caption(tr("No device of this store is paired yet."))
    for till in tills:
        _show_device(engine, visitor, till)


def _offer_code(engine: "Engine", visitor: Visitor, store: str) -> None:
    from age_model.store.tills.pairing import CODE_LIFE, make_code

    with (
        st.form("code", clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input(
            tr("Name of the till"),
            max_chars=LONGEST_NAME,
            width=320,  # Streamlit writes into it what Enter does
            placeholder=tr("for example 1"),
        ).strip()
        pressed = st.form_submit_button(tr("Make a code"), icon=":material/key:")
        st.caption(tr("The code is entered once, on the device."), width="content")
    if pressed and not name:
        st.error(tr("Write the name of the till first, for example 1."))
    elif pressed:
        st.session_state[CODE] = store, name, make_code(engine, visitor, store, name)
    made_for, till, code = st.session_state.get(CODE, ("", "", ""))
    if made_for != store:
        return
    with st.container(border=True):
        st.markdown(tr("Code for till **{till}**:").format(till=plain(till)))
        st.header(f"{code[:4]} {code[4:]}", anchor=False)
        _say_where(CODE_LIFE // timedelta(minutes=1))
        _say_without_cashiers(engine, store)


def _say_where(minutes: int) -> None:
    if reached_here_only():
        text = tr(
            "Enter it within {minutes} minutes at {address}, which works on this computer only. On "
            "a tablet, open the app's address that begins with https:// (ask whoever set the app "
            "up), with {path} at its end."
        )
        address, path = f"`{till_address()}`", f"`{till_path()}`"
        st.markdown(text.format(minutes=minutes, address=address, path=path))
        return
    text = tr(
        "Scan this with the device's camera, or open the address below on it, within {minutes} "
        "minutes, and enter the code."
    )
    st.markdown(text.format(minutes=minutes))
    st.image(_qr_code(till_address()), width=QR_WIDTH, alt=tr("QR code of the address below"))
    st.code(till_address(), language=None, wrap_lines=True)


def _qr_code(address: str) -> str:
    """Return a QR code of an address as SVG, dark on white in either theme."""
    import segno  # only a manager who pairs a device needs it

    picture: str = segno.make_qr(address).svg_inline(scale=4, light="white")
    return picture


def _say_without_cashiers(engine: "Engine", store: str) -> None:
    """Say before the device is fetched that nobody can sign in on it."""
    from age_model.store.tills.cashiers import list_cashiers

    if any(cashier.active for cashier in list_cashiers(engine, store)):
        return
    st.warning(
        tr("Nobody can sign in at this till yet: the store has no active cashiers."),
        icon=":material/person_off:",
    )
    link_to("settings", tr("Add cashiers"), CASHIERS_TAB)


def _show_device(engine: "Engine", visitor: Visitor, till: "PairedTill") -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown(tr("Till **{till}**").format(till=plain(till.till)))
            by = tr("Paired {time} by {who}.") if till.paired_by else tr("Paired {time}.")
            paired = by.format(time=local(till.paired_at), who=plain(till.paired_by))
            seen = tr("Last used {time}.").format(time=local(till.last_seen))
            st.caption(f"{paired} {seen if till.last_seen else tr('Not used yet.')}")
        st.button(
            tr("Revoke"),
            key=f"revoke {till.serial}",
            icon=":material/link_off:",
            on_click=_revoke,
            args=(engine, visitor, till),
        )


def _revoke(engine: "Engine", visitor: Visitor, till: "PairedTill") -> None:
    from age_model.store.tills.pairing import revoke

    with failures_shown():
        revoke(engine, visitor, till)
