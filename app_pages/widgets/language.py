"""The language of each reader: chosen by a switch, or else the browser's language."""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from age_model.i18n.digits import SOURCE_LANGUAGE
from age_model.i18n.translate import LANGUAGES

_CHOICE = "language"  # in the session state: a key of LANGUAGES
_BROWSER = "language of the browser"  # in the session state
PARAMETER = "lang"  # in the page's address


def reader_language() -> str:
    """Return the language of the reader whose page is being drawn, a key of `LANGUAGES`."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return SOURCE_LANGUAGE
    chosen = st.session_state.get(_CHOICE)
    return chosen if chosen in LANGUAGES else _first_language()


def show_language_switch() -> None:
    """Show the switch; the choice is in the page's address."""
    st.session_state.setdefault(_CHOICE, _first_language())
    st.segmented_control(
        "Language · Язык",
        tuple(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key=_CHOICE,
        required=True,
    )
    code = reader_language()
    if code != _first_language():
        st.query_params[PARAMETER] = code


def _first_language() -> str:
    """Return the language in the page's address, or else the browser's."""
    # Only at first is it the browser's own: streamlit_fixes/document.py then gives it the page's.
    browser = st.session_state.setdefault(_BROWSER, (st.context.locale or "").split("-")[0])
    wishes = (st.query_params.get(PARAMETER), browser)
    return next((wish for wish in wishes if wish in LANGUAGES), SOURCE_LANGUAGE)
