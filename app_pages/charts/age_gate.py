"""Charts of who is asked for ID by an age gate."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from age_model.ages import LEGAL_AGE, under_column
from age_model.i18n.translate import tr
from app_pages.charts.base import (
    DOTTED,
    GREY,
    LEGEND,
    NO_NAME,
    blank_figure,
    interval_bars,
    percent_axis,
)

_GATE_SHARES = ("false_pass", "false_challenge")


def gate_errors(metrics: Mapping[str, Any], age: int) -> go.Figure:
    """False passes and false challenges by challenge age; a line marks the chosen `age`.

    `metrics` is what `age_gate.gate_metrics` returns; the bars are 95 % Wilson intervals. A share
    of no people is left out.
    """
    names = {
        "false_pass": tr("14 to 17, not asked"),
        "false_challenge": tr("25 to 34, asked"),
    }
    rows = metrics["challenge_ages"]
    curves = [
        share_points(
            [row["age"] for row in rows],
            rows,
            column,
            name=name,
            hover=tr("Challenge age %{{x}}<br>{name}: %{{y:.1%}}").format(name=name),
        ).update(mode="lines+markers")
        for column, name in names.items()
    ]
    figure = blank_figure(
        curves[0], x_title=tr("Challenge age, years"), y_title=tr("Share"), height=250
    )
    figure.add_trace(curves[1])
    figure.add_vline(x=age, line=DOTTED)
    figure.update_yaxes(**percent_axis(), rangemode="tozero")
    return figure.update_layout(showlegend=True, legend=LEGEND)


def gate_curve(
    curves: Mapping[str, Sequence[Mapping[str, Any]]], usual: Mapping[str, Any], age: int
) -> go.Figure:
    """False challenges against false passes, a point for each challenge age and a line a rule.

    `curves` is what `age_gate.gate_curves` returns, not empty, and `usual` what `gate_metrics`
    counts of the usual rule. The points of the chosen `age` are large, with 95 % Wilson intervals
    both ways; so is the usual rule's, a star.
    """
    names = {
        "predicted_age": tr("By the predicted age"),
        under_column(LEGAL_AGE): tr("By the probability"),
    }
    figure = blank_figure(
        _gate_line(curves["predicted_age"], names["predicted_age"]),
        x_title=tr("14 to 17, not asked"),
        y_title=tr("25 to 34, asked"),
        height=250,
    )
    figure.add_traces(
        [_gate_line(rows, names[rule]) for rule, rows in curves.items() if rule != "predicted_age"]
    )
    for rule, rows in curves.items():
        chosen = next(row for row in rows if row["age"] == age)
        figure.add_trace(_gate_mark(chosen, str(age) if rule == "predicted_age" else ""))
    star = _gate_mark(usual, "").update(
        name=tr("The usual rule"), marker={"symbol": "star"}, showlegend=True, hoverinfo="name"
    )
    figure.add_trace(star)
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
            "14 to 17, not asked: %{x:.1%} (95%: %{customdata[1]:.1%} to %{customdata[2]:.1%})"
            "<br>25 to 34, asked: %{y:.1%} "
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


def share_points(
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
