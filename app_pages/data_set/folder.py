"""The labels and photos of a folder on the server, for the Data page."""

from pathlib import Path

import streamlit as st

from age_model.data.labels import LabelledPhotos, read_labels
from age_model.data.problems import DatasetError
from age_model.i18n.translate import tr
from age_model.reports.console import failure_in_words
from age_model.reports.data_set import folder_state
from app_pages.widgets.folder import show_picture
from app_pages.widgets.words import plain

_KEPT_FOLDERS = 2  # folders whose tables stay in memory, a few megabytes each


def load_labels(folder: Path) -> LabelledPhotos | None:
    """Return a folder's labels, read once for all visitors; without any, show why.

    They are read again when the folder has changed.
    """
    try:
        with st.spinner(tr("Reading the labels…")):
            return _load_labels(folder, folder_state(folder))
    except (DatasetError, OSError) as problem:
        words = plain(failure_in_words(problem)).replace("\n", "  \n")
        st.error(words, title=tr("This folder cannot be used"))
        return None


@st.cache_resource(max_entries=_KEPT_FOLDERS, show_spinner=False)
def _load_labels(folder: Path, state: tuple[tuple[str, int], ...]) -> LabelledPhotos:
    return read_labels(folder)


def show_photo(path: Path, title: str, note: str, alt: str) -> None:
    """Show one photo of a folder on a card, or why it cannot be read."""
    with st.container(border=True, height="stretch"):
        show_picture(path, alt)
        st.markdown(f"**{title}**")
        if note:
            st.caption(note)
