"""The model, loaded once for all visitors and pages."""

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from age_model.model.card import ModelError
from age_model.release import Release, released
from age_model.vision.default_detector import default_detector
from app_pages.widgets.settings import LOWEST_CERTAINTY
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from age_model.predict.predictor import Predictor

# `server.disconnectedSessionTTL` and `left_visitors.EVERY` are together less than the minute.
PRIVACY = mark(
    ":material/lock: Photos are processed in this server's memory, and deleted from it within a "
    "minute after you close the page."
)


@st.cache_resource(show_spinner=False)
def _load_predictor() -> "Predictor":
    from age_model.predict.predictor import Predictor

    predictor = Predictor.load()
    predictor.detector = default_detector(LOWEST_CERTAINTY / 100)  # each visitor chooses above it
    return predictor


@st.cache_resource(max_entries=1, show_spinner=False)  # the one in use is never dropped for it
def _load_other(model_dir: Path) -> "Predictor":
    from age_model.predict.predictor import Predictor

    return Predictor.load(model_dir)


def shared_predictor() -> "Predictor":
    """Return the model, loaded once for all visitors and for the HTTP service.

    Raises:
        ModelError: it cannot be used.
    """
    return _load_predictor()


def load_predictor() -> "Predictor":
    """Return the model, loaded once for all visitors; without one, show an error and stop."""
    predictor = load_predictor_or_say_why()
    if predictor is None:
        st.stop()
    return predictor


def load_predictor_or_say_why(release: Release | None = None) -> "Predictor | None":
    """Return the model, loaded once for all visitors, or None after showing an error.

    Args:
        release: another one than the server's.
    """
    with st.spinner(tr("Loading the age model…")):
        try:
            if release is None or release == released():
                return _load_predictor()
            return _load_other(release.model_dir)
        except ModelError as error:
            problem = str(error)
    st.error(plain(tr(problem)), title=tr("The age model could not be loaded"))
    return None
