"""The page How good: three figures, the marks in words, the sources, the card folded."""

import json
import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from age_model.evaluation.source_metrics import source_metrics
from age_model.predict.id_rule import AskRule
from age_model.release import SHIPPED, VARIABLE
from tests.support.app import METRICS
from tests.support.made_up import make_source_table

PAGE = Path(__file__).parents[2] / "app_pages" / "about" / "page.py"


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped model, in use."""
    shutil.copytree(SHIPPED / "evaluation", tmp_path / "evaluation")
    (tmp_path / "model").symlink_to(SHIPPED / "model")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def open_page(*unfolded: int) -> AppTest:
    """Open the page; with sections of the card unfolded, by their places."""
    app = AppTest.from_file(str(PAGE), default_timeout=120)
    for place in unfolded:
        app.session_state[f"card {place}"] = True
    app.run()
    assert not app.exception
    return app


def change(file: Path, changed: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    changed(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def words(app: AppTest) -> str:
    return "\n".join(text.value for text in (*app.markdown, *app.caption, *app.warning))


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_three_figures_each_with_n_and_its_interval() -> None:
    overall, ranges = METRICS["overall"], METRICS["intervals"]["90"]
    error, close, inside = open_page().metric
    assert error.value == f"{overall['mae']:.2f} years"
    ends = f"{overall['mae_low']:.2f} to {overall['mae_high']:.2f}"
    assert error.delta == f"95%: {ends}; n = {overall['n']:,}"
    assert (close.label, close.value) == ("Within 5 years", f"{overall['within_5']:.0%}")
    assert (inside.label, inside.value) == ("Inside the range", f"{ranges['coverage']:.0%}")
    assert all(f"n = {overall['n']:,}" in metric.delta for metric in (error, close, inside))


def test_the_card_and_all_figures_are_downloaded_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    files: dict[str, bytes] = {}

    def record(_: str, data: Callable[[], bytes], name: str, *__: str, **___: object) -> None:
        files[name] = data()

    monkeypatch.setattr(st, "download_button", record)
    open_page()
    assert files["model-card.md"].decode() == (SHIPPED / "model" / "README.md").read_text()
    assert json.loads(files["metrics.json"]) == METRICS
    sources = pd.read_csv(BytesIO(files["sources.csv"]))
    assert {"source", "photos", "mae", "mae_low", "mae_high"} <= set(sources)


def test_marks_are_met_or_missed_in_words(model: Path) -> None:
    assert words(open_page()).count("**met**") == 3
    change(model / "evaluation" / "metrics.json", lambda m: m["overall"].update(mae=7.5))
    said = words(open_page())
    assert "at most 8.0 years: **met**" in said and "at most 7.0 years: **missed**" in said


def test_a_model_that_loses_to_a_guess_meets_no_mark(model: Path) -> None:
    def lose(metrics: dict[str, Any]) -> None:
        metrics["overall"]["mae"], metrics["baseline"]["mae"] = 7.5, 6.0

    change(model / "evaluation" / "metrics.json", lose)
    said = words(open_page())
    assert "no better than always guessing 30" in said
    assert "**met**" not in said and "**missed**" not in said


def test_the_sources_stand_beside_the_scatter() -> None:
    scatter, sources = charts(open_page())
    assert scatter["layout"]["xaxis"]["title"]["text"] == "Real age, years"
    names = [name.split("  ")[0] for name in sources["data"][0]["y"]]
    assert names == ["UTKFace test", "Portraits", "FG-NET", "LFW", "Football players"]


def test_the_marks_stand_beside_what_holds_on_other_sources(model: Path) -> None:
    others = [
        entry
        for entry in json.loads((model / "evaluation" / "sources.json").read_text())["sources"]
        if entry["size"] == "full" and entry["source"] != "UTKFace test"
    ]
    errors = sorted(entry["mae"] for entry in others)
    shares = sorted(entry["inside_90"] for entry in others)
    said = (
        f"Photos of {len(others)} other sources: {errors[0]:.1f} to {errors[-1]:.1f} years off on "
        f"average, and the range holds the real age of {shares[0]:.0%} to {shares[-1]:.0%} of the "
        "people."
    )
    assert said in words(open_page())
    one = {"sources": [e for e in others if e["source"] == "FG-NET"]}
    (model / "evaluation" / "sources.json").write_text(json.dumps(one), encoding="utf-8")
    alone = f"Photos of 1 other source: {one['sources'][0]['mae']:.1f} years off on average"
    assert alone in words(open_page())


def test_the_card_is_folded_with_what_it_does_well_first() -> None:
    app = open_page()
    titles = [one.label for one in app.expander]
    assert titles[1:3] == ["What it does well", "Where it misses its aims"]
    assert not any(one.proto.expanded or one.markdown or one.table for one in app.expander)
    well = open_page(1).expander[1].markdown[0].value
    assert f"it is {METRICS['overall']['mae']:.2f} years off on average" in well


def test_other_sources_of_a_model_are_shown(model: Path) -> None:
    metrics = {"sources": source_metrics(make_source_table(), AskRule())}
    (model / "evaluation" / "sources.json").write_text(json.dumps(metrics), encoding="utf-8")
    app = open_page(4)
    _, sources = charts(app)
    assert sources["data"][0]["y"] == ["Family  <b>5.00</b><br>3 people, 4 photos"]
    section = next(one for one in app.expander if one.label == "Photos of several sources")
    overall, bands = (table.value for table in section.table)
    assert overall["Photos of"].tolist() == bands["Photos of"].tolist() == ["Family", "Family"]
    assert overall["MAE"].tolist() == ["5.00 (2.00 to 11.00)", "5.33 (1.00 to 12.00)"]
    assert bands["13–17"].tolist() == ["+6.5 (2)", "+7.5 (2)"]


def test_damaged_metrics_of_sources_are_one_sentence(model: Path) -> None:
    (model / "evaluation" / "sources.json").write_text('{"sources": [{}]}', encoding="utf-8")
    assert [error.value for error in open_page().error] == [
        "`sources.json` is damaged; the command `report` writes it again."
    ]


def test_a_run_that_was_only_evaluated_is_shown_without_its_card(model: Path) -> None:
    for name in ("portraits.json", "robustness.json", "sources.json", "predictions.csv"):
        (model / "evaluation" / name).unlink()
    app = open_page()
    assert len(app.metric) == 3 and not charts(app)
    assert not app.expander and "Not all of it was measured" in words(app)


def test_a_model_without_any_metrics_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    app = open_page()
    assert "was not measured on test photos" in app.error[0].value
    assert " -m age_model evaluate --data-dir DIR --model" in app.code[0].value
