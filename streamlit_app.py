"""The web app, which serve.py serves. Only the router; the pages are in app_pages/."""

from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from age_model.access import known_callers
from age_model.access.configuration import AccessFileError
from age_model.access.rights import action_of
from age_model.access.start import StartError
from age_model.access.visitor import Visitor
from age_model.i18n.translate import follow, in_language, tr
from app_pages.streamlit_fixes.document import mend_document
from app_pages.streamlit_fixes.entrance import checked_entrance
from app_pages.streamlit_fixes.uploads import keep_uploads_in_memory_once
from app_pages.widgets.commands import app_command
from app_pages.widgets.doors import (
    BODY,
    ENTRIES,
    FIRST,
    PAGE_WIDTH,
    TILL,
    Entry,
    at_till,
    keep_open,
    make_pages,
    page_of,
    show_bar,
    show_menu,
)
from app_pages.widgets.language import reader_language
from app_pages.widgets.preferences import show_preferences
from app_pages.widgets.till import TOKEN
from app_pages.widgets.visitor import (
    current_visitor,
    leave_in_time,
    say_no,
    say_not_yours,
    show_entrance,
    warn_of_open_network,
)
from app_pages.widgets.words import plain

ICON = Path(__file__).parent / "assets" / "icon.svg"


def stop_unless_safe() -> None:
    """Show why nobody is let in, and end the page, if the app was not started as it must be."""
    try:
        access = checked_entrance().access
    except (AccessFileError, StartError) as error:
        say_no(plain(tr(error.args[0])))
    if access is not None and not known_callers.running:
        command = f"`{app_command()}`"
        say_no(tr("With access.toml, start the app by {command}.").format(command=command))


def choose_page(visitor: Visitor) -> StreamlitPage:
    """Return the page of the address, among those that the visitor may see.

    At the address of a page that she may not see is one sentence, and nothing of the page. A device
    with the token of a till has the till alone; the page looks at the token.
    """
    if TOKEN in st.query_params:
        pages = make_pages(lambda name: name == TILL.name)
    else:
        pages = make_pages(lambda name: visitor.may(action_of(name)))
    if not pages:
        return _entrance()
    others = (entry for entry in ENTRIES if entry.address and entry.name not in pages)
    shown = [*pages.values(), *map(_refused, others)]
    if FIRST.name not in pages:  # the address without a page leads to another
        start = st.Page(
            partial(st.switch_page, shown[0]),
            title=tr(FIRST.title),
            url_path="start",
            default=True,
        )
        shown = [start, *shown]
    page = st.navigation(shown, position="hidden")  # widgets/doors.py shows the links
    keep_open(pages, page)
    return page


def _refused(entry: Entry) -> StreamlitPage:
    return st.Page(
        partial(say_not_yours, tr(entry.title)),
        title=tr("Not for your role"),
        url_path=entry.address,
    )


def _entrance() -> StreamlitPage:
    """Return what is shown, at the addresses of all pages, to who may see none of them.

    The till's asks a device for the code that makes it a till.
    """
    entrances = [
        page_of(entry)
        if entry is TILL
        else st.Page(
            show_entrance, title=tr("Sign in"), url_path=entry.address, default=not entry.address
        )
        for entry in ENTRIES
    ]
    page = st.navigation(entrances, position="hidden")
    keep_open({}, page)
    return page


def draw() -> None:
    """Draw the bar, the menu and the page."""
    st.set_page_config(page_icon=ICON, layout="wide")
    stop_unless_safe()
    visitor = current_visitor()
    page = choose_page(visitor)
    with st.container(horizontal_alignment="center"), st.container(width=PAGE_WIDTH, gap=None):
        warn_of_open_network()
        bar = st.container()
        with st.container(horizontal=True, gap="medium", key=BODY):
            show_menu()
            content = st.container()
        below = st.container()
        with below if at_till() else bar:
            show_bar(partial(show_preferences, visitor))
        leave_in_time()
        mend_document()  # below the page, which it would push down until it is loaded
    with content:
        page.run()


keep_uploads_in_memory_once()
follow(reader_language)
with in_language(reader_language()):  # looked up once, not for each of up to some thousand texts
    draw()
