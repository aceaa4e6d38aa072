"""Predicted against real age: the chart in which photos are opened and an area is selected."""

import pandas as pd
import streamlit as st

from age_model.evaluation.selection import Area, area_of_cell, inside, worst_errors
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from app_pages.charts.base import CHART_CONFIG
from app_pages.charts.errors import predicted_against_real
from app_pages.errors.address import AREA, PHOTO
from app_pages.widgets.folder import known_folder

HEIGHT = 265  # pixels: chart and figures fit on one screen

_SELECTIONS = "errors_selections"  # their number so far: a new key redraws the chart


def show_area_chart(filtered: pd.DataFrame) -> None:
    """Show predicted against real age; a click opens photos, dragging selects an area."""
    st.header(
        tr("Predicted against real age"),
        help=tr(
            "Each cell counts the photos of that real and predicted age; on the dotted line "
            "both are equal, above it the model guesses too old."
        ),
        anchor=False,
    )
    mode = _choose_mode()
    key = f"errors_chart_{st.session_state.get(_SELECTIONS, 0)}_{mode}"
    alt = tr("Photos by real and predicted age, clustered along the line where both are equal")
    figure = predicted_against_real(filtered, st.session_state.get(AREA), HEIGHT)
    if mode == "open":
        st.plotly_chart(
            figure,
            config=CHART_CONFIG,
            key=key,
            on_select=lambda: _open_cell(key, filtered),
            selection_mode="points",
            alt=alt,
        )
    elif mode == "area":
        st.plotly_chart(
            figure,
            config=CHART_CONFIG,
            key=key,
            on_select=lambda: _select_area(key),
            selection_mode="box",
            alt=alt,
        )
    else:
        st.plotly_chart(figure, config=CHART_CONFIG, alt=alt)


def _choose_mode() -> str | None:
    """Return what a click or a drag in the chart does.

    Nothing by default: on a chart that takes either, a finger cannot scroll the page.
    """
    # Without the photos' folder, a click still opens what the table has on a photo.
    opens = mark("Click opens photos") if known_folder() else mark("Click shows a photo's figures")
    modes = {"open": opens, "area": mark("Drag selects an area")}
    mode: str | None = st.segmented_control(
        tr("In the chart"),
        list(modes),
        format_func=lambda mode: tr(modes[mode]),
        key="errors_mode",
        persist_state="session",
        label_visibility="collapsed",
        help=tr(
            "An area narrows the numbers, charts and photos of this page to those in it. As it "
            "picks photos by their error, they describe these photos, not how good the model is."
        ),
    )
    return mode


def keep_area(area: Area | None) -> None:
    """Make an area the selected one, or none."""
    st.session_state[AREA] = area
    st.session_state[_SELECTIONS] = st.session_state.get(_SELECTIONS, 0) + 1


def _select_area(key: str) -> None:
    boxes = st.session_state[key]["selection"]["box"]
    if boxes:
        real, predicted = (
            (max(0, round(min(boxes[-1][axis]))), round(max(boxes[-1][axis]))) for axis in "xy"
        )
        keep_area(Area(real, predicted))


def _open_cell(key: str, filtered: pd.DataFrame) -> None:
    """Open the photo in the cell that was clicked; of several, make them the selection first."""
    points = st.session_state[key]["selection"]["points"]
    if not points:
        return
    area = area_of_cell(points[-1]["x"], points[-1]["y"])
    photos = worst_errors(inside(filtered, area))
    if len(photos):
        keep_area(area if len(photos) > 1 else st.session_state.get(AREA))
        st.session_state[PHOTO] = photos["file_name"].iloc[0]
