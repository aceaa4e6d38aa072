"""Charts of the Store pages: pure functions from tables to Plotly figures.

They keep the rules of `age_model.charts`: colours are left to the template in use.
"""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from age_model.charts import GREY, blank_figure
from age_model.language import mark, tr

MEASURE_NAMES = {
    "visits": mark("Visits"),
    "spend": mark("Spend"),
    "basket": mark("Spend a visit"),
}
WEEKDAYS = (
    mark("Mon"),
    mark("Tue"),
    mark("Wed"),
    mark("Thu"),
    mark("Fri"),
    mark("Sat"),
    mark("Sun"),
)
_DOTTED = {"color": GREY, "width": 2, "dash": "dot"}
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {"text": ""}}
_DATE = "%Y-%m-%d"  # of ticks, as the page writes the period
_FEW_PARTS = 8  # up to so many there is room for intervals
_ROW = 34  # pixels of height for each row of a horizontal chart


def bands_chart(table: pd.DataFrame, measure: str) -> go.Figure:
    """Bars of a measure of each band with its 95 % interval.

    `table` is what `purchases.by_band` returns.
    """
    bars = go.Bar(
        x=table["band"],
        y=table["value"],
        customdata=np.stack([table["low"], table["high"]], axis=1),
        error_y=_interval(table.rename(columns=_AS_VALUE), "value"),
        marker={"line": {"width": 0}},
        hovertemplate="%{x}: %{y:,.0f}<br>95%: %{customdata[0]:,.0f}–%{customdata[1]:,.0f}"
        "<extra></extra>",
    )
    figure = blank_figure(
        bars, x_title=tr("Age, years"), y_title=tr(MEASURE_NAMES[measure]), height=340
    )
    figure.update_xaxes(type="category", showgrid=False)
    return figure.update_yaxes(rangemode="tozero", tickformat=",").update_layout(bargap=0.3)


def parts_chart(table: pd.DataFrame, by: str, measure: str) -> go.Figure:
    """A line for each band over time, or points for each store; intervals where there is room.

    `table` is what `purchases.by_part` returns.
    """
    figure = blank_figure(
        go.Scatter(),
        x_title=tr("Hour of the day") if by == "hour" else "",
        y_title=tr(MEASURE_NAMES[measure]),
        height=440,
    )
    figure.data = ()
    few = table["part"].nunique() <= _FEW_PARTS
    for band, rows in table.groupby("band", sort=False):
        figure.add_trace(
            go.Scatter(
                x=_part_names(rows["part"], by),
                y=rows["value"],
                name=str(band),
                mode="markers" if by == "store" else "lines+markers" if few else "lines",
                customdata=np.stack([rows["low"], rows["high"]], axis=1),
                error_y=_interval(rows.rename(columns=_AS_VALUE), "value") if few else None,
                hovertemplate="%{x}: %{y:,.0f}<br>95%: %{customdata[0]:,.0f}–%{customdata[1]:,.0f}",
            )
        )
    if by not in ("day", "week", "hour"):
        figure.update_xaxes(type="category")
    if by in ("day", "week"):
        figure.update_xaxes(tickformat=_DATE)
    figure.update_yaxes(rangemode="tozero", tickformat=",")
    # Side by side where there are intervals; lines over time must not be shifted.
    return figure.update_layout(
        showlegend=True, legend=_LEGEND, scattermode="group" if by == "store" else "overlay"
    )


def lift_chart(table: pd.DataFrame) -> go.Figure:
    """How many times as often things are bought, each with its 95 % interval, around once.

    `table` is some rows of what `products.lifts` returns, of one band; the first is on top.
    """
    points = go.Scatter(
        x=table["lift"],
        y=table["item"],
        mode="markers",
        marker={"size": 10},
        customdata=np.stack(
            [table["lift_low"], table["lift_high"], table["share"], table["share_all"]], axis=1
        ),
        error_x={
            "type": "data",
            "array": table["lift_high"] - table["lift"],
            "arrayminus": table["lift"] - table["lift_low"],
            "thickness": 2,
            "width": 5,
        },
        hovertemplate=tr(
            "%{y}: %{x:.2f} times as often<br>95%: %{customdata[0]:.2f}–%{customdata[1]:.2f}<br>"
            "in %{customdata[2]:.1%} of their baskets, %{customdata[3]:.1%} of all"
        )
        + "<extra></extra>",
    )
    figure = blank_figure(
        points,
        x_title=tr("Times as often as everybody"),
        y_title="",
        height=90 + _ROW * len(table),
    )
    figure.add_vline(x=1, line=_DOTTED)
    figure.update_xaxes(rangemode="tozero")
    return figure.update_yaxes(autorange="reversed", type="category")


def comparison_chart(table: pd.DataFrame, names: tuple[str, str], measure: str) -> go.Figure:
    """Two bars for each band; a star over those whose difference is more than chance.

    `table` is one of those that `comparison.compare` returns.
    """
    figure = blank_figure(
        go.Bar(x=table["band"], y=table["first"], name=names[0]),
        x_title=tr("Age, years (★ differs by more than chance)"),
        y_title=tr(MEASURE_NAMES[measure])
        if measure == "basket"
        else tr("{measure} a day").format(measure=tr(MEASURE_NAMES[measure])),
        height=380,
    )
    figure.add_trace(
        go.Bar(
            x=table["band"],
            y=table["second"],
            name=names[1],
            text=np.where(table["differs"], "★", ""),
            textposition="outside",
            cliponaxis=False,
        )
    )
    figure.update_traces(marker_line_width=0, hovertemplate="%{x}: %{y:,.1f}")
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(rangemode="tozero", tickformat=",")
    return figure.update_layout(showlegend=True, legend=_LEGEND, bargap=0.3)


