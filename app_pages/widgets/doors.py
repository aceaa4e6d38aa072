"""All pages behind their three doors: the bar on top, the menu of a door, the way to each page."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from age_model.i18n.message import mark
from age_model.i18n.translate import tr

# Keys of containers, for their style in the browser.
BAR, HOME, BODY, MENU = "doors", "home", "body", "menu"
HERE = "here"  # begins that of the open door
LARGE = "large"  # begins that of a door on the first page

TAB = "tab"  # the name of the open tab in the address of a page
CASHIERS_TAB, CURRENCY_TAB, GOODS_TAB = "cashiers", "currency", "restricted_goods"
PAGE_WIDTH = 1400  # pixels: on a wide monitor lines stay readable and charts keep their shape
MENU_WIDTH = 196  # pixels
_OPEN = "open pages"  # in the session state: an _Open


class Entry(NamedTuple):
    """A page.

    Attributes:
        name: of its folder in app_pages/, and in the table of rights.
        address: its path in the browser.
        title: in the menu, in the browser's tab and on the page, marked for translation.
        icon: of Material.
        old: an earlier address, which leads to it.
        merged: addresses of earlier pages that are a tab of it now, named so in its address.
        listed: whether it is in the menu of its door.
    """

    name: str
    address: str
    title: str
    icon: str
    old: str = ""
    merged: tuple[str, ...] = ()
    listed: bool = True


class Door(NamedTuple):
    """An entry of the bar on top: title and what is behind it, both marked, its icon, its pages."""

    title: str
    about: str
    icon: str
    entries: tuple[Entry, ...]


FIRST = Entry("photo", "", mark("Ages from faces"), ":material/familiar_face_and_zone:")
TILL = Entry("checkout", "till", mark("At the till"), ":material/point_of_sale:", "checkout")
PRACTICE = Entry(
    "webcam", "practice", mark("Practice"), ":material/videocam:", "webcam", listed=False
)
MODEL = Door(
    mark("The model"),
    mark("How far its ages are from the real ones, where it fails, and what it learned from."),
    ":material/query_stats:",
    (
        Entry("about", "how_good", mark("How good"), ":material/verified:", "about"),
        Entry("errors", "errors", mark("Errors"), ":material/query_stats:", "test_errors"),
        Entry("data_set", "data", mark("Data"), ":material/dataset:", "data_set"),
        Entry("train", "train", mark("Train"), ":material/model_training:"),
    ),
)
DOORS = (
    Door(
        mark("At the till"),
        mark("Ask for ID or not, and record what came of it."),
        ":material/point_of_sale:",
        (
            TILL,
            PRACTICE,
        ),
    ),
    Door(
        mark("My store"),
        mark("What each age group buys, and whether young-looking buyers are asked for ID."),
        ":material/storefront:",
        (
            Entry("overview", "overview", mark("Overview"), ":material/dashboard:"),
            Entry(
                "purchases",
                "who_buys_what",
                mark("Who buys what"),
                ":material/shopping_basket:",
                "purchases",
            ),
            Entry("alcohol", "id_checks", mark("ID checks"), ":material/id_card:", "alcohol"),
            Entry("import_data", "add_data", mark("Add data"), ":material/add:", "import_data"),
            Entry(
                "settings",
                "settings",
                mark("Settings"),
                ":material/settings:",
                merged=("tills", "data_kept"),
            ),
            Entry("audit_log", "audit_log", mark("Audit log"), ":material/history:"),
        ),
    ),
    MODEL,
)
ENTRIES = (FIRST, *(entry for door in DOORS for entry in door.entries))


class _Open(NamedTuple):
    """The pages that the visitor may open, by name, and the one she looks at."""

    pages: Mapping[str, StreamlitPage]
    current: str


def make_pages(may_open: Callable[[str], bool]) -> dict[str, StreamlitPage]:
    """Return the pages that a visitor may open, by name, in the order of the doors.

    Args:
        may_open: tells it of a page's name.
    """
    return {entry.name: page_of(entry) for entry in ENTRIES if may_open(entry.name)}


def page_of(entry: Entry) -> StreamlitPage:
    """Return the page of an entry."""
    return st.Page(
        f"app_pages/{entry.name}/page.py",
        title=tr(entry.title),
        icon=entry.icon,
        url_path=entry.address,
        default=not entry.address,
    )


def keep_open(pages: Mapping[str, StreamlitPage], current: StreamlitPage) -> None:
    """Keep what the visitor may open, and where she is, for the links drawn by this run.

    Args:
        pages: by name.
        current: the page that is shown.
    """
    name = next((name for name, page in pages.items() if page is current), "")
    st.session_state[_OPEN] = _Open(pages, name)


def at_till() -> bool:
    """Return whether the page shown is the till, which has the screen for itself."""
    return _open().current == TILL.name


def show_bar(show_end: Callable[[], None]) -> None:
    """Show the doors in one row, the open one marked.

    Args:
        show_end: shows what is at the end of the row.
    """
    pages, current = _open()
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=BAR):
        if FIRST.name in pages:
            with st.container(width="content", key=HOME):
                st.page_link(pages[FIRST.name], width="content")
        for door in DOORS:
            entries = _listed(door)
            if entries:
                _show_door(door, pages[entries[0].name], _has(door, current))
        st.space("stretch")
        show_end()


def _show_door(door: Door, page: StreamlitPage, is_open: bool) -> None:
    title = tr(door.title)
    with st.container(width="content", key=f"{HERE if is_open else 'door'} {door.title}"):
        label = f"**{title}**" if is_open else title
        st.page_link(page, label=label, icon=door.icon, width="content")


def show_menu() -> None:
    """Show the pages behind the open door, if there are several."""
    with st.container(width=MENU_WIDTH, gap="xxsmall", key=MENU):
        for entry in menu():
            st.page_link(_open().pages[entry.name], width="stretch")


def menu() -> list[Entry]:
    """Return the pages in the menu of the open door; none where it has only one."""
    entries = [entry for door in DOORS if _has(door, _open().current) for entry in _listed(door)]
    return entries if len(entries) > 1 else []


def show_large_doors() -> None:
    """Show the doors with what is behind them, as large as they are on the first page only."""
    doors = {door: entries[0] for door in DOORS if (entries := _listed(door))}
    if not doors:
        return
    for column, (door, entry) in zip(st.columns(len(doors)), doors.items(), strict=True):
        with column, st.container(border=True, height="stretch", key=f"{LARGE} {door.title}"):
            st.page_link(
                _open().pages[entry.name],
                label=f"**{tr(door.title)}**",
                icon=door.icon,
                width="stretch",
            )
            st.markdown(tr(door.about))


def link_to(name: str, label: str | None = None, tab: str | None = None) -> None:
    """Show a link to the page of this name, if the visitor may open it.

    Args:
        name: of the page.
        label: in the reader's language; the page's title if there is none.
        tab: that is to be open, by its name in the address.
    """
    page = _open().pages.get(name)
    if page is not None:
        query = {TAB: tab} if tab else None
        st.page_link(page, label=label, width="content", query_params=query)


def _listed(door: Door) -> list[Entry]:
    return [entry for entry in door.entries if entry.listed and entry.name in _open().pages]


def _has(door: Door, name: str) -> bool:
    return name in {entry.name for entry in door.entries}


def _open() -> _Open:
    opened: _Open = st.session_state.get(_OPEN, _Open({}, ""))
    return opened
