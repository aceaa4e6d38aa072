"""Charts of the Store pages: pure functions from tables to Plotly figures.

As in all charts, colours come from the template in use.
"""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from age_model.i18n.dates import day_in_digits, day_on_axis, day_pattern
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from app_pages.charts.base import (
    DOTTED,
    LEGEND,
    NO_NAME,
    all_shown,
    blank_figure,
    interval_bars,
    percent_axis,
    shown,
)

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
_ROW = 34  # pixels of height for each row of a horizontal chart
_MANY_ROWS = 12  # more of them lie closer together
_MOST_DATES = 7  # ticks: as many stand side by side on a phone
_MOST_TIMES = 6  # ticks less one, of an axis of powers of two: a phone has room for them
_DAYS_APART = (1, 2, 5, 7, 14, 28)  # ticks; beyond, multiples of the last


def bands_chart(table: pd.DataFrame, measure: str, unit: str = "") -> go.Figure:
    """Points of a measure of each band with its 95 % interval.

    `table` is what `purchases.by_band` returns.
    """
    points = go.Scatter(
        x=table["band"],
        y=table["value"],
        mode="markers",
        marker={"size": 10},
        customdata=np.stack([table["low"], table["high"]], axis=1),
        error_y=interval_bars(table.rename(columns=_AS_VALUE), "value"),
        hovertemplate="%{x}: %{y:,.0f}<br>95%: %{customdata[0]:,.0f}–%{customdata[1]:,.0f}"
        + NO_NAME,
    )
    name = measure_name(measure, unit=unit)
    figure = blank_figure(points, x_title=tr("Age, years"), y_title=name, height=340)
    figure.update_xaxes(type="category", showgrid=False)
    return figure.update_yaxes(**measure_axis(table, measure))


def measure_axis(table: pd.DataFrame, measure: str) -> dict[str, object]:
    """Return the layout of the axis of a measure with `low` and `high` ends."""
    if measure != "basket":
        return {"rangemode": "tozero", "tickformat": ","}
    # Spend a visit differs little: from 0, all points would be on one line.
    low, high = table["low"].min(), table["high"].max()
    margin = (high - low) / 10
    return {"range": [low - margin, high + margin], "tickformat": ","}


def date_ticks(figure: go.Figure, parts: pd.Series, by: str) -> None:
    """Put ticks under days, or under the Mondays of weeks, that are parts.

    The first one of each month names it, and the first of each year that too.
    """
    first, last = parts.min(), parts.max()
    ticks = pd.date_range(first, last, freq=f"{_days_apart((last - first).days + 1, by)}D")
    texts = []
    for day, before in zip(ticks, [None, *ticks], strict=False):
        new_year = before is None or day.year > before.year
        new_month = new_year or day.month > before.month
        texts.append(day_on_axis(day) if new_month else str(day.day))
        texts[-1] += f"<br>{day.year}" if new_year else ""
    figure.update_xaxes(tickvals=ticks, ticktext=texts, tickangle=0)


def _days_apart(days: int, by: str) -> int:
    """Return how many days lie between two ticks of so many days; with weeks, full weeks."""
    longest = _DAYS_APART[-1]
    steps = (*_DAYS_APART, *range(2 * longest, days + longest, longest))
    full = 7 if by == "week" else 1
    return next(step for step in steps if step % full == 0 and days <= step * _MOST_DATES)


def days_chart(now: pd.Series, before: pd.Series | None, y_title: str) -> go.Figure:
    """Bars of what each day counts; a dotted line for the period before, day by day.

    Args:
        now: how many, by day.
        before: as many days of the period before.
        y_title: what is counted.
    """
    bars = go.Bar(
        x=now.index,
        y=now,
        name=tr("This period"),
        marker_line_width=0,
        hovertemplate=f"%{{x|{day_pattern()}}}: %{{y:,}}",
    )
    figure = blank_figure(bars, x_title="", y_title=y_title, height=280)
    if before is not None:
        figure.add_trace(
            go.Scatter(
                x=now.index,
                y=before,
                name=tr("Period before"),
                mode="lines+markers",
                line=DOTTED,
                customdata=before.index,
                hovertemplate=f"%{{customdata|{day_pattern()}}}: %{{y:,}}",
            )
        )
        figure.update_layout(showlegend=True, legend=LEGEND)
    date_ticks(figure, now.index.to_series(), "day")
    return figure.update_yaxes(rangemode="tozero", tickformat=",")


