"""Charts of the ages of faces."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from age_model.ages import CHALLENGE_AGE, LEGAL_AGE, whole_years, years_lived
from age_model.i18n.translate import number, tr, trn
from app_pages.charts.base import DOTTED, FAINT, GREY, NO_NAME, blank_figure

_FACE_AXIS_END = 100


def age_distribution(
    distribution: np.ndarray,
    age: float,
    age_low: float,
    age_high: float,
    challenge_age: int = CHALLENGE_AGE,
) -> go.Figure:
    """Bars of how likely each age is; the 90 % interval stands out, a line marks the estimate.

    The whole ages from one rounded end of the interval to the other stand out, as in the text
    beside the chart. Thin lines mark 18 years and `challenge_age`. `distribution` has shape
    (bins,), sums to 1, bin i is age i. The axis is the same for every face, so
    that two faces can be compared by eye.
    """
    ages = np.arange(len(distribution))
    inside = (ages >= years_lived(age_low)) & (ages <= whole_years(age_high))
    bars = go.Bar(
        x=ages,
        y=distribution,
        marker={"opacity": np.where(inside, 1.0, FAINT), "line": {"width": 0}},
        hovertemplate=tr("Age %{x}: %{y:.1%} likely") + NO_NAME,
    )
    figure = blank_figure(bars, x_title=tr("Age, years"), y_title=tr("How likely"), height=150)
    figure.add_vline(x=age, line=DOTTED)
    limits = {LEGAL_AGE: "right", challenge_age: "left"}  # they are close: labels stand outside
    for limit, side in limits.items():
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
