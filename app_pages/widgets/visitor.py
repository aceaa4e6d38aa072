"""Who uses the page that is being drawn, and whether she may."""

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import ANYBODY, AccessDenied, Visitor
from age_model.i18n.translate import tr


def current_visitor() -> Visitor:
    """Return who uses the page that is being drawn."""
    return ANYBODY


def require(action: Action, store: str | None = None) -> Visitor:
    """Return the visitor, if she may do something; else show why not, and end the page.

    Args:
        action: that the page, or a part of it, is for.
        store: in which; by default any.
    """
    visitor = current_visitor()
    try:
        visitor.check(action, store)
    except AccessDenied as denied:
        st.error(tr(denied.args[0]), icon=":material/lock:")
        st.stop()
    return visitor
