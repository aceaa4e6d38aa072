"""The pages for what the record keeps, and for who did what."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from sqlalchemy import Engine

from age_model.access.visitor import EVERYTHING
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.audit_log import Event, log_alone, read_log, utc_now
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.read import read_tables
from age_model.store.retention.settings import read_retention
from tests.app_pages.test_roles import open_address
from tests.support.app import open_page, press, shown_text
from tests.support.roles import app_of, write_access


def logged(engine: Engine) -> list[tuple[str, str, str]]:
    """Who did what where, the latest last."""
    log = read_log(engine, utc_now().replace(year=2000), utc_now().replace(year=2100))
    return [tuple(row) for row in log[["who", "what", "store"]].to_numpy()[::-1]]


# ---- Data kept


def test_the_numbers_are_confirmed_before_anything_goes(shop: Engine) -> None:
    app = open_page("settings", tab="data_kept")
    assert "no time was set" in app.info[0].value
    app.number_input(key="links of North").set_value(10)
    app.number_input(key="visits of North").set_value(30)
    press(app, "Save")
    assert "Visits without cashier and receipt: 0. Visits removed: 1." in shown_text(app)
    assert len(read_tables(shop, EVERYTHING).visits) == 2
    press(app, "Confirm and run now")
    assert "Runs every day" in app.success[0].value
    assert "Visits removed: 1." in shown_text(app)
    assert len(read_tables(shop, EVERYTHING).visits) == 1
    assert read_retention(shop)["North"].last_run


def test_settings_that_cannot_be_give_a_sentence(shop: Engine) -> None:
    app = open_page("settings", tab="data_kept")
    app.number_input(key="links of North").set_value(30)
    app.number_input(key="visits of North").set_value(10)
    press(app, "Save")
    assert "cannot be removed before their links" in app.error[0].value
    assert read_retention(shop) == {}


def test_one_cashier_is_handed_over_and_erased_after_a_tick(shop: Engine) -> None:
    app = open_page("settings", tab="data_kept")
    app.selectbox(key="one of North").set_value("Olga").run()
    press(app, "Prepare the export")
    assert len(app.get("download_button")) == 1
    assert next(button for button in app.button if button.label == "Erase").disabled
    app.checkbox(key="erase North Olga").check().run()
    press(app, "Erase")
    assert "in 2 visits and receipts" in app.success[0].value
    assert read_tables(shop, EVERYTHING).visits["cashier"].isna().all()
    assert not app.run().get("download_button")


# ---- Audit log


def test_the_log_is_filtered_by_person_and_kind(shop: Engine) -> None:
    log_alone(shop, "olga@example.org", Event.EXPORTED, ["North"], file="x.csv")
    log_alone(shop, "anna@example.org", Event.EXPORTED, ["South"], file="x.csv")
    log_alone(shop, "anna@example.org", Event.IMPORTED, ["South"], rows=3)
    app = open_page("audit_log")
    assert len(app.dataframe[0].value) == 3
    app.multiselect(key="log_people").set_value(["anna@example.org"]).run()
    assert app.dataframe[0].value["what"].tolist() == ["Imported", "Exported"]
    app.multiselect(key="log_kinds").set_value([Event.IMPORTED]).run()
    assert app.dataframe[0].value["store"].tolist() == ["South"]
    day = (datetime.now() - timedelta(days=9)).date()
    app.date_input(key="log_period").set_value((day, day)).run()
    assert "Nothing is recorded" in app.info[0].value


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the download buttons of a page hand out, by the name of the file."""
    contents: dict[str, Any] = {}
    button = st.download_button

    def note(label: str, content: Any, file: str, *rest: Any, **named: Any) -> bool:  # noqa: ANN401
        contents[file] = content
        return button(label, content, file, *rest, **named)

    monkeypatch.setattr(st, "download_button", note)
    return contents


def test_a_file_is_in_the_log_before_it_is_made(shop: Engine, downloads: dict[str, Any]) -> None:
    log_alone(shop, "olga@example.org", Event.IMPORTED, ["North"], rows=3)
    open_page("audit_log")
    assert logged(shop)[-1][1] == "imported"
    assert b"imported" in downloads["audit_log.csv"]()
    assert logged(shop)[-1] == ("", "exported", "")


def test_who_sees_figures_of_cashiers_or_takes_them_away_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, downloads: dict[str, Any]
) -> None:
    url = f"sqlite:///{tmp_path / 'demo.sqlite'}"
    monkeypatch.setenv(URL_VARIABLE, url)
    engine = open_record(url)
    add_month(engine, demo_month(0, 3000)[0])
    app = app_of("manager", monkeypatch, write_access(tmp_path / "access.toml"))
    open_address(app, "alcohol")
    assert logged(engine) == []
    app.query_params["tab"] = "cashiers"
    app.run()
    seen = ("manager@example.org", "viewed cashiers' figures", "Demo Central")
    assert logged(engine) == [seen]
    app.run()
    assert logged(engine) == [seen]  # once, however often the page is drawn
    assert downloads["cashiers.csv"]()
    assert logged(engine)[1:] == [("manager@example.org", "exported", "Demo Central")]
