"""The Test errors page on a small table of its own: what is chosen decides on all below it."""

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from shlex import quote
from typing import Any
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, ButtonGroup

from age_model import release
from age_model.evaluation.age_gate import gate_metrics
from age_model.evaluation.attributes import FEW
from age_model.evaluation.metrics import MARKS, age_band, summarise
from age_model.evaluation.selection import Area
from age_model.release import SHIPPED, VARIABLE
from app_pages.errors import compare
from app_pages.widgets.numbers import written
from app_pages.widgets.words import plain

PAGE = Path(__file__).parents[2] / "app_pages" / "errors" / "page.py"
NEW_COLUMNS = ["age_low_80", "age_high_80", "p_under_18", "p_under_25", "colour"]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No run of this checkout is known, and `open_page` may name another release."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setattr(release, "RUNS", tmp_path / "runs")


@pytest.fixture
def table() -> pd.DataFrame:
    """200 photos in all columns that an evaluation writes."""
    random = np.random.default_rng(0)
    real = random.uniform(5, 80, 200).round()
    predicted = (real + random.normal(0, 5, 200)).clip(0).round(2)
    return pd.DataFrame(
        {
            "file_name": [f"{number}.jpg" for number in range(200)],
            "real_age": real,
            "gender": random.choice(["female", "male"], 200),
            "ethnicity": random.choice(["Asian", "Black", "White"], 200),
            "split": "test",
            "predicted_age": predicted,
            "age_low": predicted - 8,
            "age_high": predicted + 8,
            "age_low_80": predicted - 6,
            "age_high_80": predicted + 6,
            "p_under_18": (real < 18) * 0.8,
            "p_under_25": (real < 25) * 0.8,
            "colour": random.choice(["colour", "grey"], 200),
        }
    )


@pytest.fixture
def downloaded(monkeypatch: pytest.MonkeyPatch) -> list[pd.DataFrame]:
    """The tables given to the download button, in order."""
    tables: list[pd.DataFrame] = []

    def record(label: str, data: Callable[[], bytes], *_: str, **__: str) -> None:
        tables.append(pd.read_csv(BytesIO(data())))

    monkeypatch.setattr(st, "download_button", record)
    return tables


def open_page(
    folder: Path, table: pd.DataFrame, view: str = "overview", **asked: str | list[str]
) -> AppTest:
    os.environ[VARIABLE] = str(folder)
    evaluation = folder / "evaluation"
    evaluation.mkdir(parents=True, exist_ok=True)
    (folder / "model").symlink_to(SHIPPED / "model")
    table.to_csv(evaluation / "predictions.csv", index=False)
    metrics = {
        "split": "test",
        "marks": MARKS,
        "baseline": {"constant_age": 30.0},
        "photos_without_face": 3,
    }
    (evaluation / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    app = AppTest.from_file(str(PAGE), default_timeout=300)
    for name, value in ({"view": view} | asked).items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def chart(app: AppTest, number: int) -> dict[str, Any]:
    spec: dict[str, Any] = json.loads(app.get("plotly_chart")[number].proto.spec)
    return spec


def switch(app: AppTest, tab: str) -> None:
    app.session_state["errors_view_en"] = tab
    app.run()
    assert not app.exception


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption, *app.info))


def mode_control(app: AppTest) -> ButtonGroup[str]:
    return next(group for group in app.button_group if group.key == "errors_mode")


def tables(app: AppTest) -> list[pd.DataFrame]:
    return [shown.value for shown in app.table]


def expected_error(chosen: pd.DataFrame) -> str:
    return f"{summarise(chosen['real_age'], chosen['predicted_age']).mae:.2f} years"


