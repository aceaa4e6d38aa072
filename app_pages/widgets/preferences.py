"""The one menu of language and theme, with who has signed in."""

import streamlit as st

from age_model.access.visitor import Visitor
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from app_pages.widgets.language import reader_language, show_language_switch
from app_pages.widgets.visitor import show_account

THEMES = {"light": mark("Light"), "dark": mark("Dark")}

_THEME = "theme"  # in the session state: a key of THEMES
_ASKED = "theme asked for"  # in the session state: a key of THEMES that the browser has to be told


def show_preferences(visitor: Visitor) -> None:
    """Show the menu."""
    with st.popover(
        reader_language().upper(), icon=":material/contrast:", help=tr("Language and theme")
    ):
        show_language_switch()
        _show_theme_switch()
        show_account(visitor)


def take_theme() -> str | None:
    """Return the theme that was just chosen, a key of `THEMES`; None if none was."""
    asked: str | None = st.session_state.pop(_ASKED, None)
    return asked


def _show_theme_switch() -> None:
    st.session_state.setdefault(_THEME, st.context.theme.type or "light")
    st.segmented_control(
        tr("Theme"),
        tuple(THEMES),
        format_func=lambda theme: tr(THEMES[theme]),
        key=_THEME,
        required=True,
        on_change=_ask,
    )


def _ask() -> None:
    st.session_state[_ASKED] = st.session_state[_THEME]
