"""Which photos the Test errors page is about: the filters and the area selected in the chart."""

import pandas as pd
import streamlit as st

from age_model.charts import CHART_CONFIG, predicted_against_real
from age_model.explore import Area, choose, inside
from age_model.metrics import AGE_BANDS, age_band

GROUPS = {"gender": "Gender", "ethnicity": "Ethnicity"}

_AREA = "errors_area"  # in the session state: the Area selected in the chart
_SELECTIONS = "errors_selections"  # how many there were: a new key draws the chart anew
_BANDS = "errors_bands"


def show_filters(predictions: pd.DataFrame) -> pd.DataFrame:
    """Show the filters for which the table has columns; return the photos that they leave."""
    in_table = set(age_band(predictions["real_age"]))
    with st.container(horizontal=True, gap="medium"):
        bands = _pills("Real age", [band for band in AGE_BANDS if band in in_table], _BANDS)
        groups = {
            column: _pills(label, sorted(predictions[column].dropna().unique()), _key(column))
            for column, label in GROUPS.items()
            if column in predictions
        }
    return choose(predictions, bands, groups)


def narrow_to_area(filtered: pd.DataFrame) -> pd.DataFrame:
    """Return the photos in the area selected in the chart, or all if none is."""
    area = _selected_area()
    return inside(filtered, area) if area else filtered


def show_chosen(chosen: pd.DataFrame, total: int) -> None:
    """Say which photos the page is about, with buttons to show all and to download these."""
    area = _selected_area()
    with st.container(horizontal=True, vertical_alignment="center", key="errors_chosen"):
        if area:
            st.markdown(
                f":material/select: **{len(chosen):,} photos** selected in the chart: "
                f"{area.in_words()}",
                width="content",
            )
            st.button("Clear the area", icon=":material/close:", on_click=_clear_area)
        else:
            words = f"**{len(chosen):,}** of {total:,}" if len(chosen) < total else f"All {total:,}"
            st.markdown(f"{words} photos", width="content")
        if len(chosen) < total:
            st.button("Show all", icon=":material/filter_alt_off:", on_click=_show_all)
        st.download_button(
            "Download the table",
            chosen.to_csv(index=False).encode("utf-8-sig"),  # the mark tells Excel: UTF-8
            "test-errors.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def show_area_chart(filtered: pd.DataFrame) -> None:
    """Show predicted against real age; an area of it can be selected by dragging."""
    st.header(
        "Predicted against real age",
        help="Each cell counts the photos of that real and predicted age; on the dotted line both "
        "are equal, above it the model guesses too old.",
        anchor=False,
    )
    # Not always on: where an area can be dragged, a finger cannot scroll the page.
    selecting = st.toggle(
        "Select an area by dragging",
        key="errors_selecting",
        help="The figures, charts and photos of this page are then those of that area only. As an "
        "area picks photos by their error, they describe these photos, not how good the model is.",
    )
    key = f"errors_chart_{st.session_state.get(_SELECTIONS, 0)}"
    alt = "Photos by real and predicted age, gathered along the line where both are equal"
    figure = predicted_against_real(filtered, _selected_area())
    if selecting:
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


def _pills(label: str, options: list[str], key: str) -> list[str]:
    return st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=lambda option: option[:1].upper() + option[1:],
        key=key,
        wrap=True,
        persist_state="session",
    )


def _key(column: str) -> str:
    return f"errors_{column}"


def _selected_area() -> Area | None:
    area: Area | None = st.session_state.get(_AREA)
    return area


def _select_area(key: str) -> None:
    boxes = st.session_state[key]["selection"]["box"]
    if boxes:
        real, predicted = (
            (max(0, round(min(boxes[-1][axis]))), round(max(boxes[-1][axis]))) for axis in "xy"
        )
        _keep_area(Area(real, predicted))


def _clear_area() -> None:
    _keep_area(None)


def _show_all() -> None:
    _keep_area(None)
    for key in (_BANDS, *map(_key, GROUPS)):
        st.session_state[key] = []


def _keep_area(area: Area | None) -> None:
    st.session_state[_AREA] = area
    st.session_state[_SELECTIONS] = st.session_state.get(_SELECTIONS, 0) + 1
