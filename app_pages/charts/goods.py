"""Charts of goods and the age groups that buy them: pure functions from tables to figures."""

from textwrap import wrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from app_pages.charts.base import NO_NAME, all_shown, blank_figure

WRITTEN = {"lift": mark("Times as often as everybody"), "share": mark("Share of baskets")}
"""What can be written in the cells of the heat map."""

TIP = mark(
    "%{customdata[0]}, ages %{customdata[1]}: %{customdata[2]:.2f} times as often<br>95%: "
    "%{customdata[3]:.2f}–%{customdata[4]:.2f}<br>in %{customdata[5]:.1%} of their baskets, "
    "%{customdata[6]:.1%} of all<br>%{customdata[7]:,} baskets with it"
)
ALIKE = "≈"  # before what cannot be told apart
_ROW = 46  # pixels of height
_LONG_NAME = 16  # characters
# Less often blue, more often orange, by the logarithm of the lift to base 2; pale near a lift of 1.
# The background shows through: the figures, in the text's colour, are read in both themes.
_COLOURS = [
    (0, "rgba(0, 114, 178, 0.6)"),
    (0.5, "rgba(0, 114, 178, 0.12)"),
    (0.5, "rgba(213, 94, 0, 0.12)"),
    (1, "rgba(213, 94, 0, 0.6)"),
]
_STRONGEST = 1.5  # of that logarithm: a lift of 2.8, or of 1 / 2.8


def heat_chart(table: pd.DataFrame, items: list[str], visits: pd.Series, what: str) -> go.Figure:
    """A row for each item and a column for each band; colours only where the band differs.

    Args:
        table: what `products.lifts` returns, of all bands.
        items: the rows, the first on top.
        visits: of each band, by its name, in the order of the columns.
        what: is written in the cells, one of `WRITTEN`.
    """
    cells = _cells(table, items, list(visits.index), what)
    colours = np.full((len(items), len(visits)), np.nan)  # a cell without one has no colour
    texts, tips = colours.astype(object), np.empty((*colours.shape, 8), dtype=object)
    places = cells["row"], cells["column"]
    colours[places] = np.log2(cells["lift"].clip(lower=0.01)).where(cells["differs"])
    texts[places] = cells["text"].where(cells["differs"], "")  # the others are written below
    tips[places] = _tips(cells)
    coloured = go.Heatmap(
        z=colours,
        zmin=-_STRONGEST,
        zmax=_STRONGEST,
        colorscale=_COLOURS,
        showscale=False,
        text=texts,
        texttemplate="%{text}",
        textfont={"weight": 600, "size": 14},
        xgap=2,
        ygap=2,
        customdata=tips,
        hovertemplate=tr(TIP) + NO_NAME,
        hoverongaps=False,
    )
    figure = blank_figure(
        coloured, x_title=tr("Age, years (visits)"), y_title="", height=90 + _ROW * len(items)
    )
    alike = cells[~cells["differs"]]
    figure.add_trace(
        go.Scatter(
            x=alike["column"],
            y=alike["row"],
            mode="text",
            text=alike["text"],
            textfont={"size": 14},
            customdata=_tips(alike),
            hovertemplate=tr(TIP) + NO_NAME,
        )
    )
    baskets = table.drop_duplicates("item").set_index("item")["baskets"]
    names = [f"{_wrapped(item)}<br>{number(baskets[item])}" for item in items]
    bands = [f"{band}<br>{number(count, ',.0f')}" for band, count in visits.items()]
    figure.update_xaxes(
        side="top",
        tickvals=list(range(len(bands))),
        ticktext=bands,
        range=[-0.5, len(bands) - 0.5],
        showgrid=False,
        zeroline=False,
    )
    return figure.update_yaxes(
        tickvals=list(range(len(items))),
        ticktext=names,
        range=[len(items) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )


def _cells(table: pd.DataFrame, items: list[str], bands: list[str], what: str) -> pd.DataFrame:
    """Return the rows of a table of lifts that are shown, with their places and texts."""
    cells = table[table["item"].isin(items)]
    return cells.assign(
        column=cells["band"].map(bands.index),
        row=cells["item"].astype(str).map(items.index),
        text=[
            _text(what, value, differs)
            for value, differs in zip(cells[what], cells["differs"], strict=True)
        ],
    )


def _text(what: str, value: float, differs: bool) -> str:
    """Return what a cell says: a lift that may be chance is none."""
    if what == "lift":
        return tr("{times}×").format(times=number(value, ".1f")) if differs else ALIKE
    share = number(value, ".0%")
    return share if differs else f"{ALIKE} {share}"


def _wrapped(name: str) -> str:
    """Return a name on two lines, if it is long: on a phone, the cells need the room."""
    return "<br>".join(all_shown(wrap(name, _LONG_NAME, max_lines=2, placeholder="…")))


def _tips(cells: pd.DataFrame) -> np.ndarray:
    """Return what `TIP` says of cells, shape (cells, 8)."""
    columns = ["lift", "lift_low", "lift_high", "share", "share_all", "baskets"]
    return np.column_stack([all_shown(cells["item"]), cells["band"], cells[columns].astype(object)])
