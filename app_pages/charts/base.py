"""Shared parts of the app's charts.

Colours come from the template in use (the app's theme, light or dark), except for greys that are
visible on both.
"""

import html
from collections.abc import Iterable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from age_model.i18n.translate import number, separators

CHART_CONFIG = {"displayModeBar": False}  # of Plotly, for every chart of the app
GREY = "#808b94"  # for reference lines: 3 to 1 against both the light and the dark background
FAINT = 0.3  # opacity outside an interval, and of what is only for comparison
NO_NAME = "<extra></extra>"  # keeps Plotly from adding the trace's name to a tooltip
# From nearly the background to a blue on which the text of either theme is read at 7 to 1.
SHADES = [[0, "rgba(0, 114, 178, 0.04)"], [1, "rgba(0, 114, 178, 0.55)"]]
DOTTED = {"color": GREY, "width": 2, "dash": "dot"}  # a reference line
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {"text": ""}}


def shown(name: object) -> str:
    """Return a name that somebody else gave so that Plotly shows it as it is.

    Plotly takes tags, links among them, for markup, and %{...} in its templates for values.

    >>> shown("<b>Bread</b> %{x}")
    '&lt;b&gt;Bread&lt;/b&gt; %&#123;x}'
    """
    return html.escape(str(name), quote=False).replace("{", "&#123;")


def all_shown(names: Iterable[object]) -> list[str]:
    """Return names as `shown` does."""
    return [shown(name) for name in names]


def blank_figure(
    trace: go.Bar | go.Scatter | go.Heatmap, *, x_title: str, y_title: str, height: int
) -> go.Figure:
    """One trace with titled axes."""
    figure = go.Figure(trace)
    figure.update_xaxes(title={"text": x_title})
    figure.update_yaxes(title={"text": y_title})
    return settled(figure, height)


def percent_axis() -> dict[str, Any]:
    """Return the layout of an axis of shares from 0 to 1: in per cent, in the reader's format."""
    # Plotly's own form of a percentage has no space before the sign in any language.
    aliases = {f"{percent}%": number(percent / 100, ".0%") for percent in range(101)}
    return {"tickformat": ".0%", "labelalias": aliases}


def interval_bars(table: pd.DataFrame, column: str) -> dict[str, Any]:
    """Return bars from the column's `_low` to its `_high` end."""
    return {
        "type": "data",
        "array": table[f"{column}_high"] - table[column],
        "arrayminus": (table[column] - table[f"{column}_low"]).clip(lower=0),
        "thickness": 2,
        "width": 4,
    }


def unfilled_figure(height: int) -> go.Figure:
    """An empty figure as a chart's placeholder."""
    figure = settled(go.Figure(), height)
    return figure.update_xaxes(visible=False).update_yaxes(visible=False)


def settled(figure: go.Figure, height: int) -> go.Figure:
    """Keep a figure from capturing a finger that scrolls the page, and set our margins."""
    # Margins make room for all labels: to look for ones outside, label after label, takes longest.
    figure.update_xaxes(fixedrange=True, automargin=True, ticklabeloverflow="allow")
    figure.update_yaxes(fixedrange=True, automargin=True, ticklabeloverflow="allow")
    return figure.update_layout(
        height=height,
        showlegend=False,
        dragmode=False,
        separators=separators(),
        margin={"l": 0, "r": 16, "t": 12, "b": 0},
    )
