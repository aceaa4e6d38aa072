"""The web app: `streamlit run streamlit_app.py`. Only the router; the pages are in app_pages/."""

from pathlib import Path

import streamlit as st

from age_model.language import follow, tr
from app_pages._document import mend_document
from app_pages._language import reader_language, show_language_switch
from app_pages._uploads import keep_uploads_in_memory_once

ICON = Path(__file__).parent / "assets" / "icon.svg"
PAGE_WIDTH = 1200  # pixels: on a wide monitor lines stay readable and charts keep their shape

keep_uploads_in_memory_once()
follow(reader_language)
st.set_page_config(page_title=tr("Ages from faces"), page_icon=ICON, layout="wide")

page = st.navigation(
    {
        "": [
            st.Page(
                "app_pages/photo.py",
                title=tr("Photo"),
                icon=":material/photo_camera:",
                default=True,
                help=tr("Add photos and see the age of each face."),
            ),
            st.Page(
                "app_pages/webcam.py",
                title=tr("Webcam"),
                icon=":material/videocam:",
                help=tr("Take a picture with this device's camera and see the age of each face."),
            ),
            st.Page(
                "app_pages/errors.py",
                title=tr("Test errors"),
                icon=":material/query_stats:",
                url_path="test_errors",
                help=tr(
                    "How far the ages were from the real ones on photos kept apart for testing."
                ),
            ),
            st.Page(
                "app_pages/data_set.py",
                title=tr("Data set"),
                icon=":material/dataset:",
                help=tr(
                    "What labelled photos are like: ages, groups, faces, and what is wrong with "
                    "them."
                ),
            ),
            st.Page(
                "app_pages/about.py",
                title=tr("About the model"),
                icon=":material/info:",
                help=tr("What the model is for, where it fails, and everything measured about it."),
            ),
        ],
        tr("Store"): [
            st.Page(
                "app_pages/checkout.py",
                title=tr("Checkout"),
                icon=":material/point_of_sale:",
                help=tr("Ask for ID or not, and record what came of it."),
            ),
            st.Page(
                "app_pages/import_data.py",
                title=tr("Import"),
                icon=":material/upload_file:",
                help=tr("Add receipts, visits and photos from elsewhere."),
            ),
            st.Page(
                "app_pages/purchases.py",
                title=tr("Purchases"),
                icon=":material/shopping_basket:",
                help=tr("What each age group buys."),
            ),
            st.Page(
                "app_pages/alcohol.py",
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
