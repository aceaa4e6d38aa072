"""Further charts of the Test errors page: pure functions from figures to Plotly figures.

They keep the rules of `charts`: colours are left to the template in use, ages are in years.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from age_model.ages import LEGAL_AGE, under_column
from age_model.charts import (
    DOTTED,
    GREY,
    LEGEND,
    NO_NAME,
    blank_figure,
    interval_bars,
    percent_axis,
)
from age_model.language import number, tr
from age_model.metrics import AGE_BANDS, CLOSE, age_band

_LAST_SCORE = 30  # years: nearly all errors are smaller
_LEAST_WRITTEN = 0.005  # share: a smaller one would be written as 0 %, in a cell that holds photos
_GATE_SHARES = ("false_pass", "false_challenge")


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
        curve, x_title=tr("Error of at most, years"), y_title=tr("Photos"), height=220
    )
    figure.add_vline(x=CLOSE, line=DOTTED)
    figure.update_xaxes(range=[0, _LAST_SCORE], dtick=5)
    return figure.update_yaxes(range=[0, 1.02], dtick=0.25, **percent_axis())


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
        y=[f"{band}<br>{number(n)}" for band, n in zip(names, counts.sum(axis=1), strict=True)],
        z=np.where(counts > 0, shares, np.nan),  # an empty cell shows the background
        zmin=0,
        zmax=1,
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
        textfont={"weight": 600},  # numbers must be read on cells of any shade
    )
    figure = blank_figure(
        cells,
        x_title=tr("Predicted age band, years"),
        y_title=tr("Real age band (photos)"),
        height=420,
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
            [f"{band['band']}<br>{number(band['n'])}" for band in figures["bands"]],
            figures["bands"],
            "coverage",
            name=tr("{level}% range").format(level=level),
            hover=tr("%{{x}} photos<br>%{{y:.0%}} inside the {level}% range").format(level=level),
        ).update(mode="markers", marker={"size": 9})
        for level, figures in levels.items()
    ]
    figure = blank_figure(
        points[0],
        x_title=tr("Predicted age band, years (photos)"),
        y_title=tr("Real ages inside"),
        height=340,
    )
    figure.add_traces(points[1:])
    for level in levels:
        figure.add_hline(y=int(level) / 100, line=DOTTED)
    figure.update_xaxes(type="category", tickangle=0)
    # The shares are points, not bars: near 1 their distance from the line matters, not from zero.
    lowest = min(low for trace in points for low, _ in trace.customdata)
    figure.update_yaxes(**percent_axis(), range=[min(0.7, lowest) - 0.02, 1.02], dtick=0.1)
    return figure.update_layout(scattermode="group", showlegend=True, legend=LEGEND)


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
        hovertemplate=tr(
            "The surest %{x:.0%} (%{customdata[0]:,} photos)<br>%{y:.2f} years off on average"
        )
        + NO_NAME,
    )
    figure = blank_figure(
        curve,
        x_title=tr("Photos kept, the surest first"),
        y_title=tr("Average error, years"),
        height=340,
    )
    figure.update_xaxes(**percent_axis(), dtick=0.1)
    return figure.update_yaxes(rangemode="tozero")


def gate_errors(figures: Mapping[str, Any], age: int) -> go.Figure:
    """False passes and false challenges by challenge age; a line marks the chosen `age`.

    `figures` is what `gate.gate_figures` returns; the bars are 95 % Wilson intervals. A share of
    no people is left out.
    """
    names = {
        "false_pass": tr("Under {age}, not asked").format(age=figures["legal_age"]),
        "false_challenge": tr("{age} or older, asked").format(age=figures["clearly_adult"]),
    }
    rows = figures["challenge_ages"]
    curves = [
        _share_points(
            [row["age"] for row in rows],
            rows,
            column,
            name=name,
            hover=tr("Challenge age %{{x}}<br>{name}: %{{y:.1%}}").format(name=name),
        ).update(mode="lines+markers")
        for column, name in names.items()
    ]
    figure = blank_figure(
        curves[0], x_title=tr("Challenge age, years"), y_title=tr("Share"), height=340
    )
    figure.add_trace(curves[1])
    figure.add_vline(x=age, line=DOTTED)
    figure.update_yaxes(**percent_axis(), rangemode="tozero")
    return figure.update_layout(showlegend=True, legend=LEGEND)


def gate_curve(curves: Mapping[str, Sequence[Mapping[str, Any]]], age: int) -> go.Figure:
    """False challenges against false passes, a point for each challenge age and a line a rule.

    `curves` is what `gate.gate_curves` returns, not empty. The points of the chosen `age` are
    large, with 95 % Wilson intervals both ways.
    """
    names = {
        "predicted_age": tr("By the predicted age"),
        under_column(LEGAL_AGE): tr("By the probability"),
    }
    figure = blank_figure(
        _gate_line(curves["predicted_age"], names["predicted_age"]),
        x_title=tr("Under age, not asked"),
        y_title=tr("Clearly adult, asked"),
        height=340,
    )
    figure.add_traces(
        [_gate_line(rows, names[rule]) for rule, rows in curves.items() if rule != "predicted_age"]
    )
    for rule, rows in curves.items():
        chosen = next(row for row in rows if row["age"] == age)
        figure.add_trace(_gate_mark(chosen, str(age) if rule == "predicted_age" else ""))
    figure.update_xaxes(**percent_axis(), rangemode="tozero")
    figure.update_yaxes(**percent_axis(), rangemode="tozero")
    return figure.update_layout(showlegend=True, legend=LEGEND)


def _gate_line(rows: Sequence[Mapping[str, Any]], name: str) -> go.Scatter:
    ends = [f"{share}_{end}" for share in _GATE_SHARES for end in ("low", "high")]
    return go.Scatter(
        x=[row["false_pass"] for row in rows],
        y=[row["false_challenge"] for row in rows],
        customdata=[[row["age"], *(row[end] for end in ends)] for row in rows],
        mode="lines+markers",
        marker={"size": 5},
        name=name,
        hovertemplate=tr(
            "Challenge age %{customdata[0]}<br>"
            "under age, not asked: %{x:.1%} (95%: %{customdata[1]:.1%} to %{customdata[2]:.1%})"
            "<br>clearly adult, asked: %{y:.1%} "
            "(95%: %{customdata[3]:.1%} to %{customdata[4]:.1%})"
        )
        + NO_NAME,
    )


def _gate_mark(row: Mapping[str, Any], text: str) -> go.Scatter:
    bars = [
        {
            "type": "data",
            "array": [row[f"{share}_high"] - row[share]],
            "arrayminus": [row[share] - row[f"{share}_low"]],
            "thickness": 1.5,
            "width": 4,
            "color": GREY,
        }
        for share in _GATE_SHARES
    ]
    return go.Scatter(
        x=[row["false_pass"]],
        y=[row["false_challenge"]],
        error_x=bars[0],
        error_y=bars[1],
        mode="markers+text",
        text=[text],
        textposition="top right",
        marker={"size": 13, "symbol": "diamond", "color": GREY},
        hoverinfo="skip",
        showlegend=False,
    )


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
        error_y=interval_bars(shares, column) | {"thickness": 1.5, "width": 3},
        name=name,
        hovertemplate=hover + tr("<br>95%: %{customdata[0]:.1%} to %{customdata[1]:.1%}") + NO_NAME,
    )