def test_filters_change_figures_charts_and_the_download(
    tmp_path: Path, table: pd.DataFrame, downloaded: list[pd.DataFrame]
) -> None:
    app = open_page(tmp_path, table)
    assert metrics(app)["Average error"] == expected_error(table)
    assert all(metric.help for metric in app.metric)
    pd.testing.assert_frame_equal(downloaded[-1], table)
    before = chart(app, 1)

    bands, gender, ethnicity, _ = app.pills
    bands.set_value(["25–34", "35–44"])
    gender.set_value(["male"])
    ethnicity.set_value(["Black", "White"])
    app.run()
    assert not app.exception
    chosen = table[
        age_band(table["real_age"]).isin(["25–34", "35–44"])
        & (table["gender"] == "male")
        & (table["ethnicity"] != "Asian")
    ]
    assert metrics(app)["Average error"] == expected_error(chosen)
    assert f"**{len(chosen)}** of 200 photos" in words(app)
    assert downloaded[-1]["file_name"].tolist() == chosen["file_name"].tolist()
    assert chart(app, 1) != before
    switch(app, "By age")
    assert [name.split("<br>")[0] for name in chart(app, 0)["data"][0]["x"]] == ["25–34", "35–44"]
    assert f"**{len(chosen)}** of 200 photos: **{expected_error(chosen)}** off" in words(app)
    switch(app, "Overview")

    next(button for button in app.button if button.label == "Show all").click().run()
    assert metrics(app)["Average error"] == expected_error(table)


def test_an_area_narrows_everything_but_its_own_chart(
    tmp_path: Path, table: pd.DataFrame, downloaded: list[pd.DataFrame]
) -> None:
    app = open_page(tmp_path, table)
    everybody = chart(app, 0)["data"]
    app.session_state["errors_area"] = Area((20, 40), (30, 60))
    app.run()
    assert not app.exception
    chosen = table[table["real_age"].between(20, 40) & table["predicted_age"].between(30, 60)]
    assert metrics(app)["Average error"] == expected_error(chosen)
    assert downloaded[-1]["file_name"].tolist() == chosen["file_name"].tolist()
    assert f"**{len(chosen)} photos** selected in the chart: real age 20 to 40" in words(app)
    assert chart(app, 0)["data"] == everybody
    next(button for button in app.button if button.label == "Clear the area").click().run()
    assert metrics(app)["Average error"] == expected_error(table)
    assert "selected in the chart" not in words(app)


def test_no_photo_left_is_one_sentence(tmp_path: Path, table: pd.DataFrame) -> None:
    app = open_page(tmp_path, table)
    app.session_state["errors_area"] = Area((0, 10), (90, 99))
    app.run()
    assert not app.exception
    assert "No photo is left" in app.info[0].value
    assert not app.metric
    assert "Show all" in [button.label for button in app.button]


def test_the_chart_catches_fingers_only_if_wanted(tmp_path: Path, table: pd.DataFrame) -> None:
    app = open_page(tmp_path, table)
    assert not app.get("plotly_chart")[0].proto.selection_mode
    selections = []
    for mode in ("open", "area"):
        mode_control(app).set_value(mode).run()
        assert not app.exception
        selections.append(list(app.get("plotly_chart")[0].proto.selection_mode))
    assert len(selections[0]) == len(selections[1]) == 1
    assert selections[0] != selections[1]


