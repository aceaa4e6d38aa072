"""The web app's server: `streamlit run serve.py`.

It loads the parts of all pages, and pandas and Plotly with them, before it answers, so that no
visitor waits for them, and sends Streamlit's own scripts from memory, compressed. It answers only
whom docs/access.md lets in, gives pictures and downloads to them alone, takes only uploads that
one of their pages asked for, keeps other sites from framing the app, deletes what visitors showed
within a minute after they left, and removes old data from the record once a day. Beside the pages
it has the routes of the HTTP service: docs/service.md.

`streamlit run streamlit_app.py` shows the same app without all that, and only in open mode: each
page's parts are loaded for its first visitor, and pictures of who has left are kept until another
visitor leaves. The model comes with the first photo in both: torch takes long to load.
"""

import importlib
import inspect
import pkgutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread

import plotly.graph_objects as go
import streamlit as st
from starlette.middleware import Middleware

import app_pages
from age_model.access.configuration import AccessFileError
from age_model.access.known_callers import KnownCallers
from age_model.access.start import StartError
from age_model.i18n.translate import LANGUAGES, in_language, tr
from age_model.release import released
from age_model.store import analysis, reports
from age_model.store.statistics.model_errors import errors
from app_pages.charts.base import blank_figure
from app_pages.streamlit_fixes.asked_uploads import AskedUploads, note_what_widgets_ask_for
from app_pages.streamlit_fixes.daily_retention import removing_old_data
from app_pages.streamlit_fixes.entrance import checked_entrance
from app_pages.streamlit_fixes.headers import SafeHeaders
from app_pages.streamlit_fixes.left_visitors import forgetting_left_visitors
from app_pages.streamlit_fixes.old_addresses import OldAddresses
from app_pages.streamlit_fixes.ready_files import ReadyFiles, get_ready
from app_pages.streamlit_fixes.service import LateService
from app_pages.streamlit_fixes.signed_in_files import SignedInFiles
from app_pages.streamlit_fixes.sockets import answer_without_delay
from app_pages.widgets.doors import FIRST

# Loaded by functions, for the first visitor who needs them.
LATE = ("age_model.store.record.read", "streamlit.emojis")


def load_parts() -> None:
    """Import all modules of the pages but the pages themselves, which run for each visitor."""
    parts = (
        *pkgutil.walk_packages(app_pages.__path__, "app_pages."),
        *pkgutil.iter_modules(analysis.__path__, "age_model.store.analysis."),
        *pkgutil.iter_modules(reports.__path__, "age_model.store.reports."),
    )
    for name in (*LATE, *(part.name for part in parts)):
        if not name.endswith(".page"):
            importlib.import_module(name)


@asynccontextmanager
async def as_long_as_it_runs(app: object) -> AsyncIterator[None]:
    """Do what the server does beside answering."""
    async with forgetting_left_visitors(app), removing_old_data(app), service.running():
        yield


try:
    access, headers, note = checked_entrance()
except (AccessFileError, StartError) as error:
    sys.exit(str(error))
print(f"\n  {note}\n", flush=True)
compressing = Thread(target=get_ready)  # on another core
compressing.start()
load_parts()
compressing.join()
# What is kept from the first visit to a store's page and by a reader of another language, and by
# Plotly and Streamlit from their first chart and their first look at the stack.
errors(released().version)
for code in LANGUAGES:
    with in_language(code):
        tr(FIRST.title)
blank_figure(go.Bar(x=[0], y=[0]), x_title="", y_title="", height=100).to_json()
inspect.stack()
note_what_widgets_ask_for()
answer_without_delay()
service = LateService(keys_needed=access is not None)
app = st.App(
    "streamlit_app.py",
    routes=service.routes,
    lifespan=as_long_as_it_runs,
    middleware=[
        Middleware(SafeHeaders),
        Middleware(KnownCallers, access, headers),
        Middleware(ReadyFiles),
        Middleware(SignedInFiles, access),
        Middleware(OldAddresses),
        Middleware(AskedUploads),
    ],
)
