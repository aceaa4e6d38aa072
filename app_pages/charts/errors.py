"""Charts of errors and uncertainty on test photos, in years."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from age_model.evaluation.metrics import AGE_BANDS, CLOSE, age_band
from age_model.evaluation.selection import CELL_YEARS, Area
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr, trn
from age_model.reports.wording import error_in_words
from app_pages.charts.age_gate import share_points
from app_pages.charts.base import (
    DOTTED,
    GREY,
    LEGEND,
    NO_NAME,
    SHADES,
    blank_figure,
    interval_bars,
    percent_axis,
    shown,
)

_LOWER_HEIGHT = 370  # pixels, where photos are put: with its tabs the view fits on one screen
_MAX_SHOWN_ERROR = 30  # years: larger errors are counted in the outermost bars


def predicted_against_real(
    predictions: pd.DataFrame, area: Area | None = None, height: int = 480
) -> go.Figure:
    """Number of photos in each cell of real against predicted age, with the identity line.

    Uses the columns `real_age` and `predicted_age`. The colour is logarithmic, so that the few
    photos far from the line are visible next to the many near it. A selected area is framed.
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
        hoverinfo="skip",  # the points below have it
        colorbar={
            "title": {"text": tr("Photos")},
            "tickvals": np.log10(ticks),
            "ticktext": [number(tick) for tick in ticks],
            "thickness": 12,
            "outlinewidth": 0,
        },
    )
    figure = blank_figure(
        density, x_title=tr("Real age, years"), y_title=tr("Predicted age, years"), height=height
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
        points, x_title=tr(_BAND_TITLE), y_title=tr("Average error, years"), height=330
    )
    return figure.update_yaxes(rangemode="tozero")


def bias_by_band(bands: pd.DataFrame) -> go.Figure:
    """Average signed error of each age band with its 95 % interval, around a zero line.

    `bands` is the table of `metrics.by_band`; above zero the ages are predicted too old.
    """
    hover = tr("%{x}<br>%{y:+.1f} years on average") + NO_NAME
    points = _interval_points(bands, "bias", hover)
    figure = blank_figure(
        points, x_title=tr(_BAND_TITLE), y_title=tr("Too old (+), years"), height=330
    )
    figure.add_hline(y=0, line=DOTTED)
    return figure.update_yaxes(zeroline=False)


def error_histogram(predictions: pd.DataFrame) -> go.Figure:
    """Share of photos by signed error in whole years; the outermost bars include the rest."""
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
    figure = blank_figure(bars, x_title=title, y_title=tr("Share of photos"), height=_LOWER_HEIGHT)
    figure.add_vline(x=0, line=DOTTED)
    figure.update_xaxes(
        range=[-limit - 2, limit + 2],
        tickvals=[-limit, -20, -10, 0, 10, 20, limit],
        ticktext=[f"≤ −{limit}", "−20", "−10", "0", "+10", "+20", f"≥ +{limit}"],
        showgrid=False,
    )
    return figure.update_yaxes(**percent_axis()).update_layout(bargap=0.1)


def errors_of_two(bands: Mapping[str, pd.DataFrame]) -> go.Figure:
    """Average errors of two models by age band with their 95 % intervals, beside each other.

    `bands` has a table of `metrics.by_band` for each model, by its name.
    """
    hover = tr("%{x}<br>%{y:.1f} years off on average") + NO_NAME
    points = [
        _interval_points(table, "mae", hover).update(name=shown(name))
        for name, table in bands.items()
    ]
    figure = blank_figure(
        points[0], x_title=tr(_BAND_TITLE), y_title=tr("Average error, years"), height=300
    )
    figure.add_traces(points[1:])
    figure.update_yaxes(rangemode="tozero")
    return figure.update_layout(scattermode="group", showlegend=True, legend=LEGEND)


def _unseen_points(edges: np.ndarray, counts: np.ndarray) -> go.Scatter:
    """Points in the cells with photos: in Plotly, points can be selected, but not cells."""
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


_LAST_SCORE = 30  # years: nearly all errors are smaller
_LEAST_WRITTEN = 0.005  # share: a smaller one would be shown as 0 % in a cell with photos


def cumulative_scores(predictions: pd.DataFrame) -> go.Figure:
    """Share of the photos with an error of at most 0, 1, 2... years; a line marks `CLOSE`.

    Uses the columns `real_age` and `predicted_age`, of at least one photo.
    """
    errors = (predictions["predicted_age"] - predictions["real_age"]).abs().to_numpy()
    years = np.arange(_LAST_SCORE + 1)
    curve = go.Scatter(
        x=years,
        y=(errors <= years[:, None]).mean(axis=1),
        mode="lines",
        line={"width": 3},
        hovertemplate=tr("At most %{x} years off: %{y:.0%} of the photos") + NO_NAME,
    )
    figure = blank_figure(
        curve, x_title=tr("Error of at most, years"), y_title=tr("Photos"), height=300
    )
    figure.add_vline(x=CLOSE, line=DOTTED)
    figure.update_xaxes(range=[0, _LAST_SCORE], dtick=5)
    return figure.update_yaxes(range=[0, 1.02], dtick=0.25, **percent_axis())


