"""What the record has of one cashier, handed over or erased."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.visitor import Visitor
from age_model.i18n.translate import number, tr
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from sqlalchemy import Engine

EXPORT = "export of a cashier"  # in the session state: store, name and the file made last


def show_one_cashier(engine: "Engine", visitor: Visitor, store: str) -> None:
    """Hand over or erase what the record has of a cashier.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.retention.one_cashier import (
        UnknownCashierError,
        cashier_names,
        erase_cashier,
        export_cashier,
    )

    names = cashier_names(engine, visitor, store)
    if not names:
        st.info(tr("The record names no cashier of this store."))
        return
    name = st.selectbox(tr("Cashier"), names, index=None, key=f"one of {store}", width=320)
    if name is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        export = st.button(tr("Prepare the export"), icon=":material/folder_data:")
        sure = st.checkbox(
            tr("Erase {name} for good").format(name=plain(name)), key=f"erase {store} {name}"
        )
        erase = st.button(tr("Erase"), icon=":material/person_remove:", disabled=not sure)
    try:
        if export:
            st.session_state[EXPORT] = store, name, export_cashier(engine, visitor, store, name)
        if erase:
            st.session_state.pop(EXPORT, None)
            changed = erase_cashier(engine, visitor, store, name)
            st.success(
                tr("Erased, with the name in {n} visits and receipts.").format(n=number(changed))
            )
    except UnknownCashierError as error:
        st.error(plain(tr(error.args[0])))
    _offer_export(store, name)


def _offer_export(store: str, name: str) -> None:
    made_for, of, content = st.session_state.get(EXPORT, ("", "", ""))
    if (made_for, of) == (store, name):
        st.download_button(
            tr("Download JSON"),
            content.encode(),
            "cashier.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
