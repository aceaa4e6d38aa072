"""The charts of the Data page: pure functions from tables of ages to Plotly figures.

As in all charts, colours come from the template in use; ages are in years.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from age_model.data.age_counts import GROUPS, age_shares, groups_of
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.reports.wording import group_title
from app_pages.charts.base import LEGEND, NO_NAME, blank_figure, percent_axis, settled, shown

Measure = Literal["share", "photos"]

_HEIGHT = 340
_OUTLINES_AT_MOST = 3  # more groups in one picture hide each other
_PANEL_HEIGHT = 96

SPLIT_NAMES = {"train": mark("Training"), "valid": mark("Validation"), "test": mark("Test")}


def group_name(group: str) -> str:
    """Return the name of a split or another group in the reader's language."""
    return tr(SPLIT_NAMES[group]) if group in SPLIT_NAMES else group_title(group)


def ages_by_group(counts: pd.DataFrame, column: str, width: int, measure: Measure) -> go.Figure:
    """A histogram for each group of a column, with its number of photos.

    Few groups are outlines in one picture, each with the same colour in every chart. More
    have a picture each, one above the other, with the same scale.

    `counts` is a table of `age_counts.count_ages` with that column, `width` the years of a step.
    By "share" each group adds up to 1, so that groups of unequal size can be compared.
    """
    groups = groups_of(counts, column)
    if len(groups) > _OUTLINES_AT_MOST:
        return _panels(
            {group_name(group): counts[counts[column] == group] for group in groups}, width, measure
        )
    known = GROUPS[column]
    others = [group for group in groups if group not in known]
    # A trace's colour depends on its place: an absent group keeps its place, invisible.
    traces = [
        _outline(counts[counts[column] == group], group_name(group), width, measure)
        if group in groups
        else go.Scatter(visible=False)
        for group in (*known, *others)
    ]
    return _titled(traces, measure)


def ages_compared(
    counts: pd.DataFrame, name: str, others: pd.DataFrame | None, others_name: str, width: int
) -> go.Figure:
    """Bars of the ages of one set of photos, as shares, under the outline of another's, if any.

    Both are tables of `age_counts.count_ages`; `width` is the years of a step.
    """
    bars = _bars(counts, name, width, "share").update(marker_opacity=0.6)
    traces = [bars]
    if others is not None:
        traces.append(_outline(others, others_name, width, "share"))
    return _titled(traces, "share").update_layout(bargap=0.08)


def _panels(groups: Mapping[str, pd.DataFrame], width: int, measure: Measure) -> go.Figure:
    """Bars of each group's ages, one picture above the other, with the same axes."""
    figure = make_subplots(
        rows=len(groups), cols=1, shared_xaxes=True, shared_yaxes="all", vertical_spacing=0.04
    )
    for row, (name, counts) in enumerate(groups.items(), start=1):
        bars = _bars(counts, name, width, measure)
        figure.add_trace(bars, row=row, col=1)
        figure.add_annotation(
            text=bars.name,
            x=1, xref="x domain", xanchor="right", y=1, yref="y domain", yanchor="top",
            showarrow=False, font_size=13, row=row, col=1,
        )  # fmt: skip
    _with_axes(figure, measure)
    figure.update_xaxes(title_text=tr("Age, years"), row=len(groups), col=1)
    figure.update_yaxes(nticks=3)
    figure.update_yaxes(title_text=_measured(measure), row=(len(groups) + 1) // 2, col=1)
    return settled(figure, height=_PANEL_HEIGHT * len(groups) + 50).update_layout(bargap=0.08)


def _bars(counts: pd.DataFrame, name: str, width: int, measure: Measure) -> go.Bar:
    shares = age_shares(counts, width)
    return go.Bar(
        x=shares["start"] - _left_of_start(width) + width / 2,
        y=shares[measure],
        customdata=_words(shares, width),
        name=_name(name, shares),
        marker={"line": {"width": 0}},
        hovertemplate=_hover(name),
    )


def _outline(counts: pd.DataFrame, name: str, width: int, measure: Measure) -> go.Scatter:
    shares = age_shares(counts, width)
    words = _words(shares, width)
    # A step extends to the next point: the last one, at the end, brings the outline down to 0.
    left = shares["start"] - _left_of_start(width)
    return go.Scatter(
        x=[*left, left.iloc[-1] + width],
        y=[*shares[measure], 0],
        customdata=[*words, words[-1]],
        name=_name(name, shares),
        mode="lines",
        line={"shape": "hv", "width": 2.5},
        hovertemplate=_hover(name),
    )


def _titled(traces: Sequence[go.Bar | go.Scatter], measure: Measure) -> go.Figure:
    figure = blank_figure(
        traces[0], x_title=tr("Age, years"), y_title=_measured(measure), height=_HEIGHT
    )
    figure.add_traces(traces[1:])
    return _with_axes(figure, measure).update_layout(showlegend=True, legend=LEGEND)


def _with_axes(figure: go.Figure, measure: Measure) -> go.Figure:
    # Upright at every width: a browser takes a third of a second for each label that it turns.
    figure.update_xaxes(dtick=10, tickangle=0, rangemode="tozero", showgrid=False)
    form = percent_axis() if measure == "share" else {"tickformat": ",d"}
    return figure.update_yaxes(**form, rangemode="tozero")


def _measured(measure: Measure) -> str:
    return tr("Share of the photos") if measure == "share" else tr("Photos")


def _left_of_start(width: int) -> float:
    """How far left of its first age a step begins: single years are centred on their number."""
    return 0.5 if width == 1 else 0


def _words(shares: pd.DataFrame, width: int) -> list[tuple[str, str, str]]:
    """Return the ages, photos and share of each step as text."""
    ends = shares["start"] + width - 1
    ages = [
        tr("Age {age}").format(age=start)
        if width == 1
        else tr("Age {low} to {high}").format(low=start, high=end)
        for start, end in zip(shares["start"], ends, strict=True)
    ]
    photos = [number(count) for count in shares["photos"]]
    percents = [number(share * 100, ".1f") for share in shares["share"]]
    return list(zip(ages, photos, percents, strict=True))


def _name(name: str, shares: pd.DataFrame) -> str:
    return f"{shown(name)} (n = {number(shares['photos'].sum())})"


def _hover(name: str) -> str:
    words = tr("{ages}: {share}% of these photos ({photos})").format(
        ages="%{customdata[0]}", share="%{customdata[2]}", photos="%{customdata[1]}"
    )
    return f"<b>{shown(name)}</b><br>{words}" + NO_NAME
