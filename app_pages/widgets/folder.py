"""The folder of labelled photos for the analysts' pages: one of those that the server offers."""

import os
from pathlib import Path

import streamlit as st

from age_model.access.rights import Action
from age_model.data.server_folders import (
    VARIABLE,
    data_roots,
    is_inside,
    labelled_folders,
    leads_out,
)
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from age_model.vision.photos import PhotoError, open_photo
from app_pages.widgets.commands import PHOTOS, restart_command, show_command
from app_pages.widgets.visitor import current_visitor
from app_pages.widgets.words import plain

THUMBNAIL_SIDE = 500  # pixels: about twice the width on screen, for sharp displays
LOOKED_AT = "1m"  # new folders and links are noticed after this
_KEY = "photo_folder"  # in the session state: its place in the list, as text
_OUTSIDE = mark("The photo is not in the folder: a link leads out of it.")


def known_folder() -> Path | None:
    """Return the chosen folder; None if there is none, or the visitor may not open any."""
    folders = _offered()
    chosen = folders.get(st.session_state.get(_KEY, "")) or next(iter(folders.values()), None)
    return None if chosen is None or _leads_out(chosen, tuple(data_roots())) else chosen


def ask_for_folder() -> Path | None:
    """Return the folder as `known_folder`; if the server offers several, let the visitor choose.

    All pages of the session use the same.
    """
    folders = _offered()
    if not folders:
        _say_how_to_offer()
        return None
    if len(folders) > 1:
        st.selectbox(tr("Folder of the photos"), list(folders), key=_KEY, persist_state="session")
    folder = known_folder()
    if folder is None:
        st.error(tr("This folder is not opened: a link in it leads out of the folders offered."))
    return folder


def own_photo(path: Path) -> Path:
    """Return the path of a photo, if it is in one of the folders offered, with links followed.

    Raises:
        PhotoError: it is not.
    """
    if not is_inside(path, data_roots()):
        raise PhotoError(_OUTSIDE)
    return path


def show_picture(path: Path, alt: str) -> None:
    """Show one photo of the folder as wide as its place, or why it cannot be read."""
    try:
        picture = open_photo(own_photo(path))
    except PhotoError as problem:
        st.caption(f":material/broken_image: {plain(tr(str(problem)))}")
    else:
        picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        st.image(picture, width="stretch", alt=alt)


def _offered() -> dict[str, Path]:
    """Return the folders that the visitor may open, by their names in the list."""
    if not current_visitor().may(Action.OPEN_FOLDERS):
        return {}
    roots = data_roots()
    return {_name(folder, roots): folder for folder in _labelled_folders(tuple(roots))}


def _name(folder: Path, roots: list[Path]) -> str:
    root = next(root for root in roots if folder.is_relative_to(root))
    alike = [other for other in roots if other.name == root.name]
    start = root if len(alike) > 1 else Path(root.name)
    return str(start / folder.relative_to(root))


def _say_how_to_offer() -> None:
    if os.environ.get(VARIABLE):
        st.warning(
            tr(
                "No photos are shown: none of the folders that the app was started with, in the "
                "variable AGE_DATA_DIR, can be read on its computer. Start it with another one:"
            )
        )
        show_command(restart_command(**{VARIABLE: PHOTOS}))
        return
    with st.popover(tr("Show my own photos"), icon=":material/photo_library:"):
        st.markdown(
            tr(
                "The app was started without a folder of photos. To see, check and train on yours, "
                "whoever runs the app ends it and starts it by this command, with the path of "
                "their folder on the app's computer in place of DIR: a folder with labels.csv and "
                "final_files, or one with several such folders. Only the photos shown are opened, "
                "and none is stored."
            )
        )
        show_command(restart_command(**{VARIABLE: PHOTOS}))


@st.cache_resource(ttl=LOOKED_AT, show_spinner=False)
def _labelled_folders(roots: tuple[Path, ...]) -> list[Path]:
    return labelled_folders(roots)


@st.cache_resource(ttl=LOOKED_AT, show_spinner=False)
def _leads_out(folder: Path, roots: tuple[Path, ...]) -> bool:
    return leads_out(folder, roots)
