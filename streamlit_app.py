"""The web app, which serve.py serves. Only the router; the pages are in app_pages/."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from age_model.access.configuration import AccessFileError
from age_model.access.rights import RIGHTS, action_of
from age_model.access.start import StartError
from age_model.access.visitor import Visitor
from age_model.i18n.translate import follow, tr
from app_pages.streamlit_fixes import known_callers
from app_pages.streamlit_fixes.document import mend_document
from app_pages.streamlit_fixes.entrance import checked_entrance
from app_pages.streamlit_fixes.uploads import keep_uploads_in_memory_once
from app_pages.widgets.language import reader_language, show_language_switch
from app_pages.widgets.visitor import current_visitor, say_no, show_account, show_entrance
from app_pages.widgets.words import plain

ICON = Path(__file__).parent / "assets" / "icon.svg"
PAGE_WIDTH = 1200  # pixels: on a wide monitor lines stay readable and charts keep their shape

Menu = dict[str, list[StreamlitPage]]  # heading -> pages


def stop_unless_safe() -> None:
    """Show why nobody is let in, and end the page, if the app was not started as it must be."""
    try:
        access = checked_entrance().access
    except (AccessFileError, StartError) as error:
        say_no(plain(tr(error.args[0])))
    if access is not None and not known_callers.running:
        say_no(tr("With access.toml, start the app by `streamlit run serve.py`."))


def choose_page(menu: Menu, visitor: Visitor) -> StreamlitPage:
    """Show the menu with the visitor's pages; return the chosen one.

    A page that she may not see is not there at all, whatever address she opens.
    """
    pages = {page.url_path or "photo": page for group in menu.values() for page in group}
    mine = {name for name in pages if visitor.may(action_of(name))}
    if not mine:
        return _entrance(pages.values())
    shown = {
        heading: [page for page in group if (page.url_path or "photo") in mine]
        for heading, group in menu.items()
    }
    if "photo" not in mine:  # the address without a page leads to another
        first = next(page for right in RIGHTS.values() for page in right.pages if page in mine)
        start = st.Page(
            partial(st.switch_page, pages[first]),
            title=tr("Ages from faces"),
            url_path="start",
            default=True,
            visibility="hidden",
        )
        shown[""] = [start, *shown[""]]
    return st.navigation(shown, position="top")


def _entrance(pages: Iterable[StreamlitPage]) -> StreamlitPage:
    """Return what is shown, at the addresses of all pages, to who may see none of them."""
    entrances = [
        st.Page(
            show_entrance, title=tr("Sign in"), url_path=page.url_path, default=not page.url_path
        )
        for page in pages
    ]
    return st.navigation(entrances, position="hidden")


keep_uploads_in_memory_once()
follow(reader_language)
st.set_page_config(page_title=tr("Ages from faces"), page_icon=ICON, layout="wide")
stop_unless_safe()
visitor = current_visitor()

page = choose_page(
    {
        "": [
            st.Page(
                "app_pages/photo/page.py",
                title=tr("Photo"),
                icon=":material/photo_camera:",
                default=True,
                help=tr("Add photos and see the age of each face."),
            ),
            st.Page(
                "app_pages/webcam/page.py",
                url_path="webcam",
                title=tr("Webcam"),
                icon=":material/videocam:",
                help=tr("Take a picture with this device's camera and see the age of each face."),
            ),
            st.Page(
                "app_pages/errors/page.py",
                title=tr("Test errors"),
                icon=":material/query_stats:",
                url_path="test_errors",
                help=tr(
                    "How far the ages were from the real ones on photos kept apart for testing."
                ),
            ),
            st.Page(
                "app_pages/data_set/page.py",
                url_path="data_set",
                title=tr("Data set"),
                icon=":material/dataset:",
                help=tr(
                    "What labelled photos are like: ages, groups, faces, and what is wrong with "
                    "them."
                ),
            ),
            st.Page(
                "app_pages/about/page.py",
                url_path="about",
                title=tr("About the model"),
                icon=":material/info:",
                help=tr("What the model is for, where it fails, and everything measured about it."),
            ),
        ],
        tr("Store"): [
            st.Page(
                "app_pages/checkout/page.py",
                url_path="checkout",
                title=tr("Checkout"),
                icon=":material/point_of_sale:",
                help=tr("Ask for ID or not, and record what came of it."),
            ),
            st.Page(
                "app_pages/import_data/page.py",
                url_path="import_data",
                title=tr("Import"),
                icon=":material/upload_file:",
                help=tr("Add receipts, visits and photos from elsewhere."),
            ),
            st.Page(
                "app_pages/overview/page.py",
                url_path="overview",
                title=tr("Overview"),
                icon=":material/dashboard:",
                help=tr("The main figures of a period, and what needs attention."),
            ),
            st.Page(
                "app_pages/purchases/page.py",
                url_path="purchases",
                title=tr("Purchases"),
                icon=":material/shopping_basket:",
                help=tr("What each age group buys."),
            ),
            st.Page(
                "app_pages/alcohol/page.py",
                url_path="alcohol",
                title=tr("Alcohol checks"),
                icon=":material/id_card:",
                help=tr("Whether young-looking buyers of alcohol are asked for ID."),
            ),
        ],
    },
    visitor,
)

with st.container(horizontal_alignment="center"), st.container(width=PAGE_WIDTH, gap=None):
    show_account(visitor)
    show_language_switch()
    content = st.container()
    mend_document()  # below the page, which it would push down until it is loaded
with content:
    page.run()
