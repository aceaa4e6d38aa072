"""The worst errors of the Errors page: as photos where available, and as a table."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from age_model.data.labels import photo_path
from age_model.evaluation.selection import worst_errors
from age_model.i18n.translate import number, tr
from app_pages.errors.address import PHOTO
from app_pages.widgets.folder import ask_for_folder, show_picture
from app_pages.widgets.numbers import written
from app_pages.widgets.words import plain

IN_GALLERY, IN_TABLE, BESIDE = 12, 50, 8

_FORMS = {
    "real_age": "g",
    "predicted_age": ".1f",
    "error": "+.1f",
    "age_low": ".0f",
    "age_high": ".0f",
}
_OPENED = "errors_opened"  # number of rows opened: a new key clears the selection


def show_worst(chosen: pd.DataFrame) -> None:
    """Show the photos with the largest errors, with both ages; each can be opened."""
    folder = ask_for_folder()
    table = worst_errors(chosen, IN_TABLE)
    if folder and not are_there(chosen, folder):
        st.info(
            tr("These photos are not in the folder {folder}.").format(folder=plain(folder.name)),
            icon=":material/broken_image:",
        )
        folder = None
    if not folder:
        _show_table(table)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _show_gallery(_in_folder(table, folder).head(IN_GALLERY), folder, 4)
    with right:
        _show_table(table)


def show_few(chosen: pd.DataFrame, folder: Path) -> None:
    """Show the few photos with the largest errors, beside a chart; each can be opened."""
    st.header(tr("Worst errors"), anchor=False)
    _show_gallery(_in_folder(worst_errors(chosen, IN_TABLE), folder).head(BESIDE), folder, 4)


def are_there(chosen: pd.DataFrame, folder: Path) -> bool:
    """Return whether a folder has any of the photos with the largest errors."""
    return not _in_folder(worst_errors(chosen, IN_TABLE), folder).empty


def _in_folder(worst: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Return the rows whose photo is there."""
    return worst[[photo_path(folder, name).is_file() for name in worst["file_name"]]]


def ages_in_words(row: dict[str, Any]) -> str:
    """Return both ages of a row of the predictions table."""
    return tr("Real {real}, predicted {predicted}").format(
        real=number(row["real_age"], ".0f"), predicted=number(row["predicted_age"], ".0f")
    )


def _show_gallery(worst: pd.DataFrame, folder: Path, columns: int) -> None:
    with st.grid(columns, min_column_width=110):
        for row in worst.to_dict("records"):
            with st.container(gap="xxsmall"):
                _show_picture(row, photo_path(folder, row["file_name"]))


def _show_picture(row: dict[str, Any], path: Path) -> None:
    """Show a picture with a button that opens it."""
    ages = ages_in_words(row)
    show_picture(path, tr("A test photo. {ages}.").format(ages=ages))
    st.button(
        f"**{ages}**",
        key=f"errors_open {row['file_name']}",
        on_click=_open,
        args=(row["file_name"],),
        type="tertiary",
        help=tr("Open this photo"),
    )


def _show_table(worst: pd.DataFrame) -> None:
    key = f"errors_table_{st.session_state.get(_OPENED, 0)}"
    st.caption(tr("Choose a row to open its photo."))
    st.dataframe(
        written(worst, _FORMS),
        hide_index=True,
        key=key,
        on_select=lambda: _open_row(key, worst),
        selection_mode="single-cell",
        alt=tr("The photos with the largest errors"),
        # Ages come before the long names: a phone shows three columns.
        column_order=["real_age", "predicted_age", "error", "age_low", "age_high", "file_name"],
        column_config={
            "file_name": st.column_config.TextColumn(tr("Photo")),
            "real_age": st.column_config.NumberColumn(tr("Real age")),
            "predicted_age": st.column_config.NumberColumn(tr("Predicted")),
            "error": st.column_config.NumberColumn(
                tr("Error"), help=tr("Predicted minus real age, in years.")
            ),
            "age_low": st.column_config.NumberColumn(tr("Range from")),
            "age_high": st.column_config.NumberColumn(tr("Range to")),
        },
    )


def _open_row(key: str, worst: pd.DataFrame) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if cells:
        _open(worst["file_name"].iloc[cells[0][0]])
        st.session_state[_OPENED] = st.session_state.get(_OPENED, 0) + 1


def _open(file_name: str) -> None:
    st.session_state[PHOTO] = file_name
