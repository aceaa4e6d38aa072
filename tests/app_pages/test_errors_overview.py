import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from age_model.release import SHIPPED, VARIABLE
from app_pages.errors import headline
from tests.support.app import (
    METRICS,
    ROOT,
    face_ages,
    open_page,
)


def test_errors_page_shows_the_figures_of_the_files() -> None:
    app = open_page("errors")
    assert not app.exception
    overall = METRICS["overall"]
    shown = face_ages(app)
    assert shown["Average error"] == f"{overall['mae']:.2f} years"
    assert shown["Median error"] == f"{overall['median_error']:.2f} years"
    assert shown["Within 5 years"] == f"{overall['within_5'] * 100:.0f}%"
    assert float(shown["Bias"].replace("−", "-").split()[0]) == round(overall["bias"], 2)
    assert shown["Inside the range"] == f"{METRICS['interval_90_coverage'] * 100:.0f}%"
    assert app.metric[0].delta == f"95%: {overall['mae_low']:.2f} to {overall['mae_high']:.2f}"
    assert shown["Without a model"] == f"{METRICS['baseline']['mae']:.2f} years"
    assert f"{overall['n']:,} photos" in app.markdown[0].value
    assert all(metric.help for metric in app.metric)
    assert len(app.get("plotly_chart")) == 7


def test_marks_and_baseline_stand_beside_the_model() -> None:
    chart = json.loads(open_page("errors").get("plotly_chart")[1].proto.spec)
    names = " ".join(chart["data"][0]["y"])
    for text in ("This model", "Paper  <b>5.4</b>", "Good  <b>7.0</b>", "Required  <b>8.0</b>"):
        assert text in names
    assert f"<b>{METRICS['baseline']['mae']:.1f}</b>" in names


def test_a_model_that_loses_to_a_constant_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not open_page("errors").warning
    guess = headline.constant_guess
    monkeypatch.setattr(headline, "constant_guess", lambda *given: replace(guess(*given), mae=0.5))
    assert "no better than one age for all" in open_page("errors").warning[0].value


def test_bands_can_be_those_of_the_predicted_age() -> None:
    app = open_page("errors")
    before = app.get("plotly_chart")[3].proto.spec
    app.segmented_control(key="errors_grouping").set_value("predicted_age").run()
    assert not app.exception
    assert app.get("plotly_chart")[3].proto.spec != before


@pytest.mark.parametrize("damaged", ["predictions.csv", "metrics.json", None])
def test_missing_or_damaged_results_name_the_command(
    damaged: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    if damaged:
        shutil.copytree(SHIPPED / "evaluation", tmp_path / "evaluation")
        (tmp_path / "evaluation" / damaged).write_bytes(b"")
    page = ROOT / "app_pages" / "errors" / "page.py"
    app = AppTest.from_file(str(page), default_timeout=300).run()
    assert not app.exception
    assert "missing or damaged" in app.error[0].value
    assert "python -m age_model evaluate" in app.code[0].value