def lift_chart(table: pd.DataFrame) -> go.Figure:
    """How many times as often items are bought, each with its 95 % interval, around once.

    `table` is some rows of what `products.lifts` returns, of one band; the first is on top.
    """
    tip = tr(
        "%{y}: %{x:.2f} times as often<br>95%: %{customdata[0]:.2f}–%{customdata[1]:.2f}<br>"
        "in %{customdata[2]:.1%} of their baskets, %{customdata[3]:.1%} of all"
    )
    points = _often(table, "lift", ("share", "share_all"), tip)
    figure = _rows_chart(points, tr("Times as often as everybody (line: as often)"))
    figure.add_vline(x=1, line=DOTTED)
    return figure.update_xaxes(rangemode="tozero")


def times_chart(table: pd.DataFrame) -> go.Figure:
    """How many times as often items are bought on one of two sides, each with its interval.

    `table` is some rows of what `goods.compare_goods` returns; the first is on top. Half as often
    is as far from the line as twice as often.
    """
    tip = tr(
        "%{y}: %{x:.2f} times as often<br>95%: %{customdata[0]:.2f}–%{customdata[1]:.2f}<br>"
        "in %{customdata[2]:.1%} of the baskets, %{customdata[3]:.1%} on the other side"
    )
    points = _often(table, "times", ("second", "first"), tip)
    figure = _rows_chart(points, tr("Times as often (line: as often)"))
    figure.add_vline(x=1, line=DOTTED)
    ends = np.log2([table["times_low"].min(), table["times_high"].max(), 0.5, 2])
    least, most = np.floor(ends.min()), np.ceil(ends.max())
    apart = np.ceil((most - least) / _MOST_TIMES)
    powers = 2.0 ** np.arange(least - least % apart, most + 1, apart)  # 1 is among them
    return figure.update_xaxes(
        type="log",
        range=list(np.log10([2.0**least, 2.0**most])),
        tickvals=powers,
        ticktext=[number(power, "g") for power in powers],
    )


def _often(table: pd.DataFrame, column: str, shares: tuple[str, str], tip: str) -> go.Scatter:
    """Return points of how many times as often items are bought, with intervals and two shares."""
    return go.Scatter(
        x=table[column],
        y=all_shown(table["item"]),
        mode="markers",
        marker={"size": 10},
        cliponaxis=False,
        customdata=table[[f"{column}_low", f"{column}_high", *shares]].to_numpy(),
        error_x=interval_bars(table, column),
        hovertemplate=tip + NO_NAME,
    )


def comparison_chart(
    table: pd.DataFrame, names: tuple[str, str], measure: str, unit: str = ""
) -> go.Figure:
    """Two points with intervals for each band; ≈ under those that cannot be told apart.

    `table` is one of those that `purchases.compare` returns.
    """
    figure = blank_figure(
        _side(table, "first", names[0]),
        x_title=tr("Age, years (≈: cannot be told apart)"),
        y_title=measure_name(measure, measure != "basket", unit),
        height=380,
    )
    figure.add_trace(_side(table, "second", names[1]))
    bands = [
        band if differs else f"{band}<br>≈"
        for band, differs in zip(table["band"], table["differs"], strict=True)
    ]
    figure.update_xaxes(
        type="category", tickvals=list(table["band"]), ticktext=bands, showgrid=False
    )
    top = table[["first_high", "second_high"]].max(axis=1)
    ends = table[["first_low", "second_low"]].min(axis=1)
    figure.update_yaxes(**measure_axis(pd.DataFrame({"low": ends, "high": top}), measure))
    return figure.update_layout(showlegend=True, legend=LEGEND, scattermode="group")


def _side(table: pd.DataFrame, side: str, name: str) -> go.Scatter:
    """Return one of the two sides of a comparison: points with 95 % intervals."""
    return go.Scatter(
        x=table["band"],
        y=table[side],
        name=shown(name),
        mode="markers",
        marker={"size": 10},
        customdata=table[[f"{side}_low", f"{side}_high"]],
        error_y=interval_bars(table, side),
        hovertemplate="%{x}: %{y:,.1f}<br>95%: %{customdata[0]:,.1f}–%{customdata[1]:,.1f}",
    )


