"""The pages of purchases and alcohol checks, on a small demonstration month in a record."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import streamlit as st
from pandas.io.formats.style import Styler
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from age_model.access.visitor import ANYBODY, EVERYTHING, Scope
from age_model.ages import OLDEST_CHALLENGE_AGE
from age_model.evaluation.age_gate import fitted_gate
from age_model.i18n import translate
from age_model.release import released
from age_model.store import demo
from age_model.store.analysis import purchases as purchases_module
from age_model.store.analysis.purchases import FEWEST_VISITS
from age_model.store.demo import write
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month, write_demo
from age_model.store.imports.rows import NO_CATEGORY
from age_model.store.record.add_many import add_visits
from age_model.store.record.audit_log import read_log, utc_now
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.export import VARIABLE
from age_model.store.record.read import StoreTables
from age_model.store.record.restricted_goods import Restricted, set_goods
from age_model.store.record.select import DEMO_STORES
from age_model.store.record.totals import ReceiptTotals
from age_model.store.tills.rules import StoreRule, set_rule
from app_pages.widgets.store import _show_sold
from app_pages.widgets.tables import show_numbers
from tests.support.app import press
from tests.support.store_made_up import add_receipts_alone, visits

ROOT = Path(__file__).parents[2]
DEMO_VISITS = 12000
EMPTY = "No visits recorded yet"
TABLE_OPEN: dict[str, object] = {"table bands": True}


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a record with a small demonstration month."""
    folder = tmp_path_factory.mktemp("record")
    url = f"sqlite:///{folder / 'store.sqlite'}"
    write_demo(open_record(url), folder, seed=1, visits=DEMO_VISITS)
    return url


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    yield
    st.cache_resource.clear()


def open_page(monkeypatch: pytest.MonkeyPatch, url: str, name: str, **state: object) -> AppTest:
    monkeypatch.setenv(URL_VARIABLE, url)
    app = AppTest.from_file(str(ROOT / "app_pages" / name / "page.py"), default_timeout=300)
    if "tab" in state:
        app.query_params["tab"] = str(state.pop("tab"))
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info, app.warning, app.success, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.mark.parametrize("name", ["purchases", "alcohol"])
def test_an_empty_record_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    app = open_page(monkeypatch, f"sqlite:///{tmp_path / 'new.sqlite'}", name)
    assert EMPTY in words(app)
    assert not app.get("plotly_chart")


