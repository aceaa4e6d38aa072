"""The charts of the Store pages."""

import numpy as np
import pandas as pd
import pytest

from app_pages.charts.store import asked_chart, bands_chart, in_order_of_day, parts_chart

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


def test_many_parts_are_lines_with_ticks_under_mondays() -> None:
    figure = parts_chart(parts(mondays(20)), "week", "visits")
    assert {trace.mode for trace in figure.data} == {"lines"}
    assert pd.Timestamp(figure.layout.xaxis.tick0) == pd.Timestamp("2026-06-01")
    week = 7 * 24 * 3600 * 1000
    assert figure.layout.xaxis.dtick % week == 0


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


def test_names_have_rows_and_days_have_columns() -> None:
    named = asked_chart(asked(["North · 1", "North · 2"]), "till")
    assert list(named.data[0].y) == ["North · 1", "North · 2"]
    assert np.allclose(named.data[0].x, 0.8)
    assert named.data[0].error_x.array is not None
    timed = asked_chart(asked(mondays(3)), "week")
    assert np.allclose(timed.data[0].y, 0.8)
    assert pd.Timestamp(timed.layout.xaxis.tick0) == pd.Timestamp("2026-06-01")


def test_shifts_are_in_the_order_of_the_day() -> None:
    table = in_order_of_day(asked(["evening", "morning", "night"]))
    assert table["part"].tolist() == ["morning", "evening", "night"]
