"""Serves the web app: `streamlit run server.py`. What the app shows is in streamlit_app.py."""

import streamlit as st
from starlette.middleware import Middleware

from app_pages.streamlit_fixes.asked_uploads import AskedUploads, note_what_widgets_ask_for
from app_pages.streamlit_fixes.headers import SafeHeaders
from app_pages.streamlit_fixes.left_visitors import forgetting_left_visitors

note_what_widgets_ask_for()
app = st.App(
    "streamlit_app.py",
    lifespan=forgetting_left_visitors,
    middleware=[Middleware(SafeHeaders), Middleware(AskedUploads)],
)
