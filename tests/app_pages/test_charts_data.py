"""The numbers, names and places of the traces, from tables counted by hand."""

import pandas as pd
import plotly.graph_objects as go
import pytest

from app_pages.charts.data_set import ages_by_group, ages_compared


@pytest.fixture
def counts() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [2, 7, 7, 12, 30],
            "split": ["train", "train", "test", "test", "valid"],
            "gender": ["male", "female", "male", "", "robot"],
            "photos": [1000, 3000, 1, 3, 5],
        }
    )


def seen(figure: go.Figure) -> dict[str, go.Scatter]:
    return {trace.name: trace for trace in figure.data if trace.visible is not False}


def test_each_group_adds_up_to_one_and_names_its_photos(counts: pd.DataFrame) -> None:
    groups = seen(ages_by_group(counts, "split", 5, "share"))
    assert list(groups) == ["Training (n = 4,000)", "Validation (n = 5)", "Test (n = 4)"]
    training = groups["Training (n = 4,000)"]
    assert list(training.x) == [0, 5, 10]  # where a step begins, and the end
    assert list(training.y) == [0.25, 0.75, 0]
    assert tuple(training.customdata[1]) == ("Age 5 to 9", "3,000", "75.0")
    for outline in groups.values():
        assert sum(outline.y) == pytest.approx(1)


def test_photos_can_be_counted_instead(counts: pd.DataFrame) -> None:
    figure = ages_by_group(counts, "split", 1, "photos")
    test = seen(figure)["Test (n = 4)"]
    heights = dict(zip(test.x, test.y, strict=True))
    assert (heights[6.5], heights[11.5], heights[10.5]) == (1, 3, 0)  # years stand in the middle
    assert test.customdata[12][0] == "Age 12"
    assert figure.layout.yaxis.title.text == "Photos"


def test_a_group_keeps_its_colour_when_others_are_absent(counts: pd.DataFrame) -> None:
    def places(table: pd.DataFrame) -> dict[str, int]:
        figure = ages_by_group(table, "split", 5, "share")
        return {trace.name: i for i, trace in enumerate(figure.data) if trace.visible is not False}

    assert places(counts)["Test (n = 4)"] == 2
    assert places(counts[counts["split"] == "test"]) == {"Test (n = 4)": 2}


def test_unknown_groups_follow_under_their_own_names(counts: pd.DataFrame) -> None:
    names = list(seen(ages_by_group(counts, "gender", 5, "share")))
    assert names == ["Female (n = 3,000)", "Male (n = 1,001)", "Robot (n = 5)"]


def test_many_groups_have_a_picture_each_on_one_scale() -> None:
    groups = ["Asian", "Black", "Indian", "White"]
    counts = pd.DataFrame({"age": [2, 7, 7, 12], "ethnicity": groups, "photos": [10, 20, 30, 40]})
    figure = ages_by_group(counts, "ethnicity", 5, "photos")
    assert [(bars.name, bars.yaxis, max(bars.y)) for bars in figure.data] == [
        ("Asian (n = 10)", "y", 10),
        ("Black (n = 20)", "y2", 20),
        ("Indian (n = 30)", "y3", 30),
        ("White (n = 40)", "y4", 40),
    ]
    assert [note.text for note in figure.layout.annotations] == [bars.name for bars in figure.data]
    assert figure.layout.yaxis.matches == figure.layout.yaxis2.matches == "y4"
    assert figure.layout.xaxis.matches == "x4"
    assert figure.layout.xaxis.fixedrange and figure.layout.yaxis4.fixedrange
    assert tuple(figure.data[3].customdata[2]) == ("Age 10 to 14", "40", "100.0")


def test_a_folder_lies_as_bars_under_the_outline_of_others(counts: pd.DataFrame) -> None:
    others = pd.DataFrame({"age": [7], "photos": [2]})
    bars, outline = ages_compared(others, "This folder", counts, "Learned from", 5).data
    assert bars.name == "This folder (n = 2)"
    assert list(bars.x) == [2.5, 7.5] and list(bars.y) == [0, 1]
    assert outline.name == "Learned from (n = 4,009)"
    assert outline.y[0] == pytest.approx(1000 / 4009)
    assert "<b>Learned from</b>" in outline.hovertemplate
    (alone,) = ages_compared(others, "All", None, "", 5).data
    assert list(alone.y) == list(bars.y)


def test_charts_leave_the_page_to_scroll_and_the_colours_to_the_theme(
    counts: pd.DataFrame,
) -> None:
    for figure in (
        ages_by_group(counts, "gender", 5, "share"),
        ages_compared(counts, "a", counts, "b", 1),
    ):
        assert figure.layout.dragmode is False
        assert figure.layout.xaxis.fixedrange and figure.layout.yaxis.fixedrange
        assert figure.layout.xaxis.title.text and figure.layout.yaxis.title.text
        for trace in figure.data:
            drawn = trace.to_plotly_json()
            assert drawn.get("marker", {}).get("color") is None
            assert drawn.get("line", {}).get("color") is None
