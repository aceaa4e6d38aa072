"""The Data set page: by its shipped tables, and on made-up folders in each of the three layouts."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from age_model.access.rights import RIGHTS, Action, Right
from age_model.data.checks import PhotoCheck
from age_model.data.corrections import Correction, Decision, add_correction
from age_model.release import VARIABLE, Release, released
from age_model.reports.data_set import read_tables
from app_pages.data_set import check as check_module
from app_pages.data_set import health as health_module
from app_pages.widgets import folder as folder_module
from app_pages.widgets import stepwise
from app_pages.widgets.words import plain

PAGE = Path(__file__).parents[2] / "app_pages" / "data_set" / "page.py"
DOUBTS, TWINS, PROBLEMS = "Likely wrong labels", "Identical pictures", "All problems"
TO_DO = "To do"
AGES, FACES, HEALTH = "Ages and groups", "Faces", "Doubtful photos"  # tabs
UTKFACE_AGES = (3, 22, 22, 40, 71)


@pytest.fixture(autouse=True)
def no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """`open_page` sets it; afterwards it is as before."""
    monkeypatch.setenv("AGE_DATA_DIR", "")
    folder_module._labelled_folders.clear()
    folder_module._leads_out.clear()


@pytest.fixture
def downloaded(monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    """The last table given to the download button, by file name."""
    tables: dict[str, pd.DataFrame] = {}

    def record(label: str, data: Callable[[], bytes], name: str, *_: str, **__: str) -> None:
        tables[name] = pd.read_csv(BytesIO(data()))

    monkeypatch.setattr(st, "download_button", record)
    return tables


def open_page(folder: Path | None = None, view: str = DOUBTS, tab: str | None = None) -> AppTest:
    """Open the page at a tab; by default that of a folder's doubtful photos, or of all ages."""
    app = AppTest.from_file(str(PAGE), default_timeout=300)
    if folder:
        app.session_state["data_folder_tab"] = tab or HEALTH
    else:
        app.session_state["data_tab"] = tab or AGES
    return run_on(app, folder, view)


def run_on(app: AppTest, folder: Path | None, view: str) -> AppTest:
    app.session_state["data_view"] = view
    os.environ["AGE_DATA_DIR"] = str(folder) if folder else ""
    app.run()
    assert not app.exception
    return app


def switch(app: AppTest, tab: str) -> AppTest:
    """Open another tab of a folder's."""
    app.session_state["data_folder_tab"] = app.session_state["data_folder_tab_en"] = tab
    app.run()
    assert not app.exception
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def traces(app: AppTest) -> set[str]:
    return {trace["name"] for chart in charts(app) for trace in chart["data"] if "name" in trace}


def words(app: AppTest) -> str:
    elements = (*app.markdown, *app.caption, *app.info, *app.error, *app.warning, *app.code)
    return "\n".join(element.value for element in elements)


