"""Views in tabs, of which only the open one is computed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import streamlit as st
from streamlit.elements.lib.mutable_tab_container import TabContainer

from age_model.i18n.translate import language, tr
from app_pages.widgets.doors import TAB

Result = TypeVar("Result")


def show_open(tabs: Sequence[TabContainer], views: Iterable[Callable[[], Result]]) -> Result | None:
    """Show the view of the open tab.

    Args:
        tabs: of `st.tabs` with a key and `on_change`.
        views: a function for each tab, which shows it.

    Returns:
        What that function does; None before the browser has told which tab is open.
    """
    for tab, show in zip(tabs, views, strict=True):
        if tab.open:
            with tab:
                return show()
    return None


def show_views(views: Mapping[str, Callable[[], None]], key: str) -> None:
    """Show views in tabs; the open one stays so when the language changes.

    Streamlit identifies tabs by their text, which differs by language.

    Args:
        views: functions that show them, by their names, which are marked for translation.
        key: of the open one's name in the session state; the first one is open where that is none.
    """
    names = {tr(name): name for name in views}
    if st.session_state.get(key) not in views:
        st.session_state[key] = next(iter(views))
    own = f"{key}_{language()}"
    tabs = st.tabs(
        list(names),
        default=tr(st.session_state[key]),
        key=own,
        on_change=lambda: st.session_state.update({key: names[st.session_state[own]]}),
    )
    show_open(tabs, views.values())


def show_addressed(views: Mapping[str, tuple[str, Callable[[], None]]], key: str) -> None:
    """Show views in tabs, of which the address names the open one: a link, or Back, opens it.

    Args:
        views: by their names in the address, title, marked for translation, and a function that
            shows it.
        key: begins that of the session state.
    """
    if not views:
        return
    names = {tr(title): name for name, (title, _) in views.items()}
    titles = {name: title for title, name in names.items()}
    own = f"{key}_{language()}"
    first = next(iter(views))
    opened = titles.get(st.query_params.get(TAB, first), titles[first])
    if st.session_state.get(own) != opened:
        st.session_state[own] = opened
    tabs = st.tabs(
        list(names),
        default=opened,
        key=own,
        on_change=lambda: st.query_params.update({TAB: names[st.session_state[own]]}),
    )
    show_open(tabs, (show for _, show in views.values()))
