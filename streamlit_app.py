"""The web app, which serve.py serves. Only the router; the pages are in app_pages/."""

from pathlib import Path

import streamlit as st

from age_model.i18n.translate import follow, tr
from app_pages.streamlit_fixes.document import mend_document
from app_pages.streamlit_fixes.uploads import keep_uploads_in_memory_once
from app_pages.widgets.language import reader_language, show_language_switch

ICON = Path(__file__).parent / "assets" / "icon.svg"
PAGE_WIDTH = 1200  # pixels: on a wide monitor lines stay readable and charts keep their shape

keep_uploads_in_memory_once()
follow(reader_language)
st.set_page_config(page_title=tr("Ages from faces"), page_icon=ICON, layout="wide")

page = st.navigation(
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
    position="top",
)

with st.container(horizontal_alignment="center"), st.container(width=PAGE_WIDTH, gap=None):
    show_language_switch()
    content = st.container()
    mend_document()  # below the page, which it would push down until it is loaded
with content:
    page.run()
