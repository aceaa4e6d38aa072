"""The error by two attributes of the photos as a map of coloured cells, in years."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from age_model.evaluation.attributes import FEW
from age_model.i18n.translate import number, tr
from age_model.reports.wording import group_title
from app_pages.charts.base import NO_NAME, SHADES, blank_figure, shown

_ROW, _LEAST, _MOST = 44, 200, 405  # pixels: a row, and the chart as a whole
_PALE = 0.25  # of the colour, for few photos
# On a phone more than four columns have small names, and their cells no room for more than numbers.
_MANY, _SMALL = 4, 10  # pixels


def error_heat_map(
    cells: pd.DataFrame, rows: Sequence[str], columns: Sequence[str], titles: tuple[str, str]
) -> go.Figure:
    """Average error in each combination of two attributes, with its number of photos.

    A cell of fewer than `FEW` photos is pale. `cells` is a table of `attributes.error_cells`,
    `rows` and `columns` are the attributes' values in their order, `titles` the attributes' names.
    """
    table = cells.assign(few=cells["n"] < FEW)
    highest = float(table.loc[~table["few"], "mae"].max()) if (~table["few"]).any() else 1.0
    many, few = (
        _cells(table[table["few"] == pale], rows, columns, highest, 1 - pale * (1 - _PALE))
        for pale in (False, True)
    )
    figure = blank_figure(
        many,
        x_title=shown(titles[1]),
        y_title=shown(titles[0]),
        height=min(max(_LEAST, 80 + _ROW * len(rows)), _MOST),
    )
    figure.add_trace(few)
    figure.update_xaxes(type="category", tickangle=0, showgrid=False, side="top")
    if len(columns) > _MANY:
        figure.update_xaxes(tickfont={"size": _SMALL})
        figure.update_traces(textfont={"size": _SMALL + 1})  # Plotly's own choice is too small
    return figure.update_yaxes(type="category", autorange="reversed", showgrid=False)


def _cells(
    table: pd.DataFrame, rows: Sequence[str], columns: Sequence[str], highest: float, opacity: float
) -> go.Heatmap:
    by = {
        name: table.pivot(index="row", columns="column", values=name)
        for name in ("mae", "n", "bias")
    }
    grid = {
        name: values.reindex(index=list(rows), columns=list(columns)).to_numpy(dtype=float)
        for name, values in by.items()
    }
    return go.Heatmap(
        x=[shown(group_title(column)).replace(" ", "<br>") for column in columns],
        y=[shown(group_title(row)) for row in rows],
        z=grid["mae"],
        zmin=0,
        zmax=highest,
        colorscale=SHADES,
        opacity=opacity,
        text=_texts(grid["mae"], grid["n"]),
        texttemplate="%{text}",
        customdata=np.dstack([grid["n"], grid["bias"]]),
        hovertemplate=tr(
            "%{y}, %{x}<br>%{z:.2f} years off on average<br>too old (+) or too young (−): "
            "%{customdata[1]:+.2f}<br>Photos: %{customdata[0]}"
        )
        + NO_NAME,
        hoverongaps=False,
        showscale=False,
        xgap=2,
        ygap=2,
    )


def _texts(errors: np.ndarray, counts: np.ndarray) -> list[list[str]]:
    return [
        [
            "" if np.isnan(error) else f"<b>{number(error, '.1f')}</b><br>{number(int(count))}"
            for error, count in zip(*row, strict=True)
        ]
        for row in zip(errors, counts, strict=True)
    ]