def asked_chart(table: pd.DataFrame, by: str) -> go.Figure:
    """Share of the young-looking buyers who were asked, with 95 % intervals, by part.

    Days and weeks go from left to right; named parts have a row each, with room for the name.
    `table` is what `alcohol.sales_by_part` returns.
    """
    seen = table[table["recorded"] > 0]
    over_time = by in ("day", "week")
    names = [shown(part_name(part, by)) for part in seen["part"]]
    interval = interval_bars(seen, "rate")
    points = go.Scatter(
        x=seen["part"] if over_time else seen["rate"],
        y=seen["rate"] if over_time else names,
        mode="markers",
        marker={"size": 9},
        text=names,
        customdata=np.stack(
            [seen["asked"], seen["recorded"], seen["rate"], seen["rate_low"], seen["rate_high"]],
            axis=1,
        ),
        error_y=interval if over_time else None,
        error_x=None if over_time else interval,
        hovertemplate=tr(
            "%{text}: %{customdata[0]} of %{customdata[1]} asked (%{customdata[2]:.0%})<br>"
            "95%: %{customdata[3]:.0%}–%{customdata[4]:.0%}"
        )
        + NO_NAME,
    )
    share = {"range": [0, 1.03], **percent_axis(), "dtick": 0.25}
    if over_time:
        figure = blank_figure(points, x_title="", y_title=tr("Asked for ID"), height=360)
        date_ticks(figure, seen["part"], by)
        return figure.update_yaxes(**share)
    return _rows_chart(points, tr("Asked for ID")).update_xaxes(**share)


def cashiers_chart(table: pd.DataFrame, standard: float) -> go.Figure:
    """Each cashier's rate of asking with its 95 % interval, and the store's standard as a line.

    `table` is what `cashiers.compare_cashiers` returns; its order is kept.
    """
    points = go.Scatter(
        x=table["rate"],
        y=all_shown(table["cashier"]),
        mode="markers",
        marker={"size": 10, "symbol": np.where(table["talk"], "diamond", "circle")},
        customdata=np.stack(
            [table["asked"], table["buyers"], table["rate_low"], table["rate_high"]], axis=1
        ),
        error_x=interval_bars(table, "rate"),
        hovertemplate=tr(
            "%{y}: about %{x:.0%}<br>95%: %{customdata[2]:.0%}–%{customdata[3]:.0%}<br>"
            "asked %{customdata[0]} of %{customdata[1]} who looked young"
        )
        + NO_NAME,
    )
    figure = _rows_chart(points, tr("Asks for ID (line: the standard)"))
    figure.add_vline(x=standard, line=DOTTED)
    return figure.update_xaxes(range=[0, 1.02], **percent_axis(), dtick=0.25)


def challenge_chart(table: pd.DataFrame, age: int) -> go.Figure:
    """Questions and minors who would pass at each challenge age; a line marks one age.

    `table` is what `alcohol.what_if` returns.
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
            name=tr("Passing, aged 14 to 17"),
            mode="lines",
            line={"width": 3, "dash": "dash"},
        )
    )
    figure.update_traces(hovertemplate="%{x}: %{y:.1%}")
    figure.add_vline(x=age, line=DOTTED)
    figure.update_yaxes(rangemode="tozero", **percent_axis())
    return figure.update_layout(showlegend=True, legend=LEGEND)


def measure_name(measure: str, a_day: bool = False, unit: str = "") -> str:
    """Return a measure as it is shown, an amount with the sign of its currency."""
    name = tr(MEASURE_NAMES[measure])
    name = tr("{measure} a day").format(measure=name) if a_day else name
    return f"{name}, {unit}" if unit and measure != "visits" else name


def part_name(part: object, by: str) -> str:
    """Return a part of visits or sales as it is shown."""
    if by == "weekday":
        return tr(WEEKDAYS[int(str(part))])
    if by == "shift":
        return tr(SHIFT_NAMES[str(part)])
    return day_in_digits(part) if isinstance(part, pd.Timestamp) else str(part)


def in_order_of_day(table: pd.DataFrame) -> pd.DataFrame:
    """Return `alcohol.sales_by_part` of shifts, the morning first."""
    order = list(SHIFT_NAMES)
    return table.sort_values("part", key=lambda parts: parts.map(order.index), ignore_index=True)


SHIFT_NAMES = {
    "morning": mark("Morning (6 to 15)"),
    "evening": mark("Evening (15 to 22)"),
    "night": mark("Night (22 to 6)"),
}
_AS_VALUE = {"low": "value_low", "high": "value_high"}


def _rows_chart(points: go.Scatter, x_title: str) -> go.Figure:
    """Return a horizontal chart of points, each in a row with its name, the first on top."""
    count = len(points.y)
    height = 108 + (_ROW if count <= _MANY_ROWS else 26) * count  # pixels
    lines = x_title.replace(" (", "<br>(")  # on a phone, one line would lose its end
    figure = blank_figure(points, x_title=lines, y_title="", height=height)
    return figure.update_yaxes(autorange="reversed", type="category", dtick=1)
