import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from age_model.evaluation.selection import Area
from app_pages.charts import ages, errors
from app_pages.charts.sources import error_by_source
from app_pages.charts.training import error_by_epoch

BANDS = pd.DataFrame(
    {
        "band": ["0–12", "13–17", "65+"],
        "n": [1200, 40, 7],
        "mae": [2.0, 3.0, 6.0],
        "mae_low": [1.9, 2.5, 4.0],
        "mae_high": [2.2, 3.6, 9.0],
        "bias": [0.5, -1.0, -4.0],
        "bias_low": [0.2, -1.6, -7.0],
        "bias_high": [0.7, -0.3, -1.0],
    }
)


def titles(figure: go.Figure) -> tuple[str, str]:
    return figure.layout.xaxis.title.text, figure.layout.yaxis.title.text


def predictions(real: list[float], predicted: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"real_age": real, "predicted_age": predicted})


def test_age_distribution_highlights_the_interval_and_marks_the_age() -> None:
    distribution = np.zeros(117)
    distribution[[30, 31, 32, 50]] = [0.3, 0.3, 0.3, 0.1]
    figure = ages.age_distribution(distribution, age=31.2, age_low=29.6, age_high=33.4)
    bars = figure.data[0]
    assert list(bars.x) == list(range(117))
    np.testing.assert_array_equal(bars.y, distribution)
    opaque = np.flatnonzero(np.asarray(bars.marker.opacity) == 1)
    assert opaque.tolist() == [29, 30, 31, 32, 33]  # as in “likely 29 to 33”
    assert [(line.x0, line.x1) for line in figure.layout.shapes] == [
        (31.2, 31.2), (18, 18), (25, 25)
    ]  # fmt: skip
    assert [note.text for note in figure.layout.annotations] == ["18", "25"]
    assert titles(figure) == ("Age, years", "How likely")
    of_a_store = ages.age_distribution(distribution, 31.2, 29.6, 33.4, challenge_age=22)
    assert [note.text for note in of_a_store.layout.annotations] == ["18", "22"]


def test_age_axis_is_the_same_for_all_faces_but_the_oldest() -> None:
    flat = np.full(117, 1 / 117)
    ranges = [
        ages.age_distribution(flat, age, age - 5, age + 5).layout.xaxis.range
        for age in (6.0, 50.0, 93.0, 108.0)
    ]
    assert ranges[0] == ranges[1] == ranges[2]
    assert ranges[3][1] > 113


def test_faces_are_counted_by_band() -> None:
    figure = ages.faces_by_band(pd.Series({"0–12": 0, "13–17": 3}))
    assert list(figure.data[0].x) == ["0–12", "13–17"]
    assert list(figure.data[0].y) == [0, 3]
    assert list(figure.data[0].text) == ["0", "3"]
    assert figure.layout.xaxis.type == "category"
    assert titles(figure) == ("Age, years", "Faces")


def test_one_face_is_not_several() -> None:
    bars = ages.faces_by_band(pd.Series({"0–12": 1, "13–17": 3})).data[0]
    assert list(bars.hovertext) == ["0–12 years: 1 face", "13–17 years: 3 faces"]


def test_density_counts_each_photo_in_its_cell() -> None:
    figure = errors.predicted_against_real(
        predictions([20.0, 21.9, 20.5, 60.0], [30.0, 31.0, 31.9, 51.0])
    )
    heatmap = figure.data[0]
    column, row = list(heatmap.x).index(21), list(heatmap.y).index(31)
    assert heatmap.z[row][column] == pytest.approx(np.log10(3))
    points = figure.data[1]
    assert points.customdata[list(points.x).index(21)] == ["20 to 22", "30 to 32", 3]
    assert np.count_nonzero(~np.isnan(np.asarray(heatmap.z))) == 2  # other cells stay empty
    assert titles(figure) == ("Real age, years", "Predicted age, years")


def test_density_has_the_identity_line_and_room_for_every_photo() -> None:
    figure = errors.predicted_against_real(predictions([1.0, 30.0], [2.0, 116.0]))
    line = figure.layout.shapes[0]
    assert (line.x0, line.x1) == (line.y0, line.y1)
    assert line.x1 > 116
    assert np.nansum(10 ** np.asarray(figure.data[0].z)) == 2


def test_density_frames_the_area_and_has_a_point_to_select_in_each_full_cell() -> None:
    table = predictions([20.0, 21.9, 60.0], [30.0, 31.0, 51.0])
    figure = errors.predicted_against_real(table, Area((15, 25), (28, 40)))
    frame = figure.layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (15, 25, 28, 40)
    points = figure.data[1]
    assert list(zip(points.x, points.y, strict=True)) == [(21, 31), (61, 51)]
    assert points.marker.opacity == points.unselected.marker.opacity == 0
    assert figure.data[0].hoverinfo == "skip"  # the points have the content of a cell


