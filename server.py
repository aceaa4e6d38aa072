"""Serves the web app: `streamlit run server.py`. What the app shows is in streamlit_app.py."""

import streamlit as st
from starlette.middleware import Middleware

from app_pages.streamlit_fixes.asked_uploads import AskedUploads, note_what_widgets_ask_for
from app_pages.streamlit_fixes.headers import SafeHeaders

note_what_widgets_ask_for()
app = st.App("streamlit_app.py", middleware=[Middleware(SafeHeaders), Middleware(AskedUploads)])
