"""The columns of the tables to download are explained in docs/columns.md."""

import re
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from age_model.predict.person import AveragedAge, Snapshot, snapshots_table
from age_model.predict.results import RESULT_COLUMNS
from app_pages.widgets.tables import HEADINGS
from tests.support.app import ROOT, open_page

EXPLAINED = set(
    re.findall(r"`([a-z_0-9]+)`", (ROOT / "docs" / "columns.md").read_text(encoding="utf-8"))
)
ENDS = re.compile("_(low|high)$")
ERRORS = ("overview", "ages", "map", "ranges", "gate", "groups")


@pytest.fixture
def columns(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The columns of all tables that pages offer while a test runs."""
    found: set[str] = set()

    def note(_: str, content: Callable[[], bytes], file: str, *__: Any, **named: Any) -> None:  # noqa: ANN401
        if file.endswith(".csv"):
            assert "docs/columns.md" in named["help"]
            found.update(pd.read_csv(BytesIO(content()), nrows=1).columns)

    monkeypatch.setattr(st, "download_button", note)
    monkeypatch.setenv("AGE_DATA_DIR", "")
    return found


def unexplained(names: set[str]) -> set[str]:
    return {name for name in names if not {name, ENDS.sub("", name)} & EXPLAINED}


def test_all_columns_about_the_model_are_explained(columns: set[str]) -> None:
    for view in ERRORS:
        open_page("errors", view=view)
    open_page("about")
    app = open_page("data_set")
    for view in ("Likely wrong labels", "Identical pictures", "All problems"):
        app.session_state["data_tab"], app.session_state["data_view"] = "Doubtful photos", view
        app.run()
    assert {"file_name", "false_pass_low", "twins", "problem", "teens", "p_label"} <= columns
    assert not unexplained(columns)


def test_all_columns_about_faces_are_explained() -> None:
    taken = Snapshot(datetime.now(), 1, AveragedAge(30.0, 20.0, 40.0, 0.0), 1, 30.0, ())
    assert not unexplained({*RESULT_COLUMNS, "ask_for_id", *snapshots_table([taken])})


def test_all_columns_about_the_store_are_explained() -> None:
    assert not unexplained(set(HEADINGS))
