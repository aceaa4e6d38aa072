"""The folder of labelled photos that the Test errors and Data set pages show photos from."""

import os
from pathlib import Path

import streamlit as st

from age_model.data_tables import folder_state
from age_model.dataset import DatasetError, LabelledPhotos, read_labels
from age_model.explore import find_folder
from age_model.language import tr
from age_model.photos import PhotoError, open_photo
from app_pages._words import plain

THUMBNAIL_SIDE = 500  # pixels: about twice the width on screen, for sharp displays
_KEPT_FOLDERS = 2  # the tables of so many folders stay in memory, a few megabytes each


def choose_folder(label: str) -> Path | None:
    """Return the folder that the environment or the visitor names; None if there is none."""
    name = os.environ.get("AGE_DATA_DIR") or st.text_input(
        label,
        key="data_folder",
        persist_state="session",
        placeholder="/data/faces",
    )
    folder = find_folder(name)
    if name and not folder:
        st.warning(
            tr("There is no folder {name} that can be read on this server.").format(
                name=plain(name)
            )
        )
    return folder


def load_labels(folder: Path) -> LabelledPhotos | None:
    """Return a folder's labels, read once for all visitors; without any, say why.

    They are read again when the folder has changed.
    """
    try:
        return _load_labels(folder, folder_state(folder))
    except (DatasetError, OSError) as problem:
        st.error(plain(str(problem)), title=tr("This folder cannot be used"))
        return None


@st.cache_resource(max_entries=_KEPT_FOLDERS, show_spinner=False)
def _load_labels(folder: Path, state: tuple[tuple[str, int], ...]) -> LabelledPhotos:
    with st.spinner(tr("Reading the labels…")):
        return read_labels(folder)


def show_photo(path: Path, title: str, note: str, alt: str) -> None:
    """Show one photo of a folder on a card, or why it cannot be read."""
    with st.container(border=True, height="stretch"):
        try:
            picture = open_photo(path)
        except PhotoError as problem:
            st.caption(f":material/broken_image: {plain(str(problem))}")
        else:
            picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            st.image(picture, width="stretch", alt=alt)
        st.markdown(f"**{title}**")
        if note:
            st.caption(note)
