"""The rule by which a store's tills ask for ID."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.visitor import Visitor
from age_model.ages import OLDEST_CHALLENGE_AGE
from age_model.i18n.translate import tr
from app_pages.widgets.id_rule import choose_store_rule, rule_of_store
from app_pages.widgets.words import rule_in_words

if TYPE_CHECKING:
    from sqlalchemy import Engine


def show_rule(engine: "Engine", visitor: Visitor, store: str) -> None:
    """Show a store's rule, and change it.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.tills.rules import read_rule, set_rule

    now = read_rule(engine, store)
    st.markdown(rule_in_words(rule_of_store(now)))
    if now is None:
        st.caption(tr("That is the model's usual rule: none was set for this store."))
    with st.container(width=480):
        rule = choose_store_rule(now, store, OLDEST_CHALLENGE_AGE)
    if st.button(tr("Set this rule"), icon=":material/check:", disabled=rule == now):
        set_rule(engine, visitor, store, rule)
        st.rerun()
