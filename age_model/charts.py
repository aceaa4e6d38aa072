"""The charts of the app: pure functions from tables and arrays to Plotly figures.

Colours are left to the template in use (the app's theme, light or dark) but for greys that show
on both. All ages and errors are in years.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from age_model.ages import CHALLENGE_AGE, LEGAL_AGE, whole_years
from age_model.explore import CELL_YEARS, Area, error_in_words
from age_model.language import mark, number, separators, tr, trn

CHART_CONFIG = {"displayModeBar": False}  # of Plotly, for every chart of the app
GREY = "#808b94"  # for reference lines: 3 to 1 against both the light and the dark background
_FAINT = 0.3  # opacity of what lies outside an interval or is there only to compare with
_MAX_SHOWN_ERROR = 30  # years: rarer errors are gathered in the outermost bars
_FACE_AXIS_END = 100
NO_NAME = "<extra></extra>"  # keeps Plotly from adding the trace's name to what it says of a point
DOTTED = {"color": GREY, "width": 2, "dash": "dot"}  # a line to compare with
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {"text": ""}}
# Where the figures of these ages stand, which are close to each other.
_AGE_LIMITS = {LEGAL_AGE: "right", CHALLENGE_AGE: "left"}


def age_distribution(
    distribution: np.ndarray, age: float, age_low: float, age_high: float
) -> go.Figure:
    """Bars of how likely each age is; the 90 % interval stands out, a line marks the estimate.

    The whole ages from one rounded end of the interval to the other stand out: those that the
    words beside the chart name. Thin lines mark 18 and 25 years. `distribution` has shape (bins,),
    sums to 1, bin i is age i.
    The axis is the same for every face, so that two faces can be compared by eye.
    """
    ages = np.arange(len(distribution))
    inside = (ages >= whole_years(age_low)) & (ages <= whole_years(age_high))
    bars = go.Bar(
        x=ages,
        y=distribution,
        marker={"opacity": np.where(inside, 1.0, _FAINT), "line": {"width": 0}},
        hovertemplate=tr("Age %{x}: %{y:.1%} likely") + NO_NAME,
    )
    figure = blank_figure(bars, x_title=tr("Age, years"), y_title=tr("How likely"), height=150)
    figure.add_vline(x=age, line=DOTTED)
    for limit, side in _AGE_LIMITS.items():  # the two are close: their figures stand outside
        figure.add_vline(
            x=limit,
            line={"color": GREY, "width": 1},
            annotation={
                "text": str(limit), "xanchor": side, "yanchor": "bottom", "y": 1, "font_size": 12
            },
        )  # fmt: skip
    end = _FACE_AXIS_END if age_high < _FACE_AXIS_END - 1 else len(distribution)
    figure.update_xaxes(range=[-0.5, end + 0.5], dtick=20, showgrid=False)
    figure.update_yaxes(showticklabels=False, showgrid=False, rangemode="tozero")
    return figure.update_layout(bargap=0, margin={"l": 0, "r": 16, "t": 20, "b": 0})


def faces_by_band(counts: pd.Series) -> go.Figure:
    """Bars of the number of faces in each age band; the index of `counts` names the bands."""
    bars = go.Bar(
        x=[str(band) for band in counts.index],
        y=counts,
        text=[number(count) for count in counts],
        textposition="outside",
        cliponaxis=False,
        marker={"line": {"width": 0}},
        hovertext=[
            trn("{band} years: {count} face", "{band} years: {count} faces", count).format(
                band=band, count=number(count)
            )
            for band, count in counts.items()
        ],
        hovertemplate="%{hovertext}" + NO_NAME,
    )
    figure = blank_figure(bars, x_title=tr("Age, years"), y_title=tr("Faces"), height=220)
    figure.update_xaxes(type="category")  # "0–12" is a name, not a number or a date
    figure.update_yaxes(showticklabels=False, showgrid=False, rangemode="tozero")
    return figure.update_layout(bargap=0.3, margin_t=24)


def predicted_against_real(predictions: pd.DataFrame, area: Area | None = None) -> go.Figure:
    """Number of photos in each cell of real against predicted age, with the identity line.

    Uses the columns `real_age` and `predicted_age`. The colour is logarithmic, so that the few
    photos far from the line show beside the many near it. A selected area is framed.
    """
    real, predicted = predictions["real_age"], predictions["predicted_age"]
    highest = max(real.max(), predicted.max()) if len(predictions) else 0
    end = CELL_YEARS * (int(highest // CELL_YEARS) + 1)
    edges = np.arange(0, end + CELL_YEARS, CELL_YEARS)
    counts = np.histogram2d(predicted, real, bins=(edges, edges))[0].astype(int)
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000) if tick <= counts.max(initial=1)]
    density = go.Heatmap(
        x=edges[:-1] + CELL_YEARS / 2,
        y=edges[:-1] + CELL_YEARS / 2,
        z=np.log10(np.where(counts > 0, counts, np.nan)),  # an empty cell shows the background
        hoverinfo="skip",  # the points below tell it
        colorbar={
            "title": {"text": tr("Photos")},
            "tickvals": np.log10(ticks),
            "ticktext": [number(tick) for tick in ticks],
            "thickness": 12,
            "outlinewidth": 0,
        },
    )
    figure = blank_figure(
        density, x_title=tr("Real age, years"), y_title=tr("Predicted age, years"), height=480
    )
    figure.add_trace(_unseen_points(edges, counts))
    if area:
        (x0, x1), (y0, y1) = area.real, area.predicted
        figure.add_shape(type="rect", x0=x0, x1=x1, y0=y0, y1=y1, line={"color": GREY, "width": 3})
    figure.add_shape(type="line", x0=0, y0=0, x1=end, y1=end, line=DOTTED)
    figure.update_xaxes(range=[0, end], dtick=20)
    return figure.update_yaxes(range=[0, end], dtick=20)


def error_by_band(bands: pd.DataFrame) -> go.Figure:
    """Average error of each age band with its 95 % interval; the bands' `n` under their names.

    `bands` is the table of `metrics.by_band`.
    """
    hover = tr("%{x}<br>%{y:.1f} years off on average") + NO_NAME
    points = _interval_points(bands, "mae", hover)
    figure = blank_figure(
        points, x_title=tr(_BAND_TITLE), y_title=tr("Average error, years"), height=340
    )
    return figure.update_yaxes(rangemode="tozero")


def bias_by_band(bands: pd.DataFrame) -> go.Figure:
    """Average signed error of each age band with its 95 % interval, around a zero line.

    `bands` is the table of `metrics.by_band`; above zero the ages are predicted too old.
    """
    hover = tr("%{x}<br>%{y:+.1f} years on average") + NO_NAME
    points = _interval_points(bands, "bias", hover)
    figure = blank_figure(
        points, x_title=tr(_BAND_TITLE), y_title=tr("Predicted minus real, years"), height=340
    )
    figure.add_hline(y=0, line=DOTTED)
    return figure.update_yaxes(zeroline=False)


def error_histogram(predictions: pd.DataFrame) -> go.Figure:
    """Share of photos by signed error in whole years; the outermost bars gather the rest."""
    error = (predictions["predicted_age"] - predictions["real_age"]).to_numpy(dtype=float)
    limit = _MAX_SHOWN_ERROR
    years = range(-limit, limit + 1)
    rounded = np.clip(np.rint(error), -limit, limit)
    counts = [int(np.count_nonzero(rounded == year)) for year in years]
    bars = go.Bar(
        x=list(years),
        y=np.array(counts) / max(len(error), 1),
        customdata=[
            (
                _error_in_words(year),
                trn("{count} photo", "{count} photos", count).format(count=number(count)),
            )
            for year, count in zip(years, counts, strict=True)
        ],
        marker={"line": {"width": 0}},
        hovertemplate="%{customdata[0]}: %{customdata[1]} (%{y:.1%})" + NO_NAME,
    )
    title = tr("Predicted minus real, years")
    figure = blank_figure(bars, x_title=title, y_title=tr("Share of photos"), height=420)
    figure.add_vline(x=0, line=DOTTED)
    figure.update_xaxes(
        range=[-limit - 2, limit + 2],
        tickvals=[-limit, -20, -10, 0, 10, 20, limit],
        ticktext=[f"≤ −{limit}", "−20", "−10", "0", "+10", "+20", f"≥ +{limit}"],
        showgrid=False,
    )
    return figure.update_yaxes(**percent_axis()).update_layout(bargap=0.1)


def error_against_marks(
    error: float, low: float, high: float, others: Mapping[str, float]
) -> go.Figure:
    """Bars of average errors: this model's, with its 95 % interval, and those to compare with.

    `others` maps a name to its average error in years, drawn in the order given, below the model.
    """
    errors = {tr("This model"): error, **others}
    bars = go.Bar(
        x=list(errors.values()),
        y=[f"{name}  <b>{number(value, '.1f')}</b>" for name, value in errors.items()],
        orientation="h",
        marker={"opacity": [1.0, *[_FAINT] * len(others)], "line": {"width": 0}},
        error_x={"array": [high - error], "arrayminus": [error - low], "color": GREY},
        hovertemplate=tr("%{y} years") + NO_NAME,
    )
    figure = blank_figure(
        bars, x_title=tr("Average error, years (lower is better)"), y_title="", height=220
    )
    figure.update_xaxes(rangemode="tozero")
    return figure.update_yaxes(autorange="reversed", showgrid=False).update_layout(bargap=0.35)


def _unseen_points(edges: np.ndarray, counts: np.ndarray) -> go.Scatter:
    """Points in the cells that hold photos: Plotly lets points be selected, but no cells."""
    rows, columns = counts.nonzero()
    cells = np.array(
        [tr("{low} to {high}").format(low=low, high=low + CELL_YEARS) for low in edges[:-1]]
    )
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=edges[columns] + CELL_YEARS / 2,
        y=edges[rows] + CELL_YEARS / 2,
        customdata=list(zip(cells[columns], cells[rows], counts[rows, columns], strict=True)),
        mode="markers",
        **unseen,
        selected=unseen,
        unselected=unseen,
        hovertemplate=tr(
            "Real age %{customdata[0]}<br>Predicted %{customdata[1]}<br>Photos: %{customdata[2]}"
        )
        + NO_NAME,
    )


_BAND_TITLE = mark("Age band, years (with its number of photos)")


def _interval_points(bands: pd.DataFrame, column: str, hover: str) -> go.Scatter:
    return go.Scatter(
        x=[f"{band}<br>{number(n)}" for band, n in zip(bands["band"], bands["n"], strict=True)],
        y=bands[column],
        mode="markers",
        marker={"size": 10},
        error_y=interval_bars(bands, column),
        hovertemplate=hover,
    )


def _error_in_words(year: int) -> str:
    if abs(year) < _MAX_SHOWN_ERROR:
        return error_in_words(year)
    text = (
        tr("{years} years or more too old") if year > 0 else tr("{years} years or more too young")
    )
    return text.format(years=_MAX_SHOWN_ERROR)


def blank_figure(
    trace: go.Bar | go.Scatter | go.Heatmap, *, x_title: str, y_title: str, height: int
) -> go.Figure:
    """One trace with titled axes."""
    figure = go.Figure(trace)
    figure.update_xaxes(title={"text": x_title})
    figure.update_yaxes(title={"text": y_title})
    return settled(figure, height)


def percent_axis() -> dict[str, Any]:
    """Return how an axis of shares from 0 to 1 is written: in per cent, as the reader writes it."""
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
    """A figure without anything in it, which keeps a chart's place."""
    figure = settled(go.Figure(), height)
    return figure.update_xaxes(visible=False).update_yaxes(visible=False)


def settled(figure: go.Figure, height: int) -> go.Figure:
    """Make a figure stay put under a finger that scrolls the page, with our margins."""
    figure.update_xaxes(fixedrange=True, automargin=True)
    figure.update_yaxes(fixedrange=True, automargin=True)
    return figure.update_layout(
        height=height,
        showlegend=False,
        dragmode=False,
        separators=separators(),
        margin={"l": 0, "r": 16, "t": 12, "b": 0},
    )