def test_density_of_no_photos_is_empty() -> None:
    figure = errors.predicted_against_real(predictions([], []))
    assert np.isnan(np.asarray(figure.data[0].z, float)).all()


@pytest.mark.parametrize(
    ("chart", "column", "y_title"),
    [
        (errors.error_by_band, "mae", "Average error, years"),
        (errors.bias_by_band, "bias", "Too old (+), years"),
    ],
)
def test_bands_show_value_interval_and_n(chart: object, column: str, y_title: str) -> None:
    assert callable(chart)
    figure = chart(BANDS)
    points = figure.data[0]
    assert list(points.x) == ["0–12<br>1,200", "13–17<br>40", "65+<br>7"]
    assert list(points.y) == BANDS[column].tolist()
    np.testing.assert_allclose(points.y + points.error_y.array, BANDS[f"{column}_high"])
    np.testing.assert_allclose(points.y - points.error_y.arrayminus, BANDS[f"{column}_low"])
    assert titles(figure) == ("Age band, years (with its number of photos)", y_title)


def test_bias_has_a_zero_line() -> None:
    line = errors.bias_by_band(BANDS).layout.shapes[0]
    assert line.y0 == line.y1 == 0


def test_histogram_counts_whole_years_and_gathers_the_rare() -> None:
    figure = errors.error_histogram(
        predictions([30.0, 30.0, 30.0, 30.0, 2.0], [30.4, 32.6, 27.4, 20.0, 90.0])
    )
    bars = figure.data[0]
    share = dict(zip(bars.x, bars.y, strict=True))
    assert {year: value for year, value in share.items() if value} == {
        0: 0.2,
        3: 0.2,
        -3: 0.2,
        -10: 0.2,
        30: 0.2,
    }
    words = {int(year): row[0] for year, row in zip(bars.x, bars.customdata, strict=True)}
    assert words[0] == "Correct to half a year"
    assert words[1] == "1 year too old"
    assert words[-3] == "3 years too young"
    assert words[30] == "30 years or more too old"
    assert titles(figure) == ("Predicted minus real, years", "Share of photos")


def test_sources_stand_below_each_other_with_their_intervals() -> None:
    known = {"people": 3, "photos": 1200, "mae": 4.9, "mae_low": 4.75, "mae_high": 5.0}
    single = known | {"people": 1, "photos": 1, "mae_low": None, "mae_high": None}
    figure = error_by_source([known | {"source": "UTKFace test"}, single | {"source": "LFW"}])
    points = figure.data[0]
    assert list(points.x) == [4.9, 4.9]
    assert points.y[0] == "UTKFace test  <b>4.90</b><br>3 people, 1,200 photos"
    assert points.y[1] == "LFW  <b>4.90</b><br>1 photo"
    assert figure.layout.yaxis.autorange == "reversed"  # the first on top
    assert points.error_x.array == pytest.approx([0.1, 0])
    assert points.error_x.arrayminus == pytest.approx([0.15, 0])


def test_the_best_epoch_is_marked() -> None:
    log = pd.DataFrame({"epoch": [1, 2, 3], "valid_mae": [6, 4, 5], "train_mae": [7, 5, 4]})
    figure = error_by_epoch(log)
    assert [trace.name for trace in figure.data] == ["validation photos", "training photos"]
    assert (figure.layout.annotations[0].x, figure.layout.annotations[0].y) == (2, 4)
    assert figure.layout.xaxis.dtick == 1  # there is no epoch 1.5


@pytest.mark.parametrize(
    "figure",
    [
        ages.age_distribution(np.full(117, 1 / 117), 30, 20, 40),
        ages.faces_by_band(pd.Series({"0–12": 1})),
        errors.predicted_against_real(predictions([30.0], [31.0])),
        errors.error_by_band(BANDS),
        errors.bias_by_band(BANDS),
        errors.error_histogram(predictions([30.0], [31.0])),
        errors.errors_of_two({"one": BANDS, "two": BANDS}),
        error_by_epoch(pd.DataFrame({"epoch": [1], "valid_mae": [6], "train_mae": [7]})),
    ],
)
def test_charts_leave_the_page_to_scroll_and_the_colours_to_the_theme(figure: go.Figure) -> None:
    assert figure.layout.dragmode is False
    assert figure.layout.xaxis.fixedrange
    assert figure.layout.yaxis.fixedrange
    assert figure.data[0].to_plotly_json().get("marker", {}).get("color") is None
    assert "colorscale" not in figure.data[0].to_plotly_json()


def test_charts_write_numbers_as_their_reader_does(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = pd.Series({"0–12": 1200})
    assert ages.faces_by_band(counts).layout.separators == ".,"
    monkeypatch.setattr("age_model.i18n.translate._choose", lambda: "ru")
    figure = ages.faces_by_band(counts)
    assert figure.layout.separators == ",\N{NO-BREAK SPACE}"
    assert list(figure.data[0].text) == ["1\N{NO-BREAK SPACE}200"]