def asked_chart(table: pd.DataFrame, by: str) -> go.Figure:
    """Share of the young-looking buyers who were asked, with 95 % intervals, by part.

    `table` is what `alcohol.sales_by_part` returns.
    """
    seen = table[table["recorded"] > 0]
    points = go.Scatter(
        x=_part_names(seen["part"], by),
        y=seen["rate"],
        mode="markers",
        marker={"size": 9},
        customdata=np.stack(
            [seen["asked"], seen["recorded"], seen["rate_low"], seen["rate_high"]], axis=1
        ),
        error_y=_interval(seen, "rate"),
        hovertemplate=tr(
            "%{x}: %{customdata[0]} of %{customdata[1]} asked (%{y:.0%})<br>"
            "95%: %{customdata[2]:.0%}–%{customdata[3]:.0%}"
        )
        + "<extra></extra>",
    )
    figure = blank_figure(points, x_title="", y_title=tr("Asked for ID"), height=360)
    if by in ("day", "week"):
        figure.update_xaxes(tickformat=_DATE)
    else:
        figure.update_xaxes(type="category")
    return figure.update_yaxes(range=[0, 1.03], tickformat=".0%", dtick=0.25)


def cashiers_chart(table: pd.DataFrame, standard: float) -> go.Figure:
    """Each cashier's rate of asking with its 95 % interval, and the store's standard as a line.

    `table` is what `cashiers.compare_cashiers` returns; its order is kept.
    """
    points = go.Scatter(
        x=table["rate"],
        y=table["cashier"],
        mode="markers",
        marker={"size": 10, "symbol": np.where(table["talk"], "diamond", "circle")},
        customdata=np.stack(
            [table["asked"], table["buyers"], table["rate_low"], table["rate_high"]], axis=1
        ),
        error_x={
            "type": "data",
            "array": table["rate_high"] - table["rate"],
            "arrayminus": table["rate"] - table["rate_low"],
            "thickness": 2,
            "width": 4,
        },
        hovertemplate=tr(
            "%{y}: about %{x:.0%}<br>95%: %{customdata[2]:.0%}–%{customdata[3]:.0%}<br>"
            "asked %{customdata[0]} of %{customdata[1]} who looked young"
        )
        + "<extra></extra>",
    )
    figure = blank_figure(
        points,
        x_title=tr("Asks for ID (line: the standard)"),
        y_title="",
        height=90 + 26 * len(table),
    )
    figure.add_vline(x=standard, line=_DOTTED)
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", dtick=0.25)
    return figure.update_yaxes(autorange="reversed", type="category", dtick=1)


def challenge_chart(table: pd.DataFrame, age: int) -> go.Figure:
    """Questions and minors who would pass at each challenge age; a line marks one age.

    `table` is what `challenge.what_if` returns.
    """
    figure = blank_figure(
        go.Scatter(
            x=table["age"],
            y=table["questions"],
            name=tr("Asked, of all buyers"),
            mode="lines",
            line={"width": 3},
        ),
        x_title=tr("Challenge age, years"),
        y_title=tr("Share"),
        height=360,
    )
    figure.add_trace(
        go.Scatter(
            x=table["age"],
            y=table["false_pass"],
            name=tr("Passing, of those under age"),
            mode="lines",
            line={"width": 3, "dash": "dash"},
        )
    )
    figure.update_traces(hovertemplate="%{x}: %{y:.1%}")
    figure.add_vline(x=age, line=_DOTTED)
    figure.update_yaxes(rangemode="tozero", tickformat=".0%")
    return figure.update_layout(showlegend=True, legend=_LEGEND)


def part_name(part: object, by: str) -> str:
    """Return a part of visits or sales as it is shown."""
    if by == "weekday":
        return tr(WEEKDAYS[int(str(part))])
    if by == "shift":
        return tr(SHIFT_NAMES[str(part)])
    return f"{part:%Y-%m-%d}" if isinstance(part, pd.Timestamp) else str(part)


SHIFT_NAMES = {
    "morning": mark("Morning (6 to 15)"),
    "evening": mark("Evening (15 to 22)"),
    "night": mark("Night (22 to 6)"),
}
_AS_VALUE = {"low": "value_low", "high": "value_high"}


def _part_names(parts: pd.Series, by: str) -> list[object]:
    kept = by in ("day", "week", "hour")  # as times and numbers, on an axis with gaps
    return list(parts) if kept else [part_name(part, by) for part in parts]


def _interval(table: pd.DataFrame, column: str) -> dict[str, object]:
    return {
        "type": "data",
        "array": table[f"{column}_high"] - table[column],
        "arrayminus": (table[column] - table[f"{column}_low"]).clip(lower=0),
        "color": GREY,
        "thickness": 2,
        "width": 4,
    }
