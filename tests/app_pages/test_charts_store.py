"""The charts of the Store pages."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from app_pages.charts.goods import heat_chart
from app_pages.charts.parts import parts_chart
from app_pages.charts.store import (
    asked_chart,
    bands_chart,
    comparison_chart,
    date_ticks,
    in_order_of_day,
    lift_chart,
    times_chart,
)

BANDS = ["0–17", "18+"]


def parts(names: list[object]) -> pd.DataFrame:
    rows = [(name, band) for name in names for band in BANDS]
    table = pd.DataFrame(rows, columns=["part", "band"])
    return table.assign(value=1000.0, low=900.0, high=1100.0)


def asked(names: list[object]) -> pd.DataFrame:
    figures = {"rate": 0.8, "rate_low": 0.6, "rate_high": 0.9, "asked": 8, "recorded": 10}
    return pd.DataFrame({"part": names}).assign(**figures)


def mondays(count: int) -> list[object]:
    return list(pd.date_range("2026-06-01", periods=count, freq="7D"))


def test_few_parts_stand_side_by_side_with_their_intervals() -> None:
    figure = parts_chart(parts(mondays(5)), "week", "visits")
    assert figure.layout.scattermode == "group"
    assert {trace.mode for trace in figure.data} == {"markers"}
    assert all(trace.error_y.array is not None for trace in figure.data)
    assert figure.data[0].x[0] == "2026-06-01"


def test_many_parts_are_a_row_for_each_band_with_ticks_under_mondays() -> None:
    figure = parts_chart(parts(mondays(20)), "week", "visits")
    assert [note.text for note in figure.layout.annotations] == BANDS
    assert [trace.yaxis for trace in figure.data] == ["y", "y2"]
    assert all(trace.error_y.array is not None for trace in figure.data)
    ticks = pd.DatetimeIndex(figure.layout.xaxis.tickvals)
    assert ticks[0] == pd.Timestamp("2026-06-01") and len(ticks) <= 7
    assert set(ticks.day_of_week) == {0}


@pytest.mark.parametrize(
    ("days", "by", "apart"),
    [
        (1, "day", 1),
        (7, "day", 1),
        (8, "day", 2),
        (30, "day", 5),
        (90, "day", 14),
        (365, "day", 56),
        (29, "week", 7),
        (90, "week", 14),
    ],
)
def test_a_phone_has_room_for_the_days_below_a_chart(days: int, by: str, apart: int) -> None:
    figure = go.Figure()
    date_ticks(figure, pd.Series(pd.date_range("2026-06-01", periods=days)), by)
    ticks = pd.DatetimeIndex(figure.layout.xaxis.tickvals)
    assert len(ticks) <= 7
    assert set(ticks.to_series().diff().dropna().dt.days) == ({apart} if days > 1 else set())


def test_a_month_and_a_year_are_named_once() -> None:
    figure = go.Figure()
    date_ticks(figure, pd.Series(pd.date_range("2026-12-21", "2027-01-08", freq="D")), "day")
    texts = figure.layout.xaxis.ticktext
    assert texts == ("21 Dec<br>2026", "26", "31", "5 Jan<br>2027")


@pytest.mark.parametrize(("by", "unit"), [("weekday", " a day"), ("store", "")])
def test_only_days_of_the_week_are_averaged(by: str, unit: str) -> None:
    figure = parts_chart(parts([0, 1]), by, "visits")
    assert figure.layout.yaxis.title.text == "Visits" + unit


@pytest.mark.parametrize(("measure", "from_nothing"), [("spend", True), ("basket", False)])
def test_what_visits_spend_is_shown_near_enough_to_differ(measure: str, from_nothing: bool) -> None:
    axes = [
        bands_chart(parts([0]), measure).layout.yaxis,
        parts_chart(parts(["North", "South"]), "store", measure).layout.yaxis,
    ]
    for axis in axes:
        assert (axis.rangemode == "tozero") is from_nothing
        assert (axis.range is None) is from_nothing
    if not from_nothing:
        assert 0 < axes[0].range[0] < 900 and axes[0].range[1] > 1100


def lift_rows() -> pd.DataFrame:
    rows = [
        ("0–17", "Milk", True, 0.5),
        ("18+", "Milk", False, 1.1),
        ("18+", "<b>Tea</b>", True, 2),
    ]
    table = pd.DataFrame(rows, columns=["band", "item", "differs", "lift"])
    ends = {"lift_low": 0.4, "lift_high": 2.2, "share": 0.25, "share_all": 0.2, "baskets": 300}
    return table.assign(**ends)


def test_only_cells_that_differ_are_coloured_and_the_others_have_a_sign() -> None:
    visits = pd.Series({"0–17": 40.0, "18+": 260.0})
    figure = heat_chart(lift_rows(), ["Milk", "<b>Tea</b>"], visits, "share")
    cells, alike = figure.data
    assert np.isnan(cells.z).tolist() == [[False, True], [True, False]]
    assert cells.z[0][0] == pytest.approx(-1) and cells.z[1][1] == pytest.approx(1)
    assert cells.text[0][0] == "25%" and list(alike.text) == ["≈ 25%"]
    assert list(figure.layout.xaxis.ticktext) == ["0–17<br>40", "18+<br>260"]
    assert figure.layout.yaxis.ticktext[1].startswith("&lt;b&gt;Tea")


def test_the_title_below_rows_is_on_two_lines_for_a_phone() -> None:
    columns = ["item", "lift", "lift_low", "lift_high", "share", "share_all"]
    figure = lift_chart(pd.DataFrame([["Tea", 1.5, 1.2, 1.8, 0.3, 0.2]], columns=columns))
    lines = figure.layout.xaxis.title.text.split("<br>")
    assert lines == ["Times as often as everybody", "(line: as often)"]


def test_half_as_often_is_as_far_from_the_line_as_twice() -> None:
    columns = ["item", "times", "times_low", "times_high", "first", "second"]
    rows = [["Tea", 3.0, 2.5, 3.6, 0.1, 0.3], ["Milk", 0.9, 0.7, 1.1, 0.2, 0.18]]
    axis = times_chart(pd.DataFrame(rows, columns=columns)).layout.xaxis
    assert axis.type == "log"
    assert list(axis.tickvals) == [0.5, 1, 2, 4] and axis.ticktext == ("0.5", "1", "2", "4")
    rows[0][1:4] = [50.0, 20.0, 500.0]
    ticks = times_chart(pd.DataFrame(rows, columns=columns)).layout.xaxis.tickvals
    assert list(ticks) == [0.25, 1, 4, 16, 64, 256]  # no more than a phone has room for


def test_a_comparison_has_intervals_and_a_sign_where_nothing_differs() -> None:
    columns = ["first", "first_low", "first_high", "second", "second_low", "second_high"]
    table = pd.DataFrame([[5, 4, 6, 8, 7, 9], [5, 4, 6, 5, 4, 6]], columns=columns)
    figure = comparison_chart(table.assign(band=BANDS, differs=[True, False]), ("a", "b"), "visits")
    assert list(figure.data[1].error_y.array) == [1, 1]
    assert list(figure.layout.xaxis.ticktext) == ["0–17", "18+<br>≈"]


def test_names_have_rows_and_days_have_columns() -> None:
    named = asked_chart(asked(["North · 1", "North · 2"]), "till")
    assert list(named.data[0].y) == ["North · 1", "North · 2"]
    assert np.allclose(named.data[0].x, 0.8)
    assert named.data[0].error_x.array is not None
    timed = asked_chart(asked(mondays(3)), "week")
    assert np.allclose(timed.data[0].y, 0.8)
    assert pd.DatetimeIndex(timed.layout.xaxis.tickvals).equals(pd.DatetimeIndex(mondays(3)))


def test_shifts_are_in_the_order_of_the_day() -> None:
    table = in_order_of_day(asked(["evening", "morning", "night"]))
    assert table["part"].tolist() == ["morning", "evening", "night"]
