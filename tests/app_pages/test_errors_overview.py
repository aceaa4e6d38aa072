import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from age_model.release import SHIPPED, VARIABLE
from app_pages.errors import overview
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
    assert shown["Too young on average"] == f"{-overall['bias']:.2f} years"
    assert shown["Inside the range"] == f"{METRICS['interval_90_coverage'] * 100:.0f}%"
    assert app.metric[0].delta == f"95%: {overall['mae_low']:.2f} to {overall['mae_high']:.2f}"
    assert any(f"{overall['n']:,} photos" in text.value for text in app.markdown)
    assert all(metric.help for metric in app.metric)
    assert len(app.get("plotly_chart")) == 2


def test_a_model_that_loses_to_a_constant_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not open_page("errors").warning
    guess = overview.constant_guess
    monkeypatch.setattr(overview, "constant_guess", lambda *given: replace(guess(*given), mae=0.5))
    assert "no better than one age for all" in open_page("errors").warning[0].value


def test_bands_can_be_those_of_the_predicted_age() -> None:
    app = open_page("errors", view="ages")
    before = app.get("plotly_chart")[0].proto.spec
    app.segmented_control(key="errors_grouping").set_value("predicted_age").run()
    assert not app.exception
    assert app.get("plotly_chart")[0].proto.spec != before


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
    assert " -m age_model evaluate --data-dir DIR" in app.code[0].value
