"""The choice of one store among those that a visitor has a right in."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.translate import tr

if TYPE_CHECKING:
    from sqlalchemy import Engine

LONGEST = 60  # characters, as on the other pages


def choose_store(engine: "Engine", visitor: Visitor, action: Action) -> str | None:
    """Show the choice of a store; who has rights in all may name a new one.

    Raises:
        RecordError: the record cannot be read.
    """
    from age_model.store.tills.stores import known_stores

    scope = visitor.scope(action)
    names = known_stores(engine, scope)
    store = st.selectbox(
        tr("Store"),
        names,
        index=0 if names else None,
        placeholder=tr("Choose or write a name"),
        accept_new_options=scope.stores is None,
        key="settings of store",  # the same in all tabs
        persist_state="session",
        width=320,
    )
    store = (store or "").strip()[:LONGEST]
    return store if store and visitor.may(action, store) else None
