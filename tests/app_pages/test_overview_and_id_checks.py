"""What Overview and ID checks say of the same sales: one thing."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from age_model.access.visitor import ANYBODY
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.add_many import add_visits
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.select import DEMO_STORES
from age_model.store.tills.rules import StoreRule, set_rule
from tests.support.store_made_up import visits

PAGES = Path(__file__).parents[2] / "app_pages"


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setenv(URL_VARIABLE, url)
    return url


def open_page(name: str, tab: str | None = None, store_span: str = "30") -> AppTest:
    app = AppTest.from_file(str(PAGES / name / "page.py"), default_timeout=300)
    app.session_state["store_span"] = store_span
    if tab:
        app.query_params["tab"] = tab
    app.run()
    assert not app.exception
    return app


def metric(app: AppTest, label: str) -> str:
    (value,) = (each.value for each in app.metric if each.label == label)
    return str(value)


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.info)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_a_rule_of_one_store_judges_that_store_alone_on_both(url: str) -> None:
    record = open_record(url)
    add_month(record, demo_month(0, 3000)[0])
    before = metric(open_page("overview"), "ID rate")
    assert metric(open_page("alcohol"), "Of these, asked") == before
    set_rule(record, ANYBODY, "Demo Station", StoreRule(40, "1"))
    now = metric(open_page("overview"), "ID rate")  # at once, not when what was read is forgotten
    app = open_page("alcohol", tab="what_if")
    assert metric(app, "Of these, asked") == now != before
    assert "By each store's own rule. It asks:\n- Demo Central, Demo Riverside: " in words(app)
    assert "- Demo Station: everyone who looks younger than 40, and" in words(app)
    assert "**By each store's own rule**" in words(app) and "Moving all stores to" in words(app)


@pytest.mark.parametrize("may_pass", [None, "0.5"])
def test_a_rule_set_for_another_model_is_the_same_on_both(url: str, may_pass: str | None) -> None:
    record = open_record(url)
    add_month(record, demo_month(0, 3000)[0])
    for store in DEMO_STORES:
        set_rule(record, ANYBODY, store, StoreRule(19, may_pass))
    app = open_page("alcohol")
    assert metric(app, "Of these, asked") == metric(open_page("overview"), "ID rate")
    assert ("probability" in words(app)) is (may_pass is not None)


def test_what_is_usual_at_least_is_the_same_on_both(url: str) -> None:
    month, _ = demo_month(0, 12_000)
    early = set(month.visits.loc[month.visits["time"] < "2026-06-24", "visit_id"])
    checks = month.checks  # everybody was asked, until the last week
    checks = checks.assign(
        outcome=checks["outcome"].mask(checks["visit_id"].isin(early), "ID shown")
    )
    add_month(open_record(url), replace(month, read_checks=lambda: checks))
    overview = words(open_page("overview", store_span="7")).replace("\\", "")
    (usual,) = set(re.findall(r"(?:At least|asks? less than) (\d+)%", overview))
    app = open_page("alcohol", tab="cashiers", store_span="7")
    assert f"At least {usual}% is usual" in words(app)
    (standard,) = (box for box in app.slider if box.label == "Standard, % asked")
    assert standard.value == int(usual)


def test_a_rate_of_few_checks_is_withheld_on_both(url: str) -> None:
    table, distributions = visits(7)
    add_visits(open_record(url), ANYBODY, table.assign(outcome="ID shown", age=20.0), distributions)
    overview = open_page("overview")
    assert metric(overview, "ID rate") == "–" and "too few checks recorded" in words(overview)
    app = open_page("alcohol", tab="cashiers")
    (asked,) = (each for each in app.metric if each.label == "Of these, asked")
    assert (asked.value, asked.delta) == ("–", "7 of 7: too few checks recorded")
    assert "No cashier can be compared: too few checks recorded." in words(app)
    assert not [box for box in app.slider if box.label == "Standard, % asked"]