@pytest.mark.parametrize("view", ["overview", "ages", "map", "ranges", "gate", "groups", "worst"])
@pytest.mark.parametrize(
    "missing",
    [NEW_COLUMNS, [*NEW_COLUMNS, "gender", "ethnicity", "age_low", "age_high"]],
    ids=["new", "all"],
)
def test_tables_without_further_columns_still_show(
    tmp_path: Path, table: pd.DataFrame, view: str, missing: list[str]
) -> None:
    app = open_page(tmp_path, table.drop(columns=missing), view)
    assert f"**{expected_error(table)}** off" in words(app)
    without_all = len(missing) > len(NEW_COLUMNS)
    if view == "overview":
        assert ("Inside the range" in metrics(app)) is not without_all
    if without_all and view in ("ranges", "groups"):
        assert "The table of test results has no" in app.info[0].value
    if without_all and view == "map":
        assert "do not differ in two" in app.info[0].value


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        ("ages", {"band", "n", "mae", "mae_low", "mae_high", "bias"}),
        ("map", {"age_band", "gender", "n", "mae"}),
        ("ranges", {"level", "band", "n", "coverage", "coverage_low"}),
        ("gate", {"rule", "challenge_age", "n_minors", "false_pass", "false_pass_low"}),
        ("groups", {"group", "n", "mae", "mae_low", "mae_same_ages"}),
    ],
)
def test_the_figures_of_a_view_are_downloaded_with_n_and_intervals(
    tmp_path: Path,
    table: pd.DataFrame,
    downloaded: list[pd.DataFrame],
    view: str,
    columns: set[str],
) -> None:
    open_page(tmp_path, table, view)
    figures, photos = downloaded
    assert columns <= set(figures) and len(figures) > 1
    assert len(photos) == len(table)


def test_ranges_are_held_against_what_they_promise(tmp_path: Path, table: pd.DataFrame) -> None:
    app = open_page(tmp_path, table, "ranges")
    coverage, surest = chart(app, 0), chart(app, 1)
    assert [trace["name"] for trace in coverage["data"]] == ["80% range", "90% range"]
    assert "The 80% range covers" in words(app)
    assert "the surest half" in words(app)
    assert surest["data"][0]["x"]


def test_challenge_age_is_told_in_words(tmp_path: Path, table: pd.DataFrame) -> None:
    app = open_page(tmp_path, table, "gate")
    app.slider[0].set_value(18).run()
    assert not app.exception
    minors = table[table["real_age"].between(14, 17.9)]
    passing = (minors["predicted_age"] >= 18).mean() * 100
    assert f"**{passing:.1f}%** of the {len(minors)} people aged 14 to 17" in words(app)
    assert chart(app, 0)["layout"]["shapes"][0]["x0"] == 18


def test_the_usual_rule_stands_beside_the_age_alone(tmp_path: Path, table: pd.DataFrame) -> None:
    usual = gate_metrics(table, release.released().card()["gate"])["usual"]
    assert usual["likelihood"] < 1
    app = open_page(tmp_path, table, "gate")
    beside = words(app).split("nobody by the probability:")[1]
    low, high = usual["false_pass_low"], usual["false_pass_high"]
    told = f"by the usual rule {usual['false_pass']:.1%} ({low:.1%} to {high:.1%})"
    assert told in beside and f"by the usual rule {usual['false_challenge']:.1%} (" in beside
    assert (chart(app, 1)["data"][-1]["name"], chart(app, 1)["data"][-1]["x"]) == (
        "The usual rule",
        [usual["false_pass"]],
    )


