"""The folder of labelled photos for the analysts' pages."""

import os
from pathlib import Path

import streamlit as st

from age_model.data.labels import find_folder
from age_model.i18n.translate import tr
from age_model.vision.photos import PhotoError, open_photo
from app_pages.widgets.words import plain

THUMBNAIL_SIDE = 500  # pixels: about twice the width on screen, for sharp displays
_KEY = "photo_folder"


def known_folder() -> Path | None:
    """Return the folder set by the environment or the visitor; None if there is none."""
    return find_folder(_name())


def ask_for_folder() -> Path | None:
    """Return the folder as `known_folder`; unless the environment sets it, ask the visitor.

    Typed once, it is used by all pages of the session.
    """
    if not os.environ.get("AGE_DATA_DIR"):
        st.text_input(
            tr("Folder of the photos, on this server"),
            key=_KEY,
            persist_state="session",
            placeholder="/data/faces",
        )
    folder = known_folder()
    if _name() and not folder:
        st.warning(
            tr("There is no folder {name} that can be read on this server.").format(
                name=plain(_name())
            )
        )
    elif not folder:
        st.info(
            tr(
                "To see the photos themselves, give their folder: the one with labels.csv and "
                "final_files. It can also be set before the app starts, as AGE_DATA_DIR. Only the "
                "photos shown are opened, and none is stored."
            ),
            icon=":material/photo_library:",
        )
    return folder


def show_picture(path: Path, alt: str) -> None:
    """Show one photo of the folder as wide as its place, or why it cannot be read."""
    try:
        picture = open_photo(path)
    except PhotoError as problem:
        st.caption(f":material/broken_image: {plain(tr(str(problem)))}")
    else:
        picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        st.image(picture, width="stretch", alt=alt)


def _name() -> str:
    return str(os.environ.get("AGE_DATA_DIR") or st.session_state.get(_KEY) or "")