def test_the_demonstration_month_is_loaded_and_removed_by_a_button(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(write, "DEMO_FOLDER", tmp_path / "demo")
    monkeypatch.setattr(demo, "DEMO_VISITS", 300)
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"
    app = open_page(monkeypatch, url, "purchases")
    press(app, "Load a demonstration month")
    assert "Demonstration data" in words(app)
    press(app, "Remove the demonstration month")
    assert EMPTY in words(app)
    log = read_log(open_record(url), utc_now().replace(year=2000), utc_now().replace(year=2100))
    assert log["what"].tolist() == ["undid an import"] * 3 + ["imported"] * 3
    assert set(log["store"]) == set(DEMO_STORES)


@pytest.mark.parametrize("name", ["purchases", "alcohol"])
def test_receipts_without_ages_are_not_no_sales(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    month = add_receipts_alone(engine)
    shown: list[pd.DataFrame] = []
    led: list[str] = []
    monkeypatch.setattr(st, "dataframe", lambda table, **_: shown.append(table))
    monkeypatch.setattr("app_pages.widgets.store.link_to", lambda page, _: led.append(page))
    app = open_page(monkeypatch, str(engine.url), name)
    assert led == ["overview"]
    receipts = month.lines["receipt"].nunique()
    assert f"{receipts} receipts from 2026-06-01 to 2026-06-30, but no visit" in words(app)
    categories, products = shown
    assert categories["amount"].sum() == pytest.approx(month.lines["amount"].sum())
    assert categories["lines"].sum() == len(month.lines)
    assert products["product"].iloc[0] == month.lines.groupby("product")["amount"].sum().idxmax()


@pytest.mark.parametrize(
    ("recorded", "first"),
    [
        (["Dairy", NO_CATEGORY], ("category", ["Dairy", "no category"])),
        ([NO_CATEGORY], ("product", ["Milk", "Bread"])),
    ],
)
def test_products_take_the_place_of_categories_that_receipts_lack(
    monkeypatch: pytest.MonkeyPatch, recorded: list[str], first: tuple[str, list[str]]
) -> None:
    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(st, "dataframe", lambda table, **_: shown.append(table))
    table = pd.DataFrame({"category": recorded, "lines": 1, "amount": 3.0})
    products = pd.DataFrame({"product": ["Milk", "Bread"], "lines": 1, "amount": [4.0, 2]})
    _show_sold(ReceiptTotals(2, date(2026, 6, 1), date(2026, 6, 2), table), products)
    assert shown[0][first[0]].tolist() == first[1]
    assert len(shown) == len(recorded) and shown[-1] is products


def test_too_few_visits_for_age_groups_leave_the_sales_of_all_receipts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    month = add_receipts_alone(engine)
    table, distributions = visits(1)
    add_visits(engine, ANYBODY, table, distributions)
    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(st, "dataframe", lambda table, **_: shown.append(table))
    app = open_page(monkeypatch, str(engine.url), "purchases")
    assert "only 1 visit with an age" in words(app)
    assert shown[0]["amount"].sum() == pytest.approx(month.lines["amount"].sum())


def test_few_visits_in_the_period_offer_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    add_month(engine, demo_month(0, 300)[0])
    table, distributions = visits(1)
    add_visits(engine, ANYBODY, table.assign(time=pd.Timestamp("2026-11-01 12:00")), distributions)
    app = open_page(monkeypatch, str(engine.url), "purchases")
    assert "1 visit in this period." in words(app)
    assert not app.get("plotly_chart")
    press(app, "Show all 301 visits")
    assert "in this period." not in words(app)
    assert app.get("plotly_chart")


@pytest.mark.parametrize(
    ("name", "visits_", "short"),
    [
        ("overview", 400, "too few checks recorded"),
        ("alcohol", 400, "too few checks recorded"),
        ("purchases", 200, "Nothing here was bought often enough to compare."),
    ],
)
def test_a_period_too_short_to_say_anything_offers_the_next_longer_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, visits_: int, short: str
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    add_month(engine, demo_month(0, visits_)[0])
    table, distributions = visits(1)  # long before: the next longer period is not all
    add_visits(engine, ANYBODY, table.assign(time=pd.Timestamp("2026-01-01 12:00")), distributions)
    app = open_page(monkeypatch, str(engine.url), name, store_span="7")
    said = words(app) + "\n".join(each.delta for each in app.metric)
    assert short in said and "visits in this period." not in said
    offers = [button for button in app.button if button.label == "Show 30 days"]
    offers[0].click().run()
    assert not app.exception
    assert app.segmented_control(key="store_span").value == "30"
    said = words(app) + "\n".join(each.delta for each in app.metric)
    assert said.count(short) < 2


@pytest.mark.parametrize("name", ["purchases", "alcohol"])
def test_the_demonstration_month_is_labelled(
    monkeypatch: pytest.MonkeyPatch, demo_url: str, name: str
) -> None:
    app = open_page(monkeypatch, demo_url, name)
    assert "Demonstration data" in words(app)
    assert app.get("plotly_chart")
    assert EMPTY not in words(app)


def charts(app: AppTest) -> list[dict[str, Any]]:
    """What Plotly draws, in the order of the page."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def test_who_buys_what_opens_on_a_heat_map(monkeypatch: pytest.MonkeyPatch, demo_url: str) -> None:
    app = open_page(monkeypatch, demo_url, "purchases")
    assert [header.value for header in app.header][:2] == [
        "What each age group buys",
        "One age group",
    ]
    cells, alike = charts(app)[0]["data"]
    assert cells["type"] == "heatmap"
    assert set(alike["text"]) == {"≈"}
    app.segmented_control(key="heat_written").set_value("share").run()
    assert all(text.startswith("≈ ") for text in charts(app)[0]["data"][1]["text"])
    assert len(app.get("download_button")) == 3


def test_one_age_group_is_chosen(monkeypatch: pytest.MonkeyPatch, demo_url: str) -> None:
    app = open_page(monkeypatch, demo_url, "purchases")
    chosen = next(w for w in app.segmented_control if w.label == "Age group")
    chosen.set_value("18–24").run()
    assert any("People aged 18–24" in header.value for header in app.header)


@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"amounts_by": "day", "amounts_measure": "spend"},
        {"amounts_by": "store"},
        {"amounts_compared": "parts", "amounts_measure": "basket"},
        {"amounts_compared": "stores"},
    ],
)
def test_amounts_are_one_chart_with_intervals_whatever_the_switches(
    monkeypatch: pytest.MonkeyPatch, demo_url: str, switches: dict[str, str]
) -> None:
    app = open_page(monkeypatch, demo_url, "purchases", **switches)
    drawn = charts(app)
    assert len(drawn) == len(charts(open_page(monkeypatch, demo_url, "purchases")))
    assert all(trace["error_y"]["array"] for trace in drawn[-1]["data"])


def test_two_stores_are_compared_by_their_goods_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tables, _ = demo_month(2, 6000)
    of_second = tables.visits["store"] == "Demo Riverside"
    receipts = tables.visits.loc[of_second, "receipt"]
    lines = tables.lines.astype({"product": str, "category": str})
    water = lines["receipt"].isin(receipts) & (lines["product"] == "Mineral water")
    half = water & (np.arange(len(lines)) % 2 == 0)
    lines.loc[half, "product"] = "Lemonade"
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    changed = StoreTables.of(tables.visits, tables.distributions, lines, tables.checks)
    add_month(open_record(url), changed)
    state = {"amounts_compared": "stores", "compare_goods": "product"}
    app = open_page(monkeypatch, url, "purchases", **state)
    assert any("Demo Riverside against Demo Central" in header.value for header in app.header)
    drawn = charts(app)[-1]["data"][0]
    assert drawn["y"][-1] == "Mineral water" and "Lemonade" not in drawn["y"]
    assert "Bought only on one side, **Demo Riverside**: Lemonade." in words(app)
    app.segmented_control(key="compare_goods").set_value("category").run()
    assert "No difference is significant" in words(app)


def test_a_week_is_compared_with_the_one_before(
    monkeypatch: pytest.MonkeyPatch, demo_url: str
) -> None:
    week = {"store_span": "7", "amounts_compared": "before"}
    app = open_page(monkeypatch, demo_url, "purchases", **week)
    assert [trace["name"] for trace in charts(app)[-1]["data"]] == [
        "2026-06-17 – 2026-06-23", "2026-06-24 – 2026-06-30"
    ]  # fmt: skip
    app.segmented_control(key="store_span").set_value("30").run()
    assert "One side has too few visits" in words(app)  # the record begins with these days


def test_tables_are_written_in_the_language_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    headings: list[str] = []

    def dataframe(table: Styler, column_config: dict[str, dict[str, str]], **_: object) -> None:
        shown.append(table.to_html())
        headings.extend(column["label"] for column in column_config.values())

    monkeypatch.setattr(st, "dataframe", dataframe)
    monkeypatch.setattr(translate, "_choose", lambda: "ru")
    rows = {"band": ["0–17"], "visits": [1234.5], "share": [0.9984], "differs": [True]}
    show_numbers(pd.DataFrame(rows), "Numbers")
    assert headings == ["Возрастная группа", "Посещения", "Доля", "Не случайно"]
    for text in (translate.number(1234.5, ",.0f"), translate.number(0.9984, ".1%"), ">Да<"):
        assert text in shown[0]


def test_one_age_can_be_asked_about(monkeypatch: pytest.MonkeyPatch, demo_url: str) -> None:
    state = {"products_whose": "age"}
    app = open_page(monkeypatch, demo_url, "purchases", **state)
    app.slider(key="products_age").set_value(75).run()
    assert any("70–80" in header.value for header in app.header)


def test_bands_are_chosen_and_mistakes_are_explained(
    monkeypatch: pytest.MonkeyPatch, demo_url: str
) -> None:
    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(st, "dataframe", lambda table, **_: shown.append(table.data))
    app = open_page(monkeypatch, demo_url, "purchases", store_bands="30, 60", **TABLE_OPEN)
    assert list(shown[-1]["band"]) == ["0–29", "30–59", "60+"]
    assert shown[-1]["visits"].sum() == pytest.approx(DEMO_VISITS, rel=0.01)
    app.text_input(key="store_bands").set_value("young, old").run()
    assert "Write whole years" in words(app)


def test_a_folded_table_is_computed_only_when_it_is_opened(
    monkeypatch: pytest.MonkeyPatch, demo_url: str
) -> None:
    shown: list[object] = []
    monkeypatch.setattr(st, "dataframe", lambda table, **_: shown.append(table))
    open_page(monkeypatch, demo_url, "purchases")
    assert not shown
    open_page(monkeypatch, demo_url, "purchases", **TABLE_OPEN)
    assert len(shown) == 1


def test_a_store_is_chosen(monkeypatch: pytest.MonkeyPatch, demo_url: str) -> None:
    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(st, "dataframe", lambda table, **_: shown.append(table.data))
    open_page(monkeypatch, demo_url, "purchases", store_names=["Demo Station"], **TABLE_OPEN)
    assert shown[-1]["visits"].sum() < DEMO_VISITS / 2


def test_a_shorter_period_is_not_read_again(monkeypatch: pytest.MonkeyPatch, demo_url: str) -> None:
    read: list[object] = []
    shown: list[pd.DataFrame] = []
    original = purchases_module.read_tables

    def read_tables(
        engine: Engine, scope: Scope, start: datetime, end: datetime, only_alcohol: bool
    ) -> StoreTables:
        read.append((start, end))
        return original(engine, scope, start, end, only_alcohol)

    monkeypatch.setattr(purchases_module, "read_tables", read_tables)
    monkeypatch.setattr(st, "dataframe", lambda table, **_: shown.append(table.data))
    app = open_page(monkeypatch, demo_url, "purchases", **TABLE_OPEN)
    app.segmented_control(key="store_span").set_value("other").run()
    app.date_input(key="store_period").set_value((date(2026, 6, 5), date(2026, 6, 14))).run()
    assert len(read) == 1
    engine = open_record(demo_url)
    count = len(original(engine, EVERYTHING, datetime(2026, 6, 5), datetime(2026, 6, 15)).visits)
    assert shown[-1]["visits"].sum() == pytest.approx(count, rel=1e-6)


def test_an_exported_record_is_shown_alike(
    monkeypatch: pytest.MonkeyPatch, demo_url: str, tmp_path: Path
) -> None:
    shown: list[pd.DataFrame] = []
    monkeypatch.setattr(st, "dataframe", lambda table, **_: shown.append(table.data))

    def open_all() -> list[pd.DataFrame]:
        shown.clear()
        compared = {"amounts_compared": "parts", "table compare": True}
        open_page(monkeypatch, demo_url, "purchases", **compared)
        open_page(monkeypatch, demo_url, "alcohol", **{"table parts": True})
        return list(shown)

    wanted = open_all()
    st.cache_resource.clear()
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    for one, other in zip(wanted, open_all(), strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-9, check_dtype=False)


# ---- Small stores


SMALL_VIEWS = [("purchases", "amounts_compared", "parts")] + [
    ("alcohol", "tab", tab) for tab in ("parts", "cashiers", "what_if")
]


def small_record(folder: Path, month: StoreTables) -> str:
    url = f"sqlite:///{folder / 'small.sqlite'}"
    add_month(open_record(url), month)
    return url


@pytest.mark.parametrize(("page", "key", "view"), SMALL_VIEWS)
def test_a_store_of_300_visits_is_told_what_cannot_be_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, page: str, key: str, view: str
) -> None:
    url = small_record(tmp_path, demo_month(0, 300)[0])
    app = open_page(monkeypatch, url, page, **{key: view})
    text = words(app)
    if page == "purchases":
        assert "all may be chance" in text
        assert "No age group differs" in text
    if view == "Cashiers":
        assert "too few buyers to tell" in text


def test_of_300_visits_no_two_groups_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = small_record(tmp_path, demo_month(0, 300)[0])
    app = open_page(monkeypatch, url, "purchases", amounts_measure="basket")
    assert "No two of these groups differ significantly" in words(app)


def test_a_handful_of_visits_is_too_few(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = small_record(tmp_path, demo_month(0, FEWEST_VISITS - 1)[0])
    app = open_page(monkeypatch, url, "purchases")
    assert "too few for age groups" in words(app)
    assert not app.get("plotly_chart")


def test_without_sales_of_alcohol_the_page_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    month, _ = demo_month(0, 300)
    dry = month.lines[~month.lines["is_alcohol"]].reset_index(drop=True)
    url = small_record(
        tmp_path,
        replace(month, read_lines=lambda _: dry, read_checks=lambda: month.checks.iloc[:0]),
    )
    app = open_page(monkeypatch, url, "alcohol")
    assert "no sales of alcohol" in words(app) and "choose which categories" in words(app)
    assert not app.metric


def test_without_checks_nothing_is_said_about_minors(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    month, _ = demo_month(0, 2000)
    url = small_record(tmp_path, replace(month, read_checks=lambda: month.checks.iloc[:0]))
    app = open_page(monkeypatch, url, "alcohol")
    assert [metric.value for metric in app.metric][2:] == ["–", "–"]
    assert "No check of such a buyer was recorded" in words(app)
    assert not app.get("plotly_chart")


def test_a_single_cashier_is_compared_with_nobody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    month, _ = demo_month(0, 2000)
    everywhere = {
        name: pd.Categorical([value] * len(month.visits))
        for name, value in (("store", "North"), ("cashier", "Olga"))
    }
    alone = month.visits.assign(**everywhere)
    url = small_record(tmp_path, replace(month, visits=alone))
    app = open_page(monkeypatch, url, "alcohol", tab="cashiers")
    assert "only one cashier" in words(app)
    assert len(app.get("plotly_chart")) == 1


@pytest.mark.parametrize("view", ["parts", "cashiers", "what_if"])
def test_every_tab_of_alcohol_checks_has_a_chart_and_a_download(
    monkeypatch: pytest.MonkeyPatch, demo_url: str, view: str
) -> None:
    app = open_page(monkeypatch, demo_url, "alcohol", tab=view)
    assert app.get("plotly_chart")
    assert app.get("download_button")
    assert [metric.label for metric in app.metric][1] == "Looked young"


def test_buyers_whom_a_rule_misses_are_told_from_those_not_asked(
    monkeypatch: pytest.MonkeyPatch, demo_url: str
) -> None:
    app = open_page(monkeypatch, demo_url, "alcohol", tab="what_if")
    happened = next(one.value for one in app.metric if one.label == "Under 18 unasked")
    assert "whom the rule misses" in words(app)
    assert re.search(r"of 146 people aged 14 to 17 pass \([\d.]+% to [\d.]+%\)", words(app))
    assert "the rule also asks everyone whose probability of being under 18" in words(app)
    assert f"“Under 18 unasked” above, {happened}, is what happened" in words(app)


def test_a_test_purchase_is_noted_and_removed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = small_record(tmp_path, demo_month(0, 300)[0])
    app = open_page(monkeypatch, url, "alcohol", tab="test_purchases")
    assert "No test purchase is noted" in words(app)
    app.radio[0].set_value(False)
    press(app, "Note it")
    assert app.metric[-2].label == "Test buyers asked for ID" and app.metric[-2].value == "0%"
    assert "2026-06-30 · **not asked for ID**" in words(app)
    press(app, "Remove")
    assert "No test purchase is noted" in words(app)


def test_sales_outside_the_hours_are_said_on_id_checks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url = small_record(tmp_path, demo_month(0, 300)[0])
    never = Restricted("Spirits", ("Alcohol",), 18, time(3), time(4))
    set_goods(open_record(url), ANYBODY, {"Demo Central": [never]})
    text = words(open_page(monkeypatch, url, "alcohol"))
    assert "Demo Central: Spirits: " in text.replace("\\", "")
    assert "outside the hours of sale" in text


def test_alcohol_checks_follow_a_rule_by_looks_and_by_chance(
    monkeypatch: pytest.MonkeyPatch, demo_url: str
) -> None:
    strict = open_page(monkeypatch, demo_url, "alcohol", alcohol_may_pass="1").metric[1]
    lax = open_page(monkeypatch, demo_url, "alcohol", alcohol_may_pass="5").metric[1]
    looks = open_page(
        monkeypatch, demo_url, "alcohol", alcohol_may_pass="5", alcohol_challenge_age=35
    ).metric[1]
    usual = fitted_gate(released().card()["gate"]).rule.challenge_age
    assert f"asks everyone who looks younger than {usual}, and everyone whose" in strict.help
    counts = [int(metric.value.replace(",", "")) for metric in (lax, strict, looks)]
    assert counts[0] < counts[1] and counts[0] < counts[2]


def test_alcohol_checks_start_with_the_rule_of_the_tills(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    month, _ = demo_month(0, 300)
    url = small_record(tmp_path, month)
    usual = fitted_gate(released().card()["gate"]).rule.challenge_age
    app = open_page(monkeypatch, url, "alcohol")
    (age,) = (box for box in app.slider if box.label == "Ask for ID below this age")
    assert (age.value, age.max) == (usual, OLDEST_CHALLENGE_AGE)
    record = open_record(url)
    central, *others = DEMO_STORES
    set_rule(record, ANYBODY, central, StoreRule(OLDEST_CHALLENGE_AGE, "1"))
    app = open_page(monkeypatch, url, "alcohol", tab="what_if")
    assert "different rules" in words(app)
    app.toggle(key="alcohol_own_rules").set_value(False).run()
    (age,) = (box for box in app.slider if box.label == "Ask for ID below this age")
    assert age.value == OLDEST_CHALLENGE_AGE and "One rule for all" in words(app)
    for store in others:
        set_rule(record, ANYBODY, store, StoreRule(OLDEST_CHALLENGE_AGE, "1"))
    app = open_page(monkeypatch, url, "alcohol")
    assert "starts with the rule of the tills" in words(app)
    (age,) = (box for box in app.slider if box.label == "Ask for ID below this age")
    assert not age.set_value(20).run().exception


def test_words_about_cashiers_accuse_nobody(monkeypatch: pytest.MonkeyPatch, demo_url: str) -> None:
    app = open_page(monkeypatch, demo_url, "alcohol", tab="cashiers")
    (standard,) = (box for box in app.slider if box.label == "Standard, % asked")
    text = words(standard.set_value(95).run())
    assert "Worth a conversation" in text and "no proof" in text
    for word in ("worst", "guilty", "fail", "offend", "ranking"):
        assert word not in text.lower()


def test_a_record_that_cannot_be_opened_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"no database at all, but long enough to be looked at" * 20)
    app = open_page(monkeypatch, f"sqlite:///{broken}", "purchases")
    assert app.error and not app.get("plotly_chart")
