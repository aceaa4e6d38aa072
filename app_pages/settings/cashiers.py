"""A store's cashiers: added, given a new PIN, let in and no longer let in."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.visitor import Visitor
from age_model.i18n.translate import tr
from app_pages.widgets.record import failures_shown
from app_pages.widgets.times import local
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.tills.cashiers import Cashier

PINS = "pins of cashiers"  # in the session state: those made here, by store and name


def show_cashiers(engine: "Engine", visitor: Visitor, store: str) -> None:
    """List a store's cashiers, and add one.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.tills.cashiers import list_cashiers

    st.markdown(tr("Who serves at a till signs in there by name, and by a PIN that is made here."))
    _offer_to_add(engine, visitor, store)
    _show_pins(store)
    for cashier in list_cashiers(engine, store):
        _show_cashier(engine, visitor, cashier)


def _made_pins() -> dict[tuple[str, str], str]:
    pins: dict[tuple[str, str], str] = st.session_state.setdefault(PINS, {})
    return pins


def _show_pins(store: str) -> None:
    pins = {name: pin for (made_for, name), pin in _made_pins().items() if made_for == store}
    if not pins:
        return
    with st.container(border=True):
        for name, pin in pins.items():
            st.markdown(tr("PIN of **{name}**:").format(name=plain(name)))
            st.header(pin, anchor=False)
        st.caption(tr("Write it down now: it is kept nowhere, and shown only here."))


def _offer_to_add(engine: "Engine", visitor: Visitor, store: str) -> None:
    from age_model.store.tills.cashiers import LONGEST_NAME, CashierError, add_cashier

    with (
        st.form("cashier", clear_on_submit=True),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        name = st.text_input(tr("Name"), max_chars=LONGEST_NAME, width=220).strip()
        pressed = st.form_submit_button(tr("Add a cashier"), icon=":material/person_add:")
    if not pressed:
        return
    try:
        pin = add_cashier(engine, visitor, store, name)
    except CashierError as error:
        st.error(plain(tr(error.args[0])))
    else:
        _made_pins()[store, name] = pin


def _show_cashier(engine: "Engine", visitor: Visitor, cashier: "Cashier") -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown(f"**{plain(cashier.name)}**")
            st.caption(_state(cashier))
        st.button(
            tr("New PIN"),
            key=f"pin {cashier.id}",
            icon=":material/password:",
            on_click=_new_pin,
            args=(engine, visitor, cashier),
        )
        st.button(
            tr("Deactivate") if cashier.active else tr("Activate"),
            key=f"active {cashier.id}",
            icon=":material/person_off:" if cashier.active else ":material/person_check:",
            on_click=_switch,
            args=(engine, visitor, cashier),
        )


def _state(cashier: "Cashier") -> str:
    from age_model.store.record.audit_log import utc_now

    if not cashier.active:
        return tr("Cannot sign in.")
    if cashier.locked_until and cashier.locked_until > utc_now():
        return tr("Locked after wrong PINs until {time}; a new PIN unlocks.").format(
            time=local(cashier.locked_until)
        )
    return tr("PIN since {time}.").format(time=local(cashier.pin_set))


def _new_pin(engine: "Engine", visitor: Visitor, cashier: "Cashier") -> None:
    from age_model.store.tills.cashiers import reset_pin

    with failures_shown():
        _made_pins()[cashier.store, cashier.name] = reset_pin(engine, visitor, cashier)


def _switch(engine: "Engine", visitor: Visitor, cashier: "Cashier") -> None:
    from age_model.store.tills.cashiers import set_active

    with failures_shown():
        set_active(engine, visitor, cashier, not cashier.active)
