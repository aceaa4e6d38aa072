"""The worst errors of the Test errors page: as photos where these are at hand, and as a table."""

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from age_model.dataset import photo_path
from age_model.explore import worst_errors
from age_model.photos import PhotoError, open_photo
from app_pages._folder import ask_for_folder
from app_pages._words import plain

IN_GALLERY, IN_TABLE = 12, 50
THUMBNAIL_SIDE = 500  # pixels: about twice the width on screen, for sharp displays


def show_worst(chosen: pd.DataFrame) -> None:
    """Show the photos with the largest errors, with both ages."""
    folder = ask_for_folder()
    if folder:
        _show_gallery(worst_errors(chosen, IN_GALLERY), folder)
    _show_table(worst_errors(chosen, IN_TABLE))


def _show_gallery(worst: pd.DataFrame, folder: Path) -> None:
    with st.grid(4, min_column_width=150):
        for row in worst.to_dict("records"):
            _show_photo(row, photo_path(folder, row["file_name"]))


def _show_photo(row: dict[str, Any], path: Path) -> None:
    ages = f"Real {row['real_age']:.0f}, predicted {row['predicted_age']:.0f}"
    way = "old" if row["error"] > 0 else "young"
    with st.container(border=True, height="stretch"):
        try:
            picture = open_photo(path)
        except PhotoError as problem:
            st.caption(f":material/broken_image: {plain(str(problem))}")
        else:
            picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            st.image(picture, width="stretch", alt=f"A test photo. {ages}.")
        st.markdown(f"**{ages}**")
        st.caption(f"{abs(row['error']):.0f} years too {way}  \n{plain(row['file_name'])}")


def _show_table(worst: pd.DataFrame) -> None:
    st.dataframe(
        worst,
        hide_index=True,
        alt="The photos with the largest errors",
        column_order=["file_name", "real_age", "predicted_age", "error", "age_low", "age_high"],
        column_config={
            "file_name": st.column_config.TextColumn("Photo"),
            "real_age": st.column_config.NumberColumn("Real age", format="%.1f"),
            "predicted_age": st.column_config.NumberColumn("Predicted", format="%.1f"),
            "error": st.column_config.NumberColumn(
                "Error", format="%+.1f", help="Predicted minus real age, in years."
            ),
            "age_low": st.column_config.NumberColumn("Range from", format="%.0f"),
            "age_high": st.column_config.NumberColumn("to", format="%.0f"),
        },
    )
