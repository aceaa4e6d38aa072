"""Which released model is in use, and which others are known."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from age_model import HOME, release
from age_model.release import RUNS, SHIPPED, VARIABLE, Release, measurable, released, releases
from age_model.store.statistics.model_errors import errors


@pytest.fixture
def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    """Another released model, in use: the shipped one with another licence."""
    shutil.copytree(SHIPPED / "model", tmp_path / "other" / "model")
    shutil.copytree(SHIPPED / "evaluation", tmp_path / "other" / "evaluation")
    other = Release(tmp_path / "other")
    text = other.card_file.read_text("utf-8")
    other.card_file.write_text(text.replace("non-commercial research only", "tests"), "utf-8")
    monkeypatch.setenv(VARIABLE, str(other.folder))
    return other


def test_what_ships_is_in_use_unless_another_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert released() == Release(SHIPPED)
    monkeypatch.setenv(VARIABLE, "")
    assert released() == Release(SHIPPED)
    monkeypatch.setenv(VARIABLE, "runs/sixth")
    assert released() == Release(RUNS / "sixth")


def test_the_version_is_that_of_the_loaded_model() -> None:
    assert released().version == released().model().version


def test_the_errors_of_the_model_in_use_and_of_the_shipped_one_are_known(other: Release) -> None:
    assert other.version != Release(SHIPPED).version
    assert errors(other.version) is not None
    assert errors(Release(SHIPPED).version) is not None
    assert list(releases())[:2] == [other, Release(SHIPPED)]


def rewrite(file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(file.read_text("utf-8"))
    change(content)
    file.write_text(json.dumps(content), "utf-8")


def test_results_of_another_model_are_not_taken_for_this_one_s(other: Release) -> None:
    assert other.measured()  # the licence changes no estimate, nor do figures measured afterwards
    rewrite(other.card_file, lambda card: card["metrics"].update(test={}))
    assert other.measured()
    assert errors(other.version) is not None
    rewrite(other.card_file, lambda card: card["interval"].update(changed=True))
    assert other.measured() is False
    assert errors(other.version) is None


def test_results_that_do_not_name_their_model_are_used(other: Release) -> None:
    rewrite(other.metrics_file, lambda metrics: metrics["model"].pop("maker"))
    assert other.measured() is None
    assert errors(other.version) is not None
    other.metrics_file.unlink()
    assert other.measured() is None
    assert errors(other.version) is not None


@pytest.mark.parametrize("page", ["errors", "about"])
def test_pages_warn_of_results_that_may_be_another_model_s(other: Release, page: str) -> None:
    def warnings() -> list[str]:
        file = HOME / "app_pages" / page / "page.py"
        app = AppTest.from_file(str(file), default_timeout=300).run()
        assert not app.exception
        return [box.value for box in app.warning]

    assert warnings() == []
    rewrite(other.metrics_file, lambda metrics: metrics["model"].pop("maker"))
    (unnamed,) = warnings()
    assert "do not name the model" in unnamed and str(other.evaluation_dir.name) in unnamed
    rewrite(other.metrics_file, lambda metrics: metrics["model"].update(maker="resnet18 0"))
    (wrong,) = warnings()
    assert "measured on another model than this one" in wrong


def test_runs_count_once_they_have_a_model_and_predictions(
    other: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "RUNS", other.folder.parent)
    half = Release(other.folder.parent / "half")
    half.model_dir.mkdir(parents=True)
    shutil.copy(other.card_file, half.card_file)
    monkeypatch.delenv(VARIABLE)
    assert list(releases()) == [Release(SHIPPED), other]
    assert list(measurable()) == [Release(SHIPPED), other, half]


def test_the_app_shows_the_model_in_use(other: Release) -> None:
    app = AppTest.from_file(str(HOME / "app_pages" / "about" / "page.py"), default_timeout=300)
    for section in range(20):  # of its card, unfolded
        app.session_state[f"card {section}"] = True
    app.run()
    assert not app.exception
    assert any("of face photos: for tests;" in text.value for text in app.markdown)