def test_the_gate_counts_the_usual_rule_by_age_and_by_group(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    app = open_page(tmp_path, table, "gate")
    assert "The usual rule asks everyone who looks younger than" in words(app)
    people, groups = (element.value for element in app.dataframe)
    assert people["people"].tolist() == ["14 to 17", "16 to 17", "17", "25 to 34", "all from 25"]
    real = table["real_age"]
    ages = [(14, 17), (16, 17), (17, 17), (25, 34), (25, 99)]
    assert people["n"].tolist() == [real.between(*ends).sum() for ends in ages]
    assert people["share"][0] == 0  # all these have a high chance of being under 18
    assert groups["group"].tolist() == ["Female", "Male", "Asian", "Black", "White"]
    assert groups["n_minors"][:2].sum() == people["n"][0]
    assert groups["n_adults"][2:].sum() == people["n"][3]
    men = table[(table["gender"] == "male") & real.between(14, 17)]
    assert groups["bias"][1] == pytest.approx((men["predicted_age"] - men["real_age"]).mean())


def test_gate_says_who_is_missing(tmp_path: Path, table: pd.DataFrame) -> None:
    adults = open_page(tmp_path / "adults", table[table["real_age"] >= 30], "gate")
    assert "there is no photo of people aged 14 to 17" in words(adults)
    between = open_page(tmp_path / "between", table[table["real_age"].between(18, 24)], "gate")
    assert "None of these photos shows a person aged 14 to 17" in words(between)


def test_groups_are_compared_at_equal_ages(tmp_path: Path, table: pd.DataFrame) -> None:
    groups = open_page(tmp_path, table, "groups").dataframe[0].value
    assert groups["by"].value_counts().to_dict() == {
        "gender": 2,
        "ethnicity": 3,
        "gender and ethnicity": 6,
        "colour": 2,
    }
    assert {"n", "mae", "bias", "mae_same_ages"} <= set(groups)


def test_without_photos_there_is_a_table_and_advice(
    tmp_path: Path, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(tmp_path, table, "worst")
    assert "AGE_DATA_DIR=DIR " in app.code[-1].value
    assert not app.image
    worst = app.dataframe[0].value["error"].abs()
    assert worst.is_monotonic_decreasing
    assert worst.iloc[0] == (table["predicted_age"] - table["real_age"]).abs().max()
    monkeypatch.setenv("AGE_DATA_DIR", str(tmp_path / "no"))
    assert any("none of the folders" in warning.value for warning in app.run().warning)


@pytest.mark.parametrize("offered", ["the folder", "two folders"])
def test_gallery_shows_the_photos_that_are_there(
    tmp_path: Path, table: pd.DataFrame, offered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worst = (table["predicted_age"] - table["real_age"]).abs().nlargest(2).index
    photos = tmp_path / "photos" / "final_files"
    photos.mkdir(parents=True)
    Image.new("RGB", (60, 80), "grey").save(photos / f"{worst[0]}.jpg")
    (photos / f"{worst[1]}.jpg").write_bytes(b"no picture")
    other = tmp_path / "another"
    other.mkdir()
    roots = [other, photos.parent] if offered == "two folders" else [photos.parent]
    monkeypatch.setenv("AGE_DATA_DIR", os.pathsep.join(map(str, roots)))
    app = open_page(tmp_path, table, "worst")
    assert not app.text_input
    if offered == "two folders":
        assert app.selectbox(key="photo_folder").options == ["another", "photos"]
        app.selectbox(key="photo_folder").select("photos").run()
        assert not app.exception
    assert len(app.image) == 1
    first = table.loc[worst[0]]
    ages = f"Real {first['real_age']:.0f}, predicted {first['predicted_age']:.0f}"
    assert f"**{ages}**" in [button.label for button in app.button]
    assert words(app).count("not a photo that can be read") == 1
    assert "There is no such file" not in words(app)


def test_a_run_is_compared_on_the_chosen_photos(tmp_path: Path, table: pd.DataFrame) -> None:
    worse = table.assign(predicted_age=table["predicted_age"] + 10)
    others = worse.assign(file_name="other " + worse["file_name"])
    of_runs = {"worse": worse.iloc[:150], "damaged": worse[["file_name"]], "of others": others}
    runs = tmp_path / "runs"
    for name, run in of_runs.items():
        folder = runs / name / "evaluation"
        folder.mkdir(parents=True)
        run.to_csv(folder / "predictions.csv", index=False)
    (runs / "without").mkdir()
    (runs / "without" / "model").symlink_to(SHIPPED / "model")

    def run_of(name: str) -> str:
        return str(runs / name)

    app = open_page(tmp_path, table, "compare")
    chooser = app.selectbox(key="errors_run")
    assert chooser.options == ["the shipped one", "damaged", "of others", "without", "worse"]
    chooser.set_value(run_of("damaged")).run()
    assert "cannot be read" in app.error[0].value
    app.selectbox(key="errors_run").set_value(run_of("worse")).run()
    assert not app.exception
    first = table.iloc[:150]
    assert metrics(app)[plain(tmp_path.name)] == expected_error(first)
    assert metrics(app)["worse"] == expected_error(worse.iloc[:150])
    assert f"On these photos **{plain(tmp_path.name)}** is better." in words(app)
    (bands,) = (chart(app, number) for number in range(len(app.get("plotly_chart"))))
    assert [trace["name"] for trace in bands["data"]] == [tmp_path.name, "worse"]
    for name in ("of others", "without"):
        app.selectbox(key="errors_run").set_value(run_of(name)).run()
        assert "has no predictions for the chosen photos" in words(app)
        assert f"--data-dir DIR --model {quote(str(runs / name / 'model'))}" in app.code[-1].value


def test_predictions_made_to_compare_leave_a_models_own_results_as_they_are(
    tmp_path: Path, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "COMPARED", tmp_path / "compared")
    run = tmp_path / "runs" / "other"
    (run / "evaluation").mkdir(parents=True)
    (run / "model").symlink_to(SHIPPED / "model")
    own = table.assign(file_name="other " + table["file_name"])
    own.to_csv(run / "evaluation" / "predictions.csv", index=False)
    photos = tmp_path / "photos"
    worst = (table["predicted_age"] - table["real_age"]).abs().idxmax()
    (photos / "final_files").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(photos / "final_files" / table["file_name"][worst])
    monkeypatch.setenv("AGE_DATA_DIR", str(photos))
    app = open_page(tmp_path, table, "compare")
    app.selectbox(key="errors_run").set_value(str(run)).run()
    typed = shlex.split(app.code[-1].value)
    out = Path(typed[typed.index("--out") + 1])
    assert typed[typed.index("--data-dir") + 1] == str(photos)
    assert out.parent == tmp_path / "compared"
    out.parent.mkdir()
    table.assign(predicted_age=table["predicted_age"] + 10).to_csv(out, index=False)
    app.run()
    assert metrics(app)["other"] == expected_error(pd.read_csv(out))


def test_without_another_model_there_is_nothing_to_compare() -> None:
    app = AppTest.from_file(str(PAGE), default_timeout=120).run()
    assert not app.exception
    assert "Compare" not in [tab.label for tab in app.tabs]


def button(app: AppTest, label: str) -> Button:
    return next(button for button in app.button if button.label == label)


def test_a_link_shows_the_same_again(tmp_path: Path, table: pd.DataFrame) -> None:
    app = open_page(tmp_path / "first", table, "gate")
    app.pills[0].set_value(["13–17", "25–34", "35–44"])
    app.pills[1].set_value(["male"])
    app.slider[0].set_value(30).run()
    app.session_state["errors_area"] = Area((10, 40), (5, 60))
    app.run()
    link = dict(app.query_params)
    assert link == {
        "view": "gate",
        "ages": ["13–17", "25–34", "35–44"],
        "gender": "male",
        "area": "10-40_5-60",
        "challenge": "30",
    }

    other = open_page(tmp_path / "second", table, **link)
    assert words(other) == words(app)
    assert other.slider[0].value == 30
    assert other.pills[0].value == ["13–17", "25–34", "35–44"]
    assert dict(other.query_params) == link
    button(other, "Show all").click().run()
    assert dict(other.query_params) == {"view": "gate", "challenge": "30"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ages", "5–99"),
        ("gender", "<b>"),
        ("area", "40-20_1-2"),
        ("area", "9..9-20_1-2"),
        ("area", "x"),
        ("challenge", "99"),
        ("challenge", "old"),
        ("photo", "../../secret.jpg"),
        ("by", "shoe size"),
        ("view", "behind the scenes"),
    ],
)
def test_bad_values_in_the_address_are_ignored(
    tmp_path: Path, table: pd.DataFrame, name: str, value: str
) -> None:
    view = "" if name == "view" else "overview"
    app = open_page(tmp_path, table, **({"view": view} | {name: value}))
    assert metrics(app)["Average error"] == expected_error(table)
    assert not app.error
    assert name not in app.query_params


def test_tabs_are_in_the_address(tmp_path: Path, table: pd.DataFrame) -> None:
    app = open_page(tmp_path, table)
    assert "view" not in app.query_params  # the first one needs no word
    app.session_state["errors_view_en"] = "Groups"
    app.run()
    assert app.dataframe


def test_a_link_opens_a_photo_and_the_buttons_lead_on(tmp_path: Path, table: pd.DataFrame) -> None:
    errors = (table["predicted_age"] - table["real_age"]).abs()
    order = table["file_name"][errors.sort_values(ascending=False, kind="stable").index].tolist()
    app = open_page(tmp_path, table, photo=order[1])
    row = table.set_index("file_name").loc[order[1]]
    assert metrics(app)["Real age"] == f"{row['real_age']:g}"
    assert metrics(app)["Predicted"] == f"{row['predicted_age']:.1f}"
    assert "2 of 200 chosen photos" in words(app)
    assert "Nothing unusual in the table" in words(app) or "The picture is grey" in words(app)
    assert "start the app with the folder of the test photos" in words(app)
    button(app, "Next").click().run()
    assert not app.exception
    assert app.query_params["photo"] == order[2]
    button(app, "Previous").click().run()
    button(app, "Previous").click().run()
    assert app.query_params["photo"] == order[0]
    assert button(app, "Previous").disabled


def test_an_opened_photo_outside_the_selection_is_shown_without_steps(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    old = table["file_name"][table["real_age"] > 30].iloc[0]
    app = open_page(tmp_path, table, photo=old, ages="0–12")
    assert "not among those chosen" in words(app)
    assert "Next" not in [button.label for button in app.button]
    assert "Real age" in metrics(app)


def test_reasons_in_the_table_are_told(tmp_path: Path, table: pd.DataFrame) -> None:
    measured = table.assign(
        colour="colour",
        face_found=True,
        face_size=100.0,
        detection_score=0.999,
        sharpness=0.02,
        light=120.0,
        clipped=0.0,
        contrast=50.0,
        twin_ages=["12"] + [""] * 199,
    )
    app = open_page(tmp_path, measured, photo="0.jpg")
    assert "The face is blurred" in words(app)
    assert "identical picture is labelled with another age: 12" in words(app).replace("\\", "")


def test_the_gallery_opens_a_photo_with_its_distribution(
    tmp_path: Path, table: pd.DataFrame, examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worst = (table["predicted_age"] - table["real_age"]).abs().idxmax()
    photos = tmp_path / "photos"
    photos.mkdir()
    shutil.copy(examples / "group.jpg", photos / f"{worst}.jpg")
    monkeypatch.setenv("AGE_DATA_DIR", str(photos))
    app = open_page(tmp_path / "app", table, "worst")
    charts = len(app.get("plotly_chart"))
    opener = next(button for button in app.button if button.key == f"errors_open {worst}.jpg")
    opener.click().run()
    assert not app.exception
    assert app.query_params["photo"] == f"{worst}.jpg"
    assert len(app.get("plotly_chart")) == charts + 1
    assert "4 faces are in the picture" in words(app)


def test_figures_in_tables_are_written_as_elsewhere() -> None:
    table = pd.DataFrame({"n": [1234], "bias": [-0.5], "ratio": [None]})
    shown = written(table, {"n": ",", "bias": "+.2f", "ratio": ".2f"}).to_html()
    assert all(f">{text}<" in shown for text in ("1,234", "−0.50", "–"))


def test_a_photo_is_only_said_to_open_where_there_is_one(
    tmp_path: Path, table: pd.DataFrame, examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = open_page(tmp_path / "a", table)
    assert mode_control(without).options == [
        "Click shows a photo's figures",
        "Drag selects an area",
    ]
    assert not without.image
    folder = tmp_path / "photos"
    folder.mkdir()
    monkeypatch.setenv("AGE_DATA_DIR", str(folder))
    absent = open_page(tmp_path / "absent", table, view="worst")
    assert [info.value for info in absent.info] == ["These photos are not in the folder photos."]
    assert absent.dataframe
    worst = (table["predicted_age"] - table["real_age"]).abs().idxmax()
    shutil.copy(examples / "group.jpg", folder / f"{worst}.jpg")
    beside = open_page(tmp_path / "b", table)
    assert mode_control(beside).options[0] == "Click opens photos"
    assert sum((one.key or "").startswith("errors_open ") for one in beside.button) == 1


def test_the_heat_map_has_n_in_each_cell_and_pale_ones_for_few(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    light = np.linspace(0, 200, len(table))
    app = open_page(tmp_path, table.assign(light=light), "map")
    many, few = chart(app, 0)["data"]
    assert many["opacity"] == 1 and few["opacity"] < 0.5
    written = [text for trace in (many, few) for row in trace["text"] for text in row if text]
    counts = [int(re.findall(r"<br>(\d+)$", text)[0]) for text in written]
    assert sum(counts) == len(table)
    assert all(count >= FEW for count in _counts(many)) and all(n < FEW for n in _counts(few))
    app.selectbox(key="errors_rows").set_value("light").run()
    assert not app.exception
    assert app.query_params["rows"] == "light"
    assert chart(app, 0)["data"][0]["y"] == ["0–50", "50–100", "100–150", "150–200"]
    app.selectbox(key="errors_columns").set_value("light").run()
    assert "two different attributes" in app.info[0].value


def _counts(trace: dict[str, Any]) -> list[int]:
    texts = [text for row in trace["text"] for text in row if text]
    return [int(re.findall(r"<br>(\d+)$", text)[0]) for text in texts]


def test_a_choice_is_named_and_its_link_shows_it_again(tmp_path: Path, table: pd.DataFrame) -> None:
    app = open_page(tmp_path / "first", table)
    assert not app.text_input
    app.pills[1].set_value(["male"])
    app.run()
    app.text_input(key="errors_cohort_name").set_value("the men ").run()
    assert not app.exception
    link = parse_qs(app.code[-1].value.split("?")[1])
    assert link == {"gender": ["male"], "cohort": ["the men"]}
    other = open_page(tmp_path / "second", table, gender="male", cohort="the men")
    assert words(other) == words(app) and "the men" in words(other)
    button(other, "Show all").click().run()
    assert dict(other.query_params) == {}


def test_other_sources_are_a_filter_and_rows_of_the_map(
    tmp_path: Path, table: pd.DataFrame
) -> None:
    others = table.head(60).assign(
        source=["UTKFace test"] * 10 + ["LFW"] * 50, size="full", photo=range(60), person=range(60)
    )
    lacking = ["file_name", "gender", "ethnicity", "split", "age_low_80", "age_high_80"]
    (tmp_path / "evaluation").mkdir()
    others = pd.concat([others, others.assign(size="half")]).drop(columns=lacking)
    others.to_csv(tmp_path / "evaluation" / "sources.csv", index=False)
    app = open_page(tmp_path, table)
    assert metrics(app)["Average error"] == expected_error(table)
    app.pills(key="errors_source").set_value(["LFW"]).run()
    assert metrics(app)["Average error"] == expected_error(others.iloc[10:60])
    assert "All 50 photos" in words(app)  # of this source: they are none of the test photos
    switch(app, "Ranges")
    assert "The 80% range" not in words(app) and "The 90% range covers" in words(app)
    switch(app, "Heat map")
    app.selectbox(key="errors_columns").set_value("source").run()
    assert chart(app, 0)["data"][0]["x"] == ["LFW", "UTKFace<br>test"]
