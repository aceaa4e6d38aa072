"""The Overview page, on a small demonstration month in a record."""

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
import streamlit as st
from openpyxl import load_workbook
from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from age_model.access.rights import RIGHTS, Action, Right
from age_model.access.visitor import ANYBODY
from age_model.i18n import translate
from age_model.store.analysis.attention import Finding, Kind
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.record.restricted_goods import EVERYWHERE, Restricted, set_goods
from age_model.store.record.schema import RECEIPTS
from app_pages.widgets.period import whole_week
from tests.support.app import ADDRESSES, ROOT, press, run_at
from tests.support.store_made_up import add_receipts_alone, receipt_lines, visits

PAGE = Path(__file__).parents[2] / "app_pages" / "overview" / "page.py"
WAYS = [("alcohol", "Cashiers", "cashiers"), ("settings", "Hours of sale", "restricted_goods")]
DAY = timedelta(days=1)
FIGURES = ["Visits with an age", "Revenue", "Mean basket", "ID rate", "Under 18 unasked"]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}"
    add_month(open_record(url), demo_month(0, 6000)[0])
    return url


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    st.cache_resource.clear()  # another file's record may have the same period
    yield
    st.cache_resource.clear()


def open_page(monkeypatch: pytest.MonkeyPatch, url: str, **state: object) -> AppTest:
    monkeypatch.setenv(URL_VARIABLE, url)
    app = AppTest.from_file(str(PAGE), default_timeout=300)
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception
    return app


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def test_a_month_shows_its_figures_and_one_chart(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    app = open_page(monkeypatch, url)
    assert list(figures(app)) == FIGURES
    assert "without a picture or a face are not among them" in app.metric[0].help
    assert figures(app)[FIGURES[0]] == "6,000"
    assert "30 Jun 2026; nothing earlier to compare with" in captions(app)
    assert len(app.get("plotly_chart")) == 1
    assert "Demonstration data" in app.warning[0].value
    assert [header.value for header in app.header] == ["What needs attention", "Visits a day"]


def test_the_help_of_the_basket_says_why_visits_times_it_are_not_the_revenue(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    month, _ = demo_month(0, 300)
    bought = int((month.visits["receipt"] > 0).sum())
    add_month(engine, month)
    app = open_page(monkeypatch, str(engine.url))
    visits_, revenue, basket = app.metric[:3]
    assert visits_.value == "300" and bought < 300
    amounts = [float(each.value.replace(",", "")) for each in (revenue, basket)]
    assert amounts[0] == pytest.approx(bought * amounts[1], rel=0.01)
    assert "some visits have no receipt, and some receipts no visit" in basket.help


def test_a_currency_is_asked_for_until_one_is_chosen() -> None:
    for language, chosen, asked in (("en", None, True), ("en", "EUR", False), ("ru", None, False)):
        app = AppTest.from_string(
            "from age_model.i18n.translate import in_language\n"
            "from app_pages.overview.views import offer_currency\n"
            f"with in_language({language!r}):\n"
            f"    offer_currency({chosen!r})\n"
        ).run()
        assert ("no currency yet" in captions(app)) is asked


def markdowns(app: AppTest) -> str:
    return "\n".join(text.value for text in app.markdown)


def test_stores_that_sell_alcohol_at_all_hours_are_told_until_they_have_some(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    table, distributions = visits(6)
    table = table.assign(store=["North", "South"] * 3)
    add_visits(engine, ANYBODY, table, distributions)
    add_month(engine, demo_month(0, 300)[0])
    choice = {"store_span": "all"}
    app = open_page(monkeypatch, str(engine.url), **choice)
    assert r"hours of sale yet\: North\, South\." in markdowns(app)
    assert "Nothing stands out in this period." not in [text.value for text in app.success]
    beer = Restricted("Beer", ("Beer",), 18, time(8), time(23))
    set_goods(engine, ANYBODY, {"North": [beer]})
    assert r"hours of sale yet\: South\." in markdowns(app.run())
    set_goods(engine, ANYBODY, {"South": [beer]})
    assert "hours of sale" not in markdowns(app.run())


def test_a_week_is_compared_with_the_one_before(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    app = open_page(monkeypatch, url, store_span="7")
    assert "compared with" in captions(app)
    assert captions(app).count("no clear change") == len(FIGURES)
    assert captions(app).count("probably ") == 2  # the estimated figures keep their intervals


def test_the_last_whole_week_is_compared_with_the_one_before(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    text = captions(open_page(monkeypatch, url, store_span="week")).replace("\u2009", "")
    assert "22–28 Jun 2026, compared with 15–21 Jun 2026" in text


@pytest.mark.parametrize(
    ("last", "today", "sunday"),
    [
        ("2026-06-22", "2026-06-22", "2026-06-21"),  # Monday, after the first buyers
        ("2026-06-20", "2026-06-22", "2026-06-21"),  # closed on Sunday
        ("2026-06-21", "2026-06-21", "2026-06-14"),  # Sunday is not over
        ("2026-06-30", "2026-11-27", "2026-06-28"),  # old data, up to a Tuesday
        ("2026-06-28", "2026-11-27", "2026-06-28"),
    ],
)
def test_the_last_whole_week(last: str, today: str, sunday: str) -> None:
    week = whole_week(date.fromisoformat(last), date.fromisoformat(today))
    assert [str(day) for day in week] == [str(date.fromisoformat(sunday) - 6 * DAY), sunday]


def test_the_period_and_the_store_hold_on_the_next_page(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv(URL_VARIABLE, url)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
    run_at(app, "overview")
    app.segmented_control(key="store_span").set_value("7").run()
    app.multiselect(key="store_names").set_value(["Demo Station"]).run()
    run_at(app, "id_checks")
    assert app.segmented_control(key="store_span").value == "7"
    assert app.multiselect(key="store_names").value == ["Demo Station"]


def test_few_visits_in_the_period_offer_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    add_month(engine, demo_month(0, 300)[0])
    table, distributions = visits(1)
    add_visits(engine, ANYBODY, table.assign(time=pd.Timestamp("2026-11-01 12:00")), distributions)
    app = open_page(monkeypatch, str(engine.url))
    assert figures(app)[FIGURES[0]] == "1"
    press(app, "Show all 301 visits")
    assert figures(app)[FIGURES[0]] == "301"


def test_figures_without_checks_are_said_to_be_unknown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    table, distributions = visits(3)
    add_visits(engine, ANYBODY, table.assign(outcome=None), distributions)
    app = open_page(monkeypatch, str(engine.url))
    assert captions(app).count("too few checks recorded") == 2


def test_a_finding_about_checks_leads_to_them(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    led: list[tuple[str, ...]] = []
    monkeypatch.setattr("app_pages.overview.views.link_to", lambda *names: led.append(names))
    finding = Finding(Kind.UNRECORDED, "North", count=3, of=9)
    monkeypatch.setattr("age_model.store.reports.gather.read_findings", lambda *_: [finding])
    open_page(monkeypatch, url)
    assert led == [("settings", "Choose the currency", "currency"), ("alcohol",), *WAYS]


def test_cashiers_and_hours_of_sale_are_one_step_away_with_or_without_a_finding(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv(URL_VARIABLE, url)
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
    run_at(app, "overview")
    ways = {link.proto.label: link.proto for link in app.get("page_link")}
    for page, label, tab in WAYS:
        assert ways[label].page == ADDRESSES[page]
        assert ways[label].query_string == f"tab={tab}"


def test_a_store_is_chosen(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    app = open_page(monkeypatch, url, store_names=["Demo Station"])
    assert 0 < int(figures(app)[FIGURES[0]].replace(",", "")) < 3000


def test_the_files_are_those_of_the_choice_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    made: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr(
        st, "download_button", lambda label, make, file, *_, **__: made.update({file: make})
    )
    monkeypatch.setattr(translate, "_choose", lambda: "ru")
    open_page(monkeypatch, url, store_span="7", store_names=["Demo Station"])
    monkeypatch.setattr(translate, "_choose", lambda: "en")  # as when the file is made
    name = "store_report_2026-06-24_2026-06-30"
    assert set(made) == {f"{name}.xlsx", f"{name}.html"}
    page = made[f"{name}.html"]().decode()
    assert "Что требует внимания" in page
    assert "Demo Station" in page and "Demo Central" not in page
    book = load_workbook(BytesIO(made[f"{name}.xlsx"]()))
    assert book.worksheets[0]["A1"].value == "Показатель"


def test_files_are_for_who_may_export(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    assert len(open_page(monkeypatch, url).get("download_button")) == 2
    monkeypatch.setitem(RIGHTS, Action.EXPORT, Right(frozenset()))
    assert not open_page(monkeypatch, url).get("download_button")


def test_an_empty_record_and_one_without_ages_say_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    app = open_page(monkeypatch, str(engine.url))
    assert "No visits recorded yet" in app.info[0].value and not app.metric
    add_receipts_alone(engine)
    led: list[tuple[str, ...]] = []
    monkeypatch.setattr("app_pages.overview.views.link_to", lambda *names: led.append(names))
    app = open_page(monkeypatch, str(engine.url))
    assert "no visit with an age yet" in app.info[0].value and app.metric
    assert led[0] == ("purchases", "What was sold")


def test_receipts_without_visits_show_what_needs_no_ages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    lines = add_receipts_alone(engine).lines
    with engine.begin() as connection:
        connection.execute(update(RECEIPTS).values(store="North"))
    shown = open_page(monkeypatch, str(engine.url), store_span="all")
    assert r"hours of sale yet\: North" in markdowns(shown)
    beer = Restricted("Alcohol", ("Alcohol",), 18, time(8), time(9))
    set_goods(engine, ANYBODY, {}, {EVERYWHERE: [beer]})
    shown.run()  # within the time for which findings are kept
    receipts = lines["receipt"].nunique()
    basket = lines["amount"].sum() / receipts
    assert float(figures(shown)["Mean basket"]) == pytest.approx(basket, abs=0.5)
    assert figures(shown)["ID rate"] == "–" and figures(shown)[FIGURES[0]] == "0"
    assert captions(shown).count("no visit with an age") == 3
    assert [header.value for header in shown.header] == ["What needs attention", "Receipts a day"]
    assert any("outside the hours of sale" in text.value for text in shown.markdown)
    assert len(shown.get("download_button")) == 2
    week = open_page(monkeypatch, str(engine.url), store_span="7")
    assert captions(week).count("no visit with an age") == 3


def test_a_record_that_cannot_be_opened_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"no database at all, but long enough to be looked at" * 20)
    app = open_page(monkeypatch, f"sqlite:///{broken}")
    assert app.error and not app.metric


def test_the_period_counts_receipts_after_the_last_visit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    add_month(engine, demo_month(0, 300)[0])
    line = receipt_lines(1, 1).assign(time=pd.Timestamp("2026-11-20 12:00"), amount=7.0)
    add_receipts(engine, ANYBODY, line)
    app = open_page(monkeypatch, str(engine.url))
    assert (figures(app)[FIGURES[0]], figures(app)["Revenue"]) == ("0", "7")
    press(app, "Show all 300 visits")
    assert figures(app)[FIGURES[0]] == "300"
    assert "20 Nov 2026" in captions(app)


def test_receipts_of_other_days_than_the_visits_are_offered(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    month = add_receipts_alone(engine)
    table, distributions = visits(1)
    add_visits(engine, ANYBODY, table.assign(time=pd.Timestamp("2026-11-01 12:00")), distributions)
    app = open_page(monkeypatch, str(engine.url))
    assert figures(app)["Revenue"] == "0"
    (offer,) = (text.value for text in app.markdown if "No receipt is of this period" in text.value)
    receipts = month.lines["receipt"].nunique()
    assert f"{receipts} receipts, from 2026-06-01 to 2026-06-30" in offer
    press(app, "Show these days")
    revenue = float(figures(app)["Revenue"].replace(",", ""))
    assert revenue == pytest.approx(month.lines["amount"].sum(), abs=1)
    assert not any("No receipt" in text.value for text in app.markdown)
