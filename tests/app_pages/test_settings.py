"""Settings: its tabs, whose they are, and the regions of stores."""

from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.store import demo
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.regions import read_regions
from age_model.store.record.restricted_goods import (
    EVERYWHERE,
    Restricted,
    read_goods,
    read_lists,
    set_goods,
)
from age_model.store.record.settings import read_currency
from age_model.store.tills.rules import StoreRule, set_rule
from tests.app_pages.test_roles import open_address
from tests.support.app import ROOT, open_page, press, run_at
from tests.support.roles import app_of, write_access

BEER = Restricted("Beer", ("Beer",), 18, time(8), time(23))


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A record of two stores."""
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setenv(URL_VARIABLE, url)
    engine = open_record(url)
    for store in ("North", "South"):
        set_rule(engine, ANYBODY, store, StoreRule(25, None))
    return engine


def tabs(app: AppTest) -> list[str]:
    return [tab.label for tab in app.tabs]


def said(app: AppTest) -> list[str]:
    return [message.value for message in app.success]


def test_a_saved_currency_is_said_to_be_once(stores: Engine) -> None:
    app = open_page("settings", tab="currency")
    app.selectbox(key="currency").set_value("EUR").run()
    press(app, "Save the currency")
    assert said(app) == ["Saved."] and read_currency(stores) == "EUR"
    assert said(app.run()) == []


def test_the_address_names_the_open_tab(stores: Engine) -> None:
    app = open_page("settings", tab="currency")
    assert tabs(app)[:4] == ["Tills", "Cashiers", "Who is asked for ID", "Restricted goods"]
    assert [box.label for box in app.selectbox] == ["Of the amounts on receipts, in all stores"]
    app.query_params["tab"] = "data_kept"  # Back, or a link
    app.run()
    assert "no time was set" in app.info[0].value
    app.query_params["tab"] = "unknown"
    app.run()
    assert app.text_input[0].label == "Name of the till"


def test_a_chosen_store_that_was_removed_is_chosen_no_more(
    stores: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "DEMO_VISITS", 300)
    app = open_page("purchases")
    press(app, "Load a demonstration month")
    run_at(app, "settings")
    app.selectbox[0].select("Demo Station").run()
    run_at(app, "who_buys_what")
    press(app, "Remove the demonstration month")
    run_at(app, "settings")
    assert app.selectbox[0].value == "North"


def test_a_store_that_is_typed_stays_before_the_record_has_it(stores: Engine) -> None:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
    app.session_state["settings of store"] = "West"
    assert run_at(app, "settings").selectbox[0].value == "West"


def test_what_is_kept_and_the_currency_are_not_a_store_managers(
    stores: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of("manager", monkeypatch, write_access(tmp_path / "access.toml"))
    app.query_params["tab"] = "data_kept"
    assert tabs(open_address(app, "settings")) == [
        "Tills", "Cashiers", "Who is asked for ID", "Restricted goods",
    ]  # fmt: skip
    assert app.text_input[0].label == "Name of the till"


def test_a_region_that_is_typed_is_a_column_of_the_goods(stores: Engine) -> None:
    set_goods(stores, ANYBODY, {}, {EVERYWHERE: [BEER]})
    app = open_page("settings", tab="restricted_goods")
    regions, goods = app.data_editor
    assert "regions" not in goods.proto.column_order
    app.session_state[str(regions.key)] = {
        "edited_rows": {0: {"region": " Moscow "}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    press(app.run(), "Save the regions")
    assert said(app) == ["Saved."] and said(app.run()) == []
    assert read_regions(stores, EVERYTHING) == {"North": "Moscow"}
    regions, goods = app.data_editor
    assert "regions" in goods.proto.column_order
    app.session_state[str(goods.key)] = {
        "edited_rows": {},
        "added_rows": [
            {"goods": "Beer", "regions": ["Moscow"], "categories": "Beer", "minimum_age": 18,
             "sold_from": "10:00:00", "sold_until": "22:00:00"}
        ],
        "deleted_rows": [],
    }  # fmt: skip
    press(app.run(), "Save the table")
    late = BEER._replace(sold_from=time(10), sold_until=time(22))
    in_force = read_lists(stores, EVERYTHING).in_force
    assert (in_force("North"), in_force("South")) == ([late], [BEER])


def test_a_manager_of_some_stores_is_offered_the_usual_goods_for_them(
    stores: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of("manager", monkeypatch, write_access(tmp_path / "access.toml", stores='["North"]'))
    app.query_params["tab"] = "restricted_goods"
    open_address(app, "settings")
    (goods,) = app.data_editor
    assert "stores" in goods.proto.column_order
    press(app, "Save the table")
    assert read_lists(stores, EVERYTHING).by_region == {}
    assert list(read_goods(stores, EVERYTHING)) == ["North"]
    (goods,) = app.run().data_editor
    app.session_state[str(goods.key)] = {
        "edited_rows": {0: {"stores": []}}, "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    press(app.run(), "Save the table")
    assert "name your own stores" in app.error[0].value


def test_the_first_hours_of_sale_are_kept(stores: Engine) -> None:
    app = open_page("settings", tab="restricted_goods")
    (goods,) = app.data_editor[1:]
    app.session_state[str(goods.key)] = {
        "edited_rows": {0: {"sold_from": "09:00:00.000", "sold_until": "23:00:00.000"}},
        "added_rows": [], "deleted_rows": [],
    }  # fmt: skip
    press(app.run(), "Save the table")
    alcohol, energy, tobacco = read_lists(stores, EVERYTHING).by_region[EVERYWHERE]
    assert (alcohol.sold_from, alcohol.sold_until) == (time(9), time(23))
    assert energy.sold_from is tobacco.sold_until is None
