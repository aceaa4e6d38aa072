"""The choice of one store among those that a visitor has a right in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.translate import tr

if TYPE_CHECKING:
    from sqlalchemy import Engine

LONGEST = 60  # characters, as on the other pages
# In the session state:
CHOSEN = "settings of store"  # the same in all tabs
KNOWN = "known store of settings"  # the one chosen last that the record had


def choose_store(engine: "Engine", visitor: Visitor, action: Action) -> str | None:
    """Show the choice of a store; who has rights in all may name a new one.

    Raises:
        RecordError: the record cannot be read.
    """
    from age_model.store.tills.stores import known_stores

    scope = visitor.scope(action)
    names = known_stores(engine, scope)
    _drop_removed(names)
    store = st.selectbox(
        tr("Store"),
        names,
        index=0 if names else None,
        placeholder=tr("Choose or write a name"),
        accept_new_options=scope.stores is None,
        key=CHOSEN,
        persist_state="session",
        width=320,
    )
    store = (store or "").strip()[:LONGEST]
    st.session_state[KNOWN] = store if store in names else None
    return store if store and visitor.may(action, store) else None


def _drop_removed(names: Sequence[str]) -> None:
    """Choose anew if the chosen store was removed; one that was just typed is not known either."""
    chosen = st.session_state.get(CHOSEN)
    if chosen and chosen == st.session_state.get(KNOWN) and chosen not in names:
        st.session_state[CHOSEN] = names[0] if names else None
