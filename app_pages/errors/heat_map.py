"""The view of the Errors page with the error by any two attributes."""

import pandas as pd
import streamlit as st

from age_model.evaluation.attributes import AGE_BAND, FEW, SOURCE, TITLES, error_cells, values_of
from age_model.i18n.translate import number, tr
from age_model.reports.wording import group_title
from app_pages.charts.base import CHART_CONFIG
from app_pages.charts.heat_map import error_heat_map
from app_pages.errors.address import COLUMNS, ROWS
from app_pages.widgets.numbers import in_years


def show_heat_map(chosen: pd.DataFrame, of_all_sources: pd.DataFrame) -> pd.DataFrame | None:
    """Show the error by two attributes.

    Args:
        chosen: the chosen photos.
        of_all_sources: the same choice without its filter by source, for a map with the sources.

    Returns:
        The cells of the map; None without one.
    """
    known = [name for name in TITLES if len(values_of(of_all_sources, name)) > 1]
    if len(known) < 2:
        st.info(tr("These photos do not differ in two of the attributes."))
        return None
    rows, columns = _choose(known)
    if rows == columns:
        st.info(tr("Choose two different attributes."))
        return None
    table = of_all_sources if SOURCE in (rows, columns) else chosen
    return _show_map(table, rows, columns)


def _choose(known: list[str]) -> tuple[str, str]:
    """Return the attributes of the rows and of the columns."""
    for key, usual, other in ((ROWS, AGE_BAND, known[0]), (COLUMNS, "gender", known[1])):
        if st.session_state.get(key) not in known:
            st.session_state[key] = usual if usual in known else other
    with st.container(horizontal=True, gap="medium"):
        for key, label in ((ROWS, tr("Rows")), (COLUMNS, tr("Columns"))):
            st.selectbox(
                label,
                known,
                format_func=lambda name: tr(TITLES[name]),
                key=key,
                persist_state="session",
                width=260,
            )
    return st.session_state[ROWS], st.session_state[COLUMNS]


def _show_map(table: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame | None:
    cells = error_cells(table, rows, columns)
    if cells.empty:
        st.info(tr("No photo has a value of both attributes."))
        return None
    titles = tr(TITLES[rows]), tr(TITLES[columns])
    st.plotly_chart(
        error_heat_map(cells, values_of(table, rows), values_of(table, columns), titles),
        config=CHART_CONFIG,
        alt=_in_words(cells),
    )
    notes = [
        tr(
            "Average error in years, the darker the larger, and below it the number of photos. "
            "Pale cells have fewer than {few} photos, and say little."
        ).format(few=FEW),
    ]
    left_out = len(table) - int(cells["n"].sum())
    if left_out:
        notes.append(tr("Photos without a value of both: {count}.").format(count=number(left_out)))
    if "ethnicity" in (rows, columns):
        notes.append(
            tr("The labels are the data set's, given by others than the people themselves.")
        )
    st.caption(" ".join(notes))
    return cells.rename(columns={"row": rows, "column": columns})


def _in_words(cells: pd.DataFrame) -> str:
    """Return the cells with enough photos and the largest errors, for screen readers."""
    enough = cells[cells["n"] >= FEW]
    worst = (enough if len(enough) else cells).nlargest(3, "mae").to_dict("records")
    return tr("Average error by two attributes; the largest: {cells}").format(
        cells="; ".join(
            f"{group_title(cell['row'])}, {group_title(cell['column'])}: {in_years(cell['mae'])}, "
            f"n = {number(cell['n'])}"
            for cell in worst
        )
    )