def click(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


def save(path: Path, grey: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (40, 50), (grey,) * 3).save(path)


def shop_copy(folder: Path) -> Path:
    """Ages alone, no split, no groups."""
    rows = []
    for number, age in enumerate((1, 30, 31, 64)):
        save(folder / "final_files" / f"{number}.jpg", 40 * number)
        rows.append((f"{number}.jpg", age))
    pd.DataFrame(rows, columns=["file_name", "real_age"]).to_csv(folder / "labels.csv", index=False)
    return folder


def release(folder: Path) -> Path:
    for split in ("train", "valid", "test"):
        save(folder / split / "a.jpg", 90)
        table = pd.DataFrame({"file_name": ["a.jpg"], "real_age": [25]})
        table.to_csv(folder / f"gt_avg_{split}.csv", index=False)
    return folder


def utkface(folder: Path) -> Path:
    for number, age in enumerate(UTKFACE_AGES):
        save(folder / f"{age}_{number % 2}_{number}_2017011020265{number}.jpg", 40 * number)
    return folder


def test_without_a_folder_the_shipped_tables_are_shown(
    downloaded: dict[str, pd.DataFrame],
) -> None:
    tables = read_tables(released().data_dir)
    app = open_page()
    photos = tables.ages["photos"].sum()
    assert metrics(app)["Photos"] == f"{photos:,}"
    assert all(metric.help for metric in app.metric)
    assert len(charts(app)) == 4
    assert f"All photos (n = {photos:,})" in traces(app)
    assert not app.image and not downloaded
    assert "AGE_DATA_DIR=DIR " in words(app)
    app = open_page(tab=HEALTH)
    assert metrics(app)[DOUBTS] == str(len(tables.doubts))
    assert not charts(app)
    assert "Only validation and test photos are checked" in words(app)
    assert "age_model crossfit" in words(app)
    pd.testing.assert_frame_equal(downloaded["likely-wrong-labels.csv"], tables.doubts)


@pytest.mark.parametrize(
    ("view", "file"), [(TWINS, "identical-pictures.csv"), (PROBLEMS, "data-problems.csv")]
)
def test_each_shipped_list_can_be_downloaded(
    view: str, file: str, downloaded: dict[str, pd.DataFrame]
) -> None:
    open_page(view=view, tab=HEALTH)
    tables = read_tables(released().data_dir)
    expected = tables.twins.drop(columns="path") if view == TWINS else tables.problems
    pd.testing.assert_frame_equal(downloaded[file], expected)


def test_steps_and_measure_change_the_charts() -> None:
    app = open_page()
    before = charts(app)
    width, measure = app.segmented_control[0], app.segmented_control[1]
    measure.set_value("photos").run()
    assert not app.exception
    by_count = charts(app)
    assert by_count[1]["layout"]["yaxis"]["title"]["text"] == "Photos"
    assert by_count[0] == before[0]  # sets of unequal size are always compared by their shares
    width, measure = app.segmented_control[0], app.segmented_control[1]
    width.set_value(1).run()
    assert not app.exception
    single, fives = (chart[0]["data"][0]["customdata"] for chart in (charts(app), before))
    assert single[7][0] == "Age 7" and fives[1][0] == "Age 5 to 9"


@pytest.mark.parametrize(
    ("layout", "photos", "missing"),
    [
        (shop_copy, 4, "by split, by gender, by ethnicity in the labels"),
        (release, 3, "by gender, by ethnicity in the labels"),
        (utkface, len(UTKFACE_AGES), "by split"),
    ],
)
def test_each_layout_is_described_with_what_it_has(
    layout: Callable[[Path], Path], photos: int, missing: str, tmp_path: Path
) -> None:
    app = open_page(layout(tmp_path / "photos"), tab=AGES)
    assert metrics(app)["Photos"] == str(photos)
    assert len(charts(app)) == 1 + 3 - len(missing.split(","))
    learned = read_tables(released().data_dir).ages.query("split == 'train'")["photos"].sum()
    assert {f"This folder (n = {photos})", f"The model's training photos (n = {learned:,})"} <= (
        traces(app)
    )
    assert f"chart {missing}: they lack" in words(app)
    assert switch(app, FACES).image  # of the chosen age
    switch(app, HEALTH)
    assert metrics(app)["Unreadable"] == metrics(app)[DOUBTS] == "–"
    assert "age_model crossfit" in words(app)


def test_a_label_without_a_gender_is_said_to_be_missing_from_the_chart(tmp_path: Path) -> None:
    folder = shop_copy(tmp_path)
    table = pd.read_csv(folder / "labels.csv").assign(gender=["male", None, "female", "male"])
    table.to_csv(folder / "labels.csv", index=False)
    app = open_page(folder, tab=AGES)
    assert {"Female (n = 1)", "Male (n = 2)"} <= traces(app)
    assert "Not in this chart: 1 photo." in words(app)


def test_other_faces_are_shown_on_demand(tmp_path: Path) -> None:
    for number in range(30):
        save(tmp_path / f"30_0_0_201701102026{number:02d}.jpg", number)

    def names(app: AppTest) -> list[str]:
        return [caption.value for caption in app.caption if "\\.jpg" in caption.value]

    app = open_page(tmp_path, tab=FACES)
    first = names(app)
    assert len(app.image) == len(first) == 6
    assert words(app).count("30 years") == 6
    assert names(app.run()) == first
    click(app, "Show others")
    assert len(names(app)) == 6 and names(app) != first


def test_a_folder_that_is_not_there_or_holds_no_labels_is_one_sentence(tmp_path: Path) -> None:
    shipped = metrics(open_page())
    nowhere = open_page(tmp_path / "nowhere")
    assert "none of the folders" in nowhere.warning[0].value
    assert "AGE_DATA_DIR=DIR " in words(nowhere)
    assert metrics(nowhere) == shipped
    (tmp_path / "empty").mkdir()
    empty = open_page(tmp_path / "empty")
    assert "No labelled photos were recognised" in empty.error[0].value
    assert metrics(empty) == shipped


def test_a_folder_is_chosen_from_a_list_and_never_typed(tmp_path: Path) -> None:
    release(tmp_path / "first")
    shop_copy(tmp_path / "second")
    app = open_page(tmp_path, tab=AGES)
    assert not app.text_input
    name = tmp_path.name
    assert app.selectbox(key="photo_folder").options == [f"{name}/first", f"{name}/second"]
    assert metrics(app)["Photos"] == "3"
    app.selectbox(key="photo_folder").select(f"{name}/second").run()
    assert metrics(app)["Photos"] == "4"
    secret = shop_copy(tmp_path / "a" / "b" / "c" / "secret")
    for roots in (tmp_path, tmp_path / "first"):
        os.environ["AGE_DATA_DIR"] = str(roots)
        forged = AppTest.from_file(str(PAGE), default_timeout=300)
        forged.session_state["photo_folder"] = str(secret)
        forged.session_state["data_folder_tab"] = AGES
        assert metrics(forged.run())["Photos"] == "3"


def test_a_folder_with_a_link_out_of_it_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    save(secret, 10)
    folder = shop_copy(tmp_path / "photos")
    (folder / "final_files" / "9.jpg").symlink_to(secret)
    app = open_page(folder)
    assert "a link in it leads out" in app.error[0].value and not app.image


def test_nothing_of_other_files_is_quoted(
    tmp_path: Path, downloaded: dict[str, pd.DataFrame]
) -> None:
    folder = utkface(tmp_path / "photos")
    save(folder / "Ivanov_fired_2026.jpg", 5)
    app = open_page(folder, PROBLEMS)
    assert "Ivanov" not in words(app) + str([frame.value for frame in app.dataframe])
    assert "Ivanov" not in "".join(table.to_csv() for table in downloaded.values())
    assert metrics(switch(app, AGES))["Photos"] == "5"
    other = tmp_path / "other"
    (other / "final_files").mkdir(parents=True)
    (other / "labels.csv").write_text("name,salary\nIvanov,90000\n")
    app = open_page(other)
    assert "must have the columns" in words(app)
    assert not {"salary", "Ivanov"} & set(words(app).replace("\\", " ").replace(",", " ").split())
    shop_copy(tmp_path / "third")
    (tmp_path / "third" / "predictions.csv").write_text('file_name\n"Ivanov, 90000\n')
    app = open_page(tmp_path / "third")
    assert "it is no table of predictions" in words(app) and "Ivanov" not in words(app)


def test_checking_finds_broken_photos_and_twins_in_short_steps(
    photo_folder: Path, monkeypatch: pytest.MonkeyPatch, downloaded: dict[str, pd.DataFrame]
) -> None:
    monkeypatch.setattr(stepwise, "STEP", -1.0)  # a photo a step
    app = open_page(photo_folder, TWINS)
    assert metrics(app)["Same picture, other age"] == "–"
    assert "11 of 11 photos not yet opened" in words(app)
    click(app, "Check the photos")
    assert (metrics(app)["Unreadable"], metrics(app)["Same picture, other age"]) == ("1", "1")
    assert metrics(app)["No face found"] == "–"
    assert "All 11 photos checked" in words(app)
    labels = [text.value for text in app.markdown if text.value.startswith("**Label")]
    assert labels == ["**Label 6**", "**Label 9**"]
    twins = downloaded["identical-pictures.csv"]
    assert twins["file_name"].tolist() == ["0.jpg", "copy.jpg"]


def test_a_check_can_be_stopped_and_gone_on_with(
    photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []
    check = check_module.check_photo

    def stop_after_three(path: Path, detector: None) -> PhotoCheck:
        opened.append(path)
        if len(opened) == 3:  # as the button does
            st.session_state["data_checking"] = None
        return check(path, detector)

    monkeypatch.setattr(stepwise, "STEP", -1.0)
    monkeypatch.setattr(check_module, "check_photo", stop_after_three)
    app = open_page(photo_folder, PROBLEMS)
    click(app, "Check the photos")
    assert len(opened) == 3
    assert "8 of 11 photos not yet opened" in words(app)
    click(app, "Check the rest")
    assert len(opened) == len(set(opened)) == 11


def test_photos_of_the_shipped_model_are_not_said_to_be_unopened(
    photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        health_module, "count_ages", lambda table: read_tables(released().data_dir).ages
    )
    app = open_page(photo_folder, PROBLEMS)
    assert "what was found in them is known" in words(app) and "not yet opened" not in words(app)
    assert metrics(app)["Unreadable"] == "0"
    click(app, "Check them anew")
    assert metrics(app)["Unreadable"] == "1" and "All 11 photos checked" in words(app)


def test_looking_for_faces_adds_to_what_was_found(
    photo_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class NoFaces:
        def detect(self, photos: list[object]) -> list[list[object]]:
            return [[] for _ in photos]

    monkeypatch.setattr(check_module, "_load_detector", NoFaces)
    app = open_page(photo_folder, PROBLEMS)
    click(app, "Check the photos")
    app.toggle[0].set_value(True).run()
    assert metrics(app)["Unreadable"] == "1"  # still known
    click(app, "Check the rest")
    assert metrics(app)["No face found"] == "10"  # all but the unreadable one


def test_a_changed_folder_is_read_and_checked_anew(photo_folder: Path) -> None:
    app = open_page(photo_folder, PROBLEMS)
    click(app, "Check the photos")
    labels = photo_folder / "labels.csv"
    rows = [line for line in labels.read_text().splitlines() if "broken" not in line]
    labels.write_text("\n".join(rows))
    app.run()
    assert metrics(app)["Unreadable"] == "–"
    assert metrics(switch(app, AGES))["Photos"] == "10"


def write_predictions(folder: Path, **columns: list[float]) -> None:
    labels = pd.read_csv(folder / "labels.csv")
    table = labels.assign(predicted_age=50.0, age_low=40.0, age_high=60.0, **columns)
    table.to_csv(folder / "predictions.csv", index=False)


def test_predictions_in_the_folder_rank_its_labels(
    tmp_path: Path, downloaded: dict[str, pd.DataFrame]
) -> None:
    folder = shop_copy(tmp_path)
    write_predictions(folder, p_label=[0.01, 0.5, 0.0, 0.9])
    app = open_page(folder)
    assert metrics(app)[DOUBTS] == "2"
    assert downloaded["likely-wrong-labels.csv"]["file_name"].tolist() == ["2.jpg", "0.jpg"]
    titles = [text.value for text in app.markdown if "model 50" in text.value]
    assert titles == ["**Label 31, model 50**", "**Label 1, model 50**"]
    table = app.dataframe[0].proto.arrow_data.styler.display_values
    assert b"below 0.1%" in table and b"1.0%" in table
    labels = pd.read_csv(folder / "labels.csv")
    labels.loc[2, "real_age"] = 50  # put right since
    labels.to_csv(folder / "labels.csv", index=False)
    app.run()
    assert metrics(app)[DOUBTS] == "1"


def decisions(folder: Path) -> list[list[object]]:
    table = pd.read_csv(folder / "corrections.csv")
    return [
        [row["file_name"], row["decision"], *([row["age"]] if row["age"] > 0 else [])]
        for row in table.to_dict("records")
    ]


def to_do_names(app: AppTest) -> list[str]:
    buttons = [button.key for button in app.button if button.key]
    return [key.split()[-1] for key in buttons if key.startswith("data_accept")]


@pytest.fixture
def doubted(tmp_path: Path) -> Path:
    """A folder in which the labels of 0.jpg and 2.jpg are doubtful."""
    folder = shop_copy(tmp_path / "photos")
    write_predictions(folder, p_label=[0.01, 0.5, 0.0, 0.9])
    return folder


def press(app: AppTest, key: str) -> None:
    next(button for button in app.button if (button.key or "").startswith(key)).click().run()
    assert not app.exception


def test_decisions_about_doubtful_photos_are_kept_in_a_file_that_training_reads(
    doubted: Path,
) -> None:
    labels = (doubted / "labels.csv").read_bytes()
    app = open_page(doubted, TO_DO)
    assert to_do_names(app) == ["2.jpg", "0.jpg"]
    press(app, "data_exclude likely wrong label 2.jpg")
    assert to_do_names(app) == ["0.jpg"]
    assert "1 photo decided" in words(app) and "corrections.csv" in words(app)
    app.number_input[0].set_value(4.0).run()
    press(app, "data_relabel likely wrong label 0.jpg")
    assert "2 photos decided" in words(app)
    assert to_do_names(app) == [] and "All of these are decided." in app.success[0].value
    assert decisions(doubted) == [["2.jpg", "exclude"], ["0.jpg", "relabel", 4.0]]
    assert (doubted / "labels.csv").read_bytes() == labels
    app.toggle(key="data_to_do_decided").set_value(True).run()
    assert "**Excluded**" in words(app) and "**New age: 4**" in words(app)
    press(app, "data_open likely wrong label 2.jpg")
    app.toggle(key="data_to_do_decided").set_value(False).run()
    assert to_do_names(app) == ["2.jpg"]


def open_at_first(folder: Path) -> str:
    """The tab of a folder that is open before any is chosen."""
    app = run_on(AppTest.from_file(str(PAGE), default_timeout=300), folder, TO_DO)
    pages_own = [tab.label for tab in app.tabs if tab.label in (HEALTH, AGES, FACES)]
    assert pages_own == [HEALTH, AGES, FACES]
    return HEALTH if to_do_names(app) or app.error else AGES if charts(app) else ""


def test_the_page_opens_with_what_there_is_to_do(doubted: Path) -> None:
    assert open_at_first(doubted) == HEALTH
    app = open_page(doubted, TO_DO)
    click(app, "Exclude them")
    assert "All of these are decided." in app.run().success[0].value  # the tab stays open
    assert open_at_first(doubted) == AGES
    (doubted / "corrections.csv").write_text("damaged\n", encoding="utf-8")
    assert open_at_first(doubted) == HEALTH  # where the error is shown


def as_test_photos(folder: Path, *names: str) -> None:
    labels = pd.read_csv(folder / "labels.csv")
    split = labels["file_name"].map(lambda name: "test" if name in names else "train")
    labels.assign(split=split).to_csv(folder / "labels.csv", index=False)


def test_about_a_test_photo_there_is_nothing_to_decide(doubted: Path) -> None:
    as_test_photos(doubted, "2.jpg")
    app = open_page(doubted, TO_DO)
    assert to_do_names(app) == ["0.jpg"] and "Exclude them" not in words(app)
    assert "1 doubtful test photo is not in this list" in words(app)
    add_correction(
        doubted / "corrections.csv", Correction("2.jpg", Decision.EXCLUDE), "", datetime.now()
    )
    app.run()
    assert "0 photos decided" in words(app)
    app.toggle(key="data_to_do_decided").set_value(True).run()
    assert "A test photo: the decision changes nothing." in words(app)
    as_test_photos(doubted, "0.jpg", "2.jpg")
    assert open_at_first(doubted) == AGES


def test_all_photos_of_a_kind_are_excluded_at_once(doubted: Path) -> None:
    app = open_page(doubted, TO_DO)
    click(app, "Exclude them")
    assert decisions(doubted) == [["2.jpg", "exclude"], ["0.jpg", "exclude"]]


def test_what_was_checked_stays_known_after_a_decision(photo_folder: Path) -> None:
    app = open_page(photo_folder, TO_DO)
    click(app, "Check the photos")
    assert set(app.segmented_control(key="data_to_do_kind").options) == {
        "Same picture, other age · 2",
        "Unreadable · 1",
    }
    press(app, "data_accept identical picture with conflicting ages 0.jpg")
    app.run()
    assert metrics(app)["Unreadable"] == "1"
    assert to_do_names(app) == ["copy.jpg"]
    again = open_page(photo_folder, TO_DO)  # the page was loaded anew
    assert metrics(again)["Unreadable"] == "1" and to_do_names(again) == ["copy.jpg"]


def test_the_list_of_what_to_do_comes_first_and_what_has_no_picture_can_only_be_excluded(
    photo_folder: Path,
) -> None:
    app = open_page(photo_folder, TO_DO)
    click(app, "Check the photos")
    order = [getattr(element, "label", "") for element in elements(app)]
    assert order.index("What is doubtful") < order.index("Unreadable")
    app.segmented_control(key="data_to_do_kind").set_value("unreadable file").run()
    keys = [button.key for button in app.button if (button.key or "").endswith("broken.jpg")]
    assert keys == ["data_exclude unreadable file broken.jpg"]


def elements(app: AppTest) -> list[object]:
    return list(app.main)


def test_decisions_go_elsewhere_where_photos_may_only_be_read(
    doubted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AGE_CORRECTIONS_DIR", str(tmp_path / "kept"))
    app = open_page(doubted, TO_DO)
    press(app, "data_accept")
    assert "The decision was not saved" in app.error[0].value
    (tmp_path / "kept").mkdir()
    press(app, "data_accept")
    assert not app.error
    assert [path.name[:7] for path in (tmp_path / "kept").iterdir()] == ["photos-"]
    assert not (doubted / "corrections.csv").exists()


def test_who_may_not_decide_sees_no_button_and_a_forged_click_writes_nothing(
    doubted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(doubted, TO_DO)
    monkeypatch.setitem(RIGHTS, Action.CORRECT_LABELS, Right(frozenset()))
    next(button for button in app.button if (button.key or "").startswith("data_acc")).click()
    app.run()
    assert "Your role does not include this" in app.error[0].value
    assert not (doubted / "corrections.csv").exists()
    app.run()
    assert to_do_names(app) == [] and "Label 31, model 50" in words(app)


def test_a_damaged_table_of_decisions_is_one_sentence(doubted: Path) -> None:
    (doubted / "corrections.csv").write_text("name,salary\nIvanov,90000\n", encoding="utf-8")
    app = open_page(doubted, TO_DO)
    assert "is no table of corrections" in app.error[0].value.replace("\\", "")
    assert "Ivanov" not in words(app)


def test_unusable_predictions_are_said_to_be(tmp_path: Path) -> None:
    folder = shop_copy(tmp_path)
    write_predictions(folder)
    app = open_page(folder)
    assert "p\\_label" in app.error[0].value
    assert metrics(app)[DOUBTS] == "–"
    assert "age_model crossfit" in words(app)


def test_missing_tables_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    app = open_page()
    assert plain(f"{tmp_path / 'data'}") in app.error[0].value
    assert f"age_model describe --data-dir DIR --model {tmp_path / 'model'}" in app.code[0].value
    assert f"--out {tmp_path / 'data'}" in app.code[0].value


def test_another_release_has_its_own_photos(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Release(tmp_path)
    shutil.copytree(released().data_dir, other.data_dir)
    ages = pd.read_csv(other.data_dir / "ages.csv").head(40)
    ages.to_csv(other.data_dir / "ages.csv", index=False)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert metrics(open_page())["Photos"] == f"{ages['photos'].sum():,}"
