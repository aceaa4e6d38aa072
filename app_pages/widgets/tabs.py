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


def tabs_in_language(
    titles: Mapping[str, str],
    key: str,
    opened: str,
    remember: Callable[[str], None],
    follow: bool = False,
) -> Sequence[TabContainer]:
    """Return tabs of which the open one stays so when the language changes.

    Streamlit identifies tabs by their text, which differs by language.

    Args:
        titles: of the tabs, by their names, marked for translation.
        key: begins that of the session state.
        opened: name of the one that is open at first.
        remember: is told the name of the one that a reader opens.
        follow: whether `opened` counts again, whatever was opened since.
    """
    names = {tr(title): name for name, title in titles.items()}
    own = f"{key}_{language()}"
    shown = tr(titles[opened])
    if follow and st.session_state.get(own) != shown:
        st.session_state[own] = shown
    return st.tabs(
        list(names),
        default=shown,
        key=own,
        on_change=lambda: remember(names[st.session_state[own]]),
    )


def show_views(views: Mapping[str, Callable[[], None]], key: str) -> None:
    """Show views in tabs; the open one stays so when the language changes.

    Args:
        views: functions that show them, by their names, which are marked for translation.
        key: of the open one's name in the session state; the first one is open where that is none.
    """
    if st.session_state.get(key) not in views:
        st.session_state[key] = next(iter(views))
    tabs = tabs_in_language(
        {name: name for name in views},
        key,
        st.session_state[key],
        lambda name: st.session_state.update({key: name}),
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
    first = next(iter(views))
    asked = st.query_params.get(TAB, first)
    tabs = tabs_in_language(
        {name: title for name, (title, _) in views.items()},
        key,
        asked if asked in views else first,
        lambda name: st.query_params.update({TAB: name}),
        follow=True,
    )
    show_open(tabs, (show for _, show in views.values()))
