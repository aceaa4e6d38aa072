"""Says that something was saved, where the page is drawn anew with it."""

import streamlit as st

from age_model.i18n.translate import tr

SAVED = "just saved"  # in the session state: what was


def draw_saved(what: str) -> None:
    """Draw the page anew after something was saved; `say_saved` then says so."""
    st.session_state[SAVED] = what
    st.rerun()


def say_saved(what: str) -> None:
    """Say once that something was saved, if it just was."""
    if st.session_state.get(SAVED) == what:
        del st.session_state[SAVED]
        st.success(tr("Saved."), icon=":material/check:")