def band_confusion(predictions: pd.DataFrame) -> go.Figure:
    """Confusion matrix of age bands: shares by predicted band in each band of real age.

    Uses the columns `real_age` and `predicted_age`. Each row sums to 1; the youngest band is on
    top, bands without photos are left out.
    """
    real, predicted = (age_band(predictions[age]) for age in ("real_age", "predicted_age"))
    counts = np.zeros((len(AGE_BANDS), len(AGE_BANDS)), int)
    np.add.at(counts, (real.codes, predicted.codes), 1)
    there = counts.any(axis=1)
    names, counts = np.array(AGE_BANDS)[there], counts[there]
    shares = counts / counts.sum(axis=1, keepdims=True)
    cells = go.Heatmap(
        x=list(AGE_BANDS),
        y=[f"{band} ({number(n)})" for band, n in zip(names, counts.sum(axis=1), strict=True)],
        z=np.where(counts > 0, shares, np.nan),  # an empty cell shows the background
        zmin=0,
        zmax=1,
        colorscale=SHADES,
        text=[
            [number(share, ".0%") if share >= _LEAST_WRITTEN else "" for share in row]
            for row in shares
        ],
        texttemplate="%{text}",
        customdata=np.dstack([np.repeat(names[:, None], len(AGE_BANDS), axis=1), counts]),
        hovertemplate=tr(
            "Real age %{customdata[0]}<br>predicted %{x}: %{z:.1%}<br>Photos: %{customdata[1]}"
        )
        + NO_NAME,
        hoverongaps=False,
        showscale=False,
        xgap=2,
        ygap=2,
    )
    figure = blank_figure(
        cells,
        x_title=tr("Predicted age band, years"),
        y_title=tr("Real age band (photos)"),
        height=_LOWER_HEIGHT,
    )
    figure.update_xaxes(type="category", tickangle=0, showgrid=False)
    return figure.update_yaxes(type="category", autorange="reversed", showgrid=False)


def interval_coverage(levels: Mapping[str, Mapping[str, Any]]) -> go.Figure:
    """Share of the real ages inside the model's ranges, by band of predicted age.

    `levels` is what `uncertainty.interval_metrics` returns, with at least one level. The bars are
    95 % Wilson intervals, the dotted lines the nominal levels.
    """
    points = [
        share_points(
            [f"{band['band']}<br>{number(band['n'])}" for band in metrics["bands"]],
            metrics["bands"],
            "coverage",
            name=tr("{level}% range").format(level=level),
            hover=tr("%{{x}} photos<br>%{{y:.0%}} inside the {level}% range").format(level=level),
        ).update(mode="markers", marker={"size": 9})
        for level, metrics in levels.items()
    ]
    figure = blank_figure(
        points[0],
        x_title=tr("Predicted age band, years (photos)"),
        y_title=tr("Real ages inside"),
        height=280,
    )
    figure.add_traces(points[1:])
    for level in levels:
        figure.add_hline(y=int(level) / 100, line=DOTTED)
    figure.update_xaxes(type="category", tickangle=0)
    # The shares are points, not bars: near 1 their distance from the line matters, not from zero.
    lowest = min(low for trace in points for low, _ in trace.customdata)
    figure.update_yaxes(**percent_axis(), range=[min(0.7, lowest) - 0.02, 1.02], dtick=0.1)
    return figure.update_layout(scattermode="group", showlegend=True, legend=LEGEND)


def error_of_the_surest(metrics: Mapping[str, Any]) -> go.Figure:
    """Average error of the photos that are left when the least certain ones are dropped.

    `metrics` is what `uncertainty.risk_coverage` returns.
    """
    steps = pd.DataFrame(metrics["steps"])
    curve = go.Scatter(
        x=steps["kept"],
        y=steps["mae"],
        mode="lines+markers",
        customdata=steps[["n"]],
        hovertemplate=tr(
            "The surest %{x:.0%} (%{customdata[0]:,} photos)<br>%{y:.2f} years off on average"
        )
        + NO_NAME,
    )
    figure = blank_figure(
        curve,
        x_title=tr("Photos kept, the surest first"),
        y_title=tr("Average error, years"),
        height=280,
    )
    figure.update_xaxes(**percent_axis(), dtick=0.1)
    return figure.update_yaxes(rangemode="tozero")
