"""Further charts of the Test errors page: pure functions from figures to Plotly figures.

They keep the rules of `charts`: colours are left to the template in use, ages are in years.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from age_model.charts import GREY, blank_figure
from age_model.metrics import AGE_BANDS, CLOSE, age_band

_LAST_SCORE = 30  # years: nearly all errors are smaller
_DOTTED = {"color": GREY, "width": 2, "dash": "dot"}
_INTERVAL_HOVER = "<br>95 %: %{customdata[0]:.1%} to %{customdata[1]:.1%}<extra></extra>"
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {"text": ""}}


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
        hovertemplate="At most %{x} years off: %{y:.0%} of the photos<extra></extra>",
    )
    figure = blank_figure(curve, x_title="Error of at most, years", y_title="Photos", height=220)
    figure.add_vline(x=CLOSE, line=_DOTTED)
    figure.update_xaxes(range=[0, _LAST_SCORE], dtick=5)
    return figure.update_yaxes(range=[0, 1.02], dtick=0.25, tickformat=".0%")


def band_confusion(predictions: pd.DataFrame) -> go.Figure:
    """Where the photos of each band of real age are put: shares by band of predicted age.

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
        y=[f"{band}<br>{n:,}" for band, n in zip(names, counts.sum(axis=1), strict=True)],
        z=np.where(counts > 0, shares, np.nan),  # an empty cell shows the background
        zmin=0,
        zmax=1,
        text=[[f"{share:.0%}" if share else "" for share in row] for row in shares],
        texttemplate="%{text}",
        customdata=np.dstack([np.repeat(names[:, None], len(AGE_BANDS), axis=1), counts]),
        hovertemplate=(
            "Real age %{customdata[0]}<br>predicted %{x}: %{z:.1%}<br>"
            "Photos: %{customdata[1]}<extra></extra>"
        ),
        hoverongaps=False,
        showscale=False,
        xgap=2,
        ygap=2,
        textfont={"weight": 600},  # numbers must be read on cells of any shade
    )
    figure = blank_figure(
        cells, x_title="Predicted age band, years", y_title="Real age band (photos)", height=420
    )
    figure.update_xaxes(type="category", tickangle=0, showgrid=False)
    return figure.update_yaxes(type="category", autorange="reversed", showgrid=False)


def interval_coverage(levels: Mapping[str, Mapping[str, Any]]) -> go.Figure:
    """Share of the real ages inside the model's ranges, by band of predicted age.

    `levels` is what `uncertainty.interval_figures` returns, with at least one level. The bars are
    95 % Wilson intervals, the dotted lines what each level promises.
    """
    points = [
        _share_points(
            [f"{band['band']}<br>{band['n']:,}" for band in figures["bands"]],
            figures["bands"],
            "coverage",
            name=f"{level} % range",
            hover=f"%{{x}} photos<br>%{{y:.0%}} inside the {level} % range",
        ).update(mode="markers", marker={"size": 9})
        for level, figures in levels.items()
    ]
    figure = blank_figure(
        points[0],
        x_title="Predicted age band, years (photos)",
        y_title="Real ages inside",
        height=340,
    )
    figure.add_traces(points[1:])
    for level in levels:
        figure.add_hline(y=int(level) / 100, line=_DOTTED)
    figure.update_xaxes(type="category", tickangle=0)
    # The shares are points, not bars: near 1 their distance from the line matters, not from zero.
    lowest = min(low for trace in points for low, _ in trace.customdata)
    figure.update_yaxes(tickformat=".0%", range=[min(0.7, lowest) - 0.02, 1.02], dtick=0.1)
    return figure.update_layout(scattermode="group", showlegend=True, legend=_LEGEND)


def error_of_the_surest(figures: Mapping[str, Any]) -> go.Figure:
    """Average error of the photos that are left when the unsurest ones are dropped.

    `figures` is what `uncertainty.risk_coverage` returns.
    """
    steps = pd.DataFrame(figures["steps"])
    curve = go.Scatter(
        x=steps["kept"],
        y=steps["mae"],
        mode="lines+markers",
        customdata=steps[["n"]],
        hovertemplate=(
            "The surest %{x:.0%} (%{customdata[0]:,} photos)<br>"
            "%{y:.2f} years off on average<extra></extra>"
        ),
    )
    figure = blank_figure(
        curve, x_title="Photos kept, the surest first", y_title="Average error, years", height=340
    )
    figure.update_xaxes(tickformat=".0%", dtick=0.1)
    return figure.update_yaxes(rangemode="tozero")


def gate_errors(figures: Mapping[str, Any], age: int) -> go.Figure:
    """False passes and false challenges by challenge age; a line marks the chosen `age`.

    `figures` is what `gate.gate_figures` returns; the bars are 95 % Wilson intervals. A share of
    no people is left out.
    """
    names = {
        "false_pass": f"Under {figures['legal_age']}, not asked",
        "false_challenge": f"{figures['clearly_adult']} or older, asked",
    }
    rows = figures["challenge_ages"]
    curves = [
        _share_points(
            [row["age"] for row in rows],
            rows,
            column,
            name=name,
            hover=f"Challenge age %{{x}}<br>{name}: %{{y:.1%}}",
        ).update(mode="lines+markers")
        for column, name in names.items()
    ]
    figure = blank_figure(curves[0], x_title="Challenge age, years", y_title="Share", height=340)
    figure.add_trace(curves[1])
    figure.add_vline(x=age, line=_DOTTED)
    figure.update_yaxes(tickformat=".0%", rangemode="tozero")
    return figure.update_layout(showlegend=True, legend=_LEGEND)


def _share_points(
    x: Sequence[Any], rows: Sequence[Mapping[str, Any]], column: str, name: str, hover: str
) -> go.Scatter:
    """Points at the shares in a column of `rows`, with the interval of `metrics.share`."""
    ends = [f"{column}_low", f"{column}_high"]
    shares = pd.DataFrame(list(rows), columns=[column, *ends]).astype(float)  # None becomes NaN
    return go.Scatter(
        x=list(x),
        y=shares[column],
        customdata=shares[ends],
        error_y={
            "type": "data",
            "array": shares[ends[1]] - shares[column],
            "arrayminus": shares[column] - shares[ends[0]],
            "thickness": 1.5,
            "width": 3,
        },
        name=name,
        hovertemplate=hover + _INTERVAL_HOVER,
    )
