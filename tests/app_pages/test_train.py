"""The Train page: the command for a folder, the runs of this computer, their models."""

import json
import sys
import time
from pathlib import Path
from shlex import quote

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from age_model import HOME, release
from age_model.data.corrections import Correction, Decision, add_correction
from age_model.release import SHIPPED, VARIABLE
from age_model.training.runs import RunState
from app_pages.train import runs as runs_module
from app_pages.widgets import folder as folder_module
from app_pages.widgets.model_choice import KEY
from tests.support.training_runs import finish, write_run

HERE = f"cd {quote(str(HOME))} && "
PAGES = Path(__file__).parents[2] / "app_pages"


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where runs are looked for; none is there yet."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv("AGE_DATA_DIR", "")
    monkeypatch.setattr(release, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(sys, "executable", str(HOME / "bin/python"))
    folder_module._labelled_folders.clear()
    folder_module._leads_out.clear()
    return tmp_path / "runs"


def open_page(name: str = "train", chosen: str = "") -> AppTest:
    app = AppTest.from_file(str(PAGES / name / "page.py"), default_timeout=120)
    if chosen:
        app.session_state[KEY] = chosen
    app.run()
    assert not app.exception
    return app


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in (*app.markdown, *app.caption))


def codes(app: AppTest) -> list[str]:
    return [code.value for code in app.code]


def test_without_a_folder_or_a_run_there_is_the_command_alone() -> None:
    app = open_page()
    assert codes(app)[-1] == f"{HERE}bin/python train.py --data-dir DIR"
    assert "AGE_DATA_DIR=DIR " in codes(app)[0] and "There is no run yet" in app.info[0].value


def test_the_command_is_that_of_the_folder_with_its_decisions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my photos"
    folder.mkdir()
    monkeypatch.setenv("AGE_DATA_DIR", str(folder))
    labels(folder, {"a.jpg": "train", "b.jpg": "valid", "c.jpg": "test", "d.jpg": "train"})
    for decided in (
        Correction("a.jpg", Decision.EXCLUDE),
        Correction("b.jpg", Decision.ACCEPT),
        Correction("c.jpg", Decision.EXCLUDE),  # a test photo stays as it is
        Correction("gone.jpg", Decision.EXCLUDE),
    ):
        add_correction(folder / "corrections.csv", decided, "", pd.Timestamp(0))
    app = open_page()
    app.text_input[0].set_value("it's").run()
    assert codes(app) == [f"{HERE}bin/python train.py --data-dir '{folder}' --name 'it'\"'\"'s'"]
    assert "follow 1 decision made" in app.caption[0].value
    assert "left out: 1, with another age: 0" in app.caption[0].value
    relabelled = Correction("d.jpg", Decision.RELABEL, 30)
    add_correction(folder / "corrections.csv", relabelled, "", pd.Timestamp(0))
    assert "follow 2 decisions made" in app.run().caption[0].value
    assert "`--init none`" in words(app)  # without the internet


def labels(folder: Path, splits: dict[str, str]) -> None:
    """Write the labels of photos, by file name, and the photos."""
    (folder / "final_files").mkdir()
    for name in splits:
        (folder / "final_files" / name).touch()
    table = pd.DataFrame({"file_name": splits.keys(), "real_age": 20, "split": splits.values()})
    table.to_csv(folder / "labels.csv", index=False)


def test_a_running_run_is_shown_with_its_curves_and_its_log(runs: Path) -> None:
    write_run(runs / "first", [6.0, 4.5, 5.0], time.time())
    write_run(runs / "older", [9.0], time.time() - 1e6)
    app = open_page()
    assert app.selectbox(key="train_run").options == ["first", "older"]
    assert metrics(app)["Epoch"] == "3 of 14"
    assert metrics(app)["Best valid error"] == "4.50 years"
    assert metrics(app)["Time left"].startswith("about 18 minutes")
    listed, log = (table.value for table in app.dataframe)
    assert listed["state"].tolist() == ["running", "stopped"]
    assert log["epoch"].tolist() == [3, 2, 1]
    (chart,) = app.get("plotly_chart")
    assert json.loads(chart.proto.spec)["data"][0]["y"] == [6.0, 4.5, 5.0]
    assert "Use this model" not in [button.label for button in app.button]
    app.selectbox(key="train_run").set_value("older").run()
    assert not app.exception
    assert codes(app)[-1] == f"{HERE}bin/python train.py --resume {runs / 'older'}"


