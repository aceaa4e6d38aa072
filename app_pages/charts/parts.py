"""Charts of each age group over time, by hour or by store, each point with its interval."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from age_model.i18n.translate import tr
from age_model.store.analysis.purchases import is_a_day
from app_pages.charts.base import LEGEND, NO_NAME, blank_figure, interval_bars, settled, shown
from app_pages.charts.store import date_ticks, measure_axis, measure_name, part_name

_FEW_PARTS = 8  # at most, to stand beside each other with their intervals
_ROW = 92  # pixels of height for each band's line


def parts_chart(table: pd.DataFrame, by: str, measure: str, unit: str = "") -> go.Figure:
    """Points for each band, side by side; where they are many, a row with a line for each band.

    `table` is what `purchases.by_part` or `per_day` returns.
    """
    if table["part"].nunique() <= _FEW_PARTS or by == "store":
        return _side_by_side(table, by, measure, unit)
    return _rows(table, by, measure)


def _side_by_side(table: pd.DataFrame, by: str, measure: str, unit: str) -> go.Figure:
    figure = blank_figure(
        go.Scatter(),
        x_title=tr("Hour of the day") if by == "hour" else "",
        y_title=measure_name(measure, is_a_day(by, measure), unit),
        height=440,
    )
    figure.data = ()
    for band, rows in table.groupby("band", sort=False):
        names = [shown(part_name(part, by)) for part in rows["part"]]
        figure.add_trace(go.Scatter(x=names, name=str(band), mode="markers", **_values(rows)))
    figure.update_xaxes(type="category")
    figure.update_yaxes(**measure_axis(table, measure))
    return figure.update_layout(showlegend=True, legend=LEGEND, scattermode="group")


def _rows(table: pd.DataFrame, by: str, measure: str) -> go.Figure:
    """Return a line of each band in a row of its own: on each other, intervals cannot be read."""
    bands = list(dict.fromkeys(table["band"]))
    figure = make_subplots(
        rows=len(bands),
        shared_xaxes=True,
        shared_yaxes="all",
        vertical_spacing=0.2 / len(bands),
        subplot_titles=bands,
    )
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    for place, band in enumerate(bands, start=1):
        rows = table[table["band"] == band]
        line = go.Scatter(
            x=list(rows["part"]),
            mode="lines+markers",
            marker={"size": 5},
            line={"width": 1.5},
            **_values(rows),
        )
        figure.add_trace(line, row=place, col=1)
    settled(figure, 60 + _ROW * len(bands)).update_layout(margin={"t": 24})
    if by == "hour":
        figure.update_xaxes(title={"text": tr("Hour of the day")}, row=len(bands))
    else:
        date_ticks(figure, table["part"], by)
    return figure.update_yaxes(**measure_axis(table, measure), nticks=4)


def _values(rows: pd.DataFrame) -> dict[str, Any]:
    """Return the heights of points with their 95 % intervals, and the tips."""
    ends = rows.rename(columns={"low": "value_low", "high": "value_high"})
    return {
        "y": rows["value"],
        "customdata": rows[["low", "high"]],
        "error_y": interval_bars(ends, "value") | {"thickness": 1.5, "width": 0},
        "hovertemplate": "%{x}: %{y:,.0f}<br>95%: %{customdata[0]:,.0f}–%{customdata[1]:,.0f}"
        + NO_NAME,
    }
