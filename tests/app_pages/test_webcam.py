import re
from pathlib import Path
from typing import cast

import pytest
from streamlit.runtime.caching import get_data_cache_stats_provider
from streamlit.runtime.stats import CacheStat

from age_model.predict.predictor import Predictor
from app_pages.widgets import model
from tests.support.app import (
    CHILD,
    FACE,
    GROUP,
    answered,
    blank_photo,
    face_ages,
    open_page,
    press,
    shown_text,
    take,
    written_files,
    years,
)


def test_snapshot_is_answered_large() -> None:
    app = open_page("webcam", challenge_age="18")
    assert not app.exception
    assert not answered(app) and not app.dataframe
    assert any("does not work, ask for ID" in caption.value for caption in app.caption)
    take(app, FACE.read_bytes())
    assert "No need to ask" in answered(app)
    assert 15 <= years(face_ages(app)["Age"]) <= 50
    assert re.fullmatch(r"\d+ to \d+ years", face_ages(app)["Likely"])
    assert "Averaged" not in shown_text(app)
    app.slider(key="challenge_age").set_value(40).run()
    assert "Ask for ID\n## Looks under 40" in answered(app)
    assert len(app.dataframe[0].value) == 1


def test_snapshots_of_one_person_are_averaged_and_listed(predicted: list[str]) -> None:
    app = take(open_page("webcam"), FACE.read_bytes())
    own = face_ages(app)["Age"]
    press(app, "Same person, take another")
    assert not answered(app) and not app.metric  # the camera takes the answer's place
    assert "another picture of person 1" in shown_text(app)
    take(app, CHILD.read_bytes())
    assert "Averaged over 2 snapshots" in shown_text(app)
    assert years(face_ages(app)["Age"]) < years(own)
    press(app, "Next person")
    assert not app.metric and not answered(app)  # nothing that could be taken for an answer
    take(app, FACE.read_bytes())
    assert face_ages(app)["Age"] == own
    assert len(predicted) == 3
    assert app.dataframe[0].value["Person"].tolist() == [2, 1, 1]  # the latest first
    assert [button.label for button in app.download_button] == ["Download CSV", "Download JSON"]


def test_what_to_do_without_a_camera_is_said() -> None:
    (help,) = open_page("webcam").expander
    assert "camera does not work" in help.label
    for reason in ("Not allowed", "In use", "https://", "No camera"):
        assert reason in help.markdown[0].value


def test_of_several_faces_one_is_the_buyer() -> None:
    app = take(open_page("webcam"), GROUP.read_bytes())
    assert "3 other faces were seen" in shown_text(app)


def test_snapshot_without_a_face_is_asked_and_told_what_to_do() -> None:
    app = take(open_page("webcam"), blank_photo())
    assert "sk for ID" in answered(app)
    assert "Come closer" in shown_text(app)
    assert not app.metric
    assert app.dataframe[0].value["Ask for ID"].tolist() == [True]


def test_settings_examine_the_snapshot_anew() -> None:
    app = take(open_page("webcam"), FACE.read_bytes())
    app.slider(key="smallest_face").set_value(300).run()
    assert "sk for ID" in answered(app)
    assert "settings" in shown_text(app)
    assert len(app.dataframe[0].value) == 1


def test_cleared_snapshots_are_forgotten() -> None:
    app = press(take(open_page("webcam"), FACE.read_bytes()), "Clear")
    assert not app.dataframe and not answered(app)
    take(app, FACE.read_bytes())
    assert app.dataframe[0].value["Person"].tolist() == [1]


def test_of_snapshots_only_figures_and_the_present_face_are_kept() -> None:
    app = press(take(open_page("webcam"), FACE.read_bytes()), "Next person")
    with written_files() as files:
        take(app, FACE.read_bytes())
    assert files == []
    session = app.session_state["snapshots"]
    assert (len(session.snapshots), len(session.observations)) == (2, 1)
    assert max(session.observations[0].face.crop.size) <= 224
    kept = get_data_cache_stats_provider().get_stats().get("cache_memory_bytes", [])
    # The Errors page keeps figures of the test photos, if another test has opened it.
    assert {cast(CacheStat, stat).cache_name.rpartition(".")[0] for stat in kept} <= {
        "app_pages.errors.summaries",
        "app_pages.errors.table",
    }


def test_without_a_model_the_answer_is_to_ask(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load = Predictor.load
    monkeypatch.setattr(Predictor, "load", lambda: load(tmp_path))
    model._load_predictor.clear()
    app = take(open_page("webcam"), FACE.read_bytes())
    assert "sk for ID" in answered(app)
    assert "model" in app.error[0].value
