"""The photos chosen on the Errors page: filters, and the area selected in the chart."""

import pandas as pd
import streamlit as st

from age_model.evaluation.metrics import AGE_BANDS, age_band
from age_model.evaluation.selection import Area, area_of_cell, choose, inside, worst_errors
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr, trn
from age_model.reports.wording import area_in_words, group_title
from app_pages.charts.base import CHART_CONFIG
from app_pages.charts.errors import predicted_against_real
from app_pages.errors.address import AREA, BANDS, GROUPS, PHOTO
from app_pages.widgets.downloads import show_csv_download

GROUP_LABELS = {"gender": mark("Gender"), "ethnicity": mark("Ethnicity")}

_SELECTIONS = "errors_selections"  # their number so far: a new key redraws the chart


def show_filters(predictions: pd.DataFrame) -> pd.DataFrame:
    """Show the filters for which the table has columns; return the filtered photos."""
    in_table = set(age_band(predictions["real_age"]))
    with st.container(horizontal=True, gap="medium"):
        bands = _pills(tr("Real age"), [band for band in AGE_BANDS if band in in_table], BANDS)
        groups = {
            column: _pills(
                tr(GROUP_LABELS[column]), sorted(predictions[column].dropna().unique()), key
            )
            for column, key in GROUPS.items()
            if column in predictions
        }
    return choose(predictions, bands, groups)


def narrow_to_area(filtered: pd.DataFrame) -> pd.DataFrame:
    """Return the photos in the area selected in the chart, or all if none is."""
    area = _selected_area()
    return inside(filtered, area) if area else filtered


def show_chosen(chosen: pd.DataFrame, total: int) -> None:
    """Show which photos are chosen, with buttons to show all and to download these."""
    area = _selected_area()
    with st.container(horizontal=True, vertical_alignment="center", key="errors_chosen"):
        if area:
            st.markdown(
                ":material/select: "
                + trn(
                    "**{count} photo** selected in the chart: {area}",
                    "**{count} photos** selected in the chart: {area}",
                    len(chosen),
                ).format(count=number(len(chosen)), area=area_in_words(area)),
                width="content",
            )
            st.button(tr("Clear the area"), icon=":material/close:", on_click=_clear_area)
        elif len(chosen) < total:
            st.markdown(
                tr("**{count}** of {total} photos").format(
                    count=number(len(chosen)), total=number(total)
                ),
                width="content",
            )
        else:
            st.markdown(tr("All {total} photos").format(total=number(total)), width="content")
        if len(chosen) < total:
            st.button(tr("Show all"), icon=":material/filter_alt_off:", on_click=_show_all)
        show_csv_download(chosen, "test-errors.csv", tr("Download the table"))


def show_area_chart(filtered: pd.DataFrame) -> None:
    """Show predicted against real age; a click opens photos, dragging selects an area."""
    st.header(
        tr("Predicted against real age"),
        help=tr(
            "Each cell counts the photos of that real and predicted age; on the dotted line both "
            "are equal, above it the model guesses too old."
        ),
        anchor=False,
    )
    # Off by default: on a chart that can be clicked or dragged, a finger cannot scroll the page.
    mode = st.segmented_control(
        tr("In the chart"),
        list(_MODES),
        format_func=lambda mode: tr(_MODES[mode]),
        key="errors_mode",
        persist_state="session",
        label_visibility="collapsed",
        help=tr(
            "An area narrows the numbers, charts and photos of this page to those in it. As it "
            "picks photos by their error, they describe these photos, not how good the model is."
        ),
    )
    key = f"errors_chart_{st.session_state.get(_SELECTIONS, 0)}_{mode}"
    alt = tr("Photos by real and predicted age, clustered along the line where both are equal")
    figure = predicted_against_real(filtered, _selected_area())
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


_MODES = {"open": mark("Click opens photos"), "area": mark("Drag selects an area")}


def _pills(label: str, options: list[str], key: str) -> list[str]:
    return st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=group_title,
        key=key,
        wrap=True,
    )


def _selected_area() -> Area | None:
    area: Area | None = st.session_state.get(AREA)
    return area


def _select_area(key: str) -> None:
    boxes = st.session_state[key]["selection"]["box"]
    if boxes:
        real, predicted = (
            (max(0, round(min(boxes[-1][axis]))), round(max(boxes[-1][axis]))) for axis in "xy"
        )
        _keep_area(Area(real, predicted))


def _open_cell(key: str, filtered: pd.DataFrame) -> None:
    """Open the photo in the cell that was clicked; of several, make them the selection first."""
    points = st.session_state[key]["selection"]["points"]
    if not points:
        return
    area = area_of_cell(points[-1]["x"], points[-1]["y"])
    photos = worst_errors(inside(filtered, area))
    if len(photos):
        _keep_area(area if len(photos) > 1 else _selected_area())
        st.session_state[PHOTO] = photos["file_name"].iloc[0]


def _clear_area() -> None:
    _keep_area(None)


def _show_all() -> None:
    _keep_area(None)
    for key in (BANDS, *GROUPS.values()):
        st.session_state[key] = []


def _keep_area(area: Area | None) -> None:
    st.session_state[AREA] = area
    st.session_state[_SELECTIONS] = st.session_state.get(_SELECTIONS, 0) + 1