def test_before_the_first_epoch_nothing_is_made_up(runs: Path) -> None:
    write_run(runs / "new", [], time.time())
    app = open_page()
    assert metrics(app) == {"Epoch": "0 of 14", "Best valid error": "–", "Time left": "–"}
    assert not app.get("plotly_chart")


def test_the_model_of_a_run_is_looked_at_without_copying_a_file(runs: Path) -> None:
    finish(write_run(runs / "sixth", [5.0], time.time()))
    app = open_page()
    button = next(button for button in app.button if button.label == "Use this model")
    button.click().run()
    assert not app.exception
    assert "All pages of The model show this model to you." in app.success[0].value
    assert codes(app)[-1] == (
        f"{HERE}AGE_RELEASE={runs / 'sixth'} bin/python -m streamlit run serve.py"
    )
    assert app.session_state[KEY] == str(runs / "sixth")
    assert sorted(path.name for path in runs.iterdir()) == ["sixth"]


def test_a_model_for_everybody_keeps_the_folders_that_the_app_has(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my photos").mkdir()
    monkeypatch.setenv("AGE_DATA_DIR", str(tmp_path / "my photos"))
    monkeypatch.setenv("AGE_CORRECTIONS_DIR", str(tmp_path))
    monkeypatch.setenv("AGE_DATABASE_URL", "postgresql://shop:secret@db/age")
    finish(write_run(runs / "sixth", [5.0], time.time()))
    app = open_page()
    folders = f"AGE_DATA_DIR='{tmp_path / 'my photos'}' AGE_CORRECTIONS_DIR={tmp_path}"
    words_of_command = codes(app)[-1].removeprefix(HERE)
    assert words_of_command == (
        f"{folders} AGE_RELEASE={runs / 'sixth'} bin/python -m streamlit run serve.py"
    )
    assert "started with (the shipped one)" in words(app) and "HTTP service" in words(app)
    # Training reads the decisions where the app writes them.
    assert codes(app)[0].startswith(f"{HERE}AGE_CORRECTIONS_DIR={tmp_path} bin/python train.py")


def test_the_title_above_follows_the_choice_of_a_model_below(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = runs / "sixth"
    finish(write_run(folder, [5.0], time.time()))
    redrawn: list[bool] = []
    monkeypatch.setattr(st, "rerun", lambda: redrawn.append(True))
    drawn = RunState.FINISHED, release.released()
    runs_module._show_run(folder, drawn)
    assert not redrawn
    monkeypatch.setattr(runs_module, "chosen_release", lambda: release.Release(folder))
    runs_module._show_run(folder, drawn)
    assert redrawn


def test_all_pages_of_the_door_show_the_chosen_model_and_the_till_does_not(runs: Path) -> None:
    folder = runs / "sixth"
    finish(write_run(folder, [5.0], time.time()))
    table = pd.read_csv(SHIPPED / "evaluation" / "predictions.csv")
    table.head(40).to_csv(folder / "evaluation" / "predictions.csv", index=False)
    assert "40 photos" not in words(open_page("errors"))
    app = open_page("errors", str(folder))
    assert app.selectbox(key=KEY).options == ["Model: the shipped one", "Model: sixth"]
    assert "All 40 photos" in words(app)
    for page in ("about", "data_set"):
        assert open_page(page, str(folder)).selectbox(key=KEY).value == str(folder)
    assert release.released().folder == SHIPPED


def test_a_model_that_is_gone_is_not_shown(runs: Path) -> None:
    app = open_page("errors", str(runs / "gone"))
    assert "All 4,672 photos" in words(app)
    assert not [one for one in app.selectbox if one.key == KEY]
