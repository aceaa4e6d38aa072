"""The report of a week: words, the page to print, the Excel file."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from sqlalchemy import Engine, update

from age_model.access.visitor import EVERYTHING, Scope
from age_model.i18n.translate import LANGUAGES, in_language
from age_model.store.analysis.attention import Finding, Kind
from age_model.store.analysis.overview import FIGURES, Figure, Period
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import open_record
from age_model.store.record.schema import RECEIPTS, VISITS
from age_model.store.reports.gather import Overview, read_alerts, read_overview
from age_model.store.reports.sheet import MOST_FINDINGS, day_values, overview_sheet
from age_model.store.reports.words import (
    change_in_words,
    finding_in_words,
    verdict_in_words,
)
from age_model.store.reports.workbook import overview_workbook
from tests.support.store_made_up import add_receipts_alone

WEEK = Period(date(2026, 6, 15), date(2026, 6, 21))
EVIL = '=HYPERLINK("http://evil.example","<script>alert(1)</script>")'
FINDINGS = [
    Finding(Kind.LOW_RATE, "North", "", date(2026, 6, 17), 13, 20, 0.8),
    Finding(Kind.LOW_RATE, "North", "", None, 65, 100, 0.8),
    Finding(Kind.CASHIERS, "", count=2, of=20, usual=0.8),
    Finding(Kind.UNRECORDED, "North", "", None, 30, 90, 0.1),
    Finding(Kind.SILENT_TILL, "North", "2", date(2026, 6, 27)),
    Finding(Kind.NO_VISITS, "North", "2", None, 150, 350),
    Finding(Kind.UNLINKED, "North", "2", None, 175, 350, 0.2),
    Finding(Kind.NO_FACES, "North", "1", None, 0.18, 0.02),
    Finding(Kind.AGES_MOVED, "North", "1", None, 46.2, 40.1),
    Finding(Kind.OUTSIDE_HOURS, "North", count=2, of=40, goods="Пиво"),
    Finding(Kind.BLURRED, "North", "2", count=0.15, of=0.3),
    Finding(Kind.LIGHT_MOVED, "North", "2", count=90, of=130),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = open_record(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}")
    add_month(engine, demo_month(4, 6000)[0])
    for table in (VISITS, RECEIPTS):
        with engine.begin() as connection:
            named = table.c.store == "Demo Station"
            connection.execute(update(table).where(named).values(store=EVIL))
    return engine


@pytest.fixture(scope="module")
def week(engine: Engine) -> Overview:
    overview = read_overview(engine, EVERYTHING, WEEK)
    assert overview is not None
    return overview


class Reader(HTMLParser):
    """Notes the tags of a page, and its texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not {"src", "href", "onload"} & {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def with_findings(overview: Overview, found: list[Finding]) -> Overview:
    return Overview(**{**vars(overview), "findings": found})


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_finding_is_a_sentence_in_each_language(code: str) -> None:
    assert {finding.kind for finding in FINDINGS} == set(Kind)
    with in_language(code):
        for finding in FINDINGS:
            text = finding_in_words(finding)
            assert "{" not in text and "nan" not in text and text[-1] in ".?"
            assert not finding.till or finding.till in text
            if code == "ru":
                assert not re.search("[a-z]", text.replace("North", ""))


def test_a_bad_day_reads_as_a_manager_says_it() -> None:
    text = finding_in_words(FINDINGS[0])
    assert text.startswith("North, 17 June: 65% asked for ID (13 of 20")
    assert "At least 80% is usual" in text


def test_a_till_that_is_named_till_is_not_called_that_twice() -> None:
    with in_language("ru"):
        assert "Север, Касса 1: " in finding_in_words(Finding(Kind.UNLINKED, "Север", "Касса 1"))
        assert "Север, касса 1: " in finding_in_words(Finding(Kind.UNLINKED, "Север", "1"))


def test_a_change_that_may_be_chance_is_called_none() -> None:
    unclear = Figure(110, before=100, change_low=-5, change_high=25)
    assert change_in_words("revenue", unclear) == "+10%, no clear change"
    clear = Figure(110, before=100, change_low=5, change_high=15)
    assert change_in_words("revenue", clear) == "+10%, more than before"
    assert change_in_words("revenue", Figure(110)) == "no receipt in the period before"
    assert change_in_words("id_rate", Figure(0.7)) == "nothing to compare with"
    assert verdict_in_words(Figure(110, before=100)) == "too little to compare"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_has_all_figures_and_nothing_active(week: Overview, code: str) -> None:
    with in_language(code):
        page = overview_sheet(week)
    read = Reader(page)
    assert f'<html lang="{code}">' in page
    assert not {"script", "a", "img", "link", "iframe"} & set(read.tags)
    assert EVIL in read.texts  # as it is, and no markup
    assert read.tags.count("dt") == len(FIGURES)
    assert read.tags.count("tr") == 1 + 3
    visits = f"{week.figures['visits'].value:,.0f}"
    assert visits in page or visits.replace(",", "\N{NO-BREAK SPACE}") in page


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (7, ["Mon 15", "Tue 16", "Wed 17", "Thu 18", "Fri 19", "Sat 20", "Sun 21"]),
        (30, ["25 May", "1 Jun", "8 Jun", "15 Jun"]),
        (90, ["30 Mar", "13 Apr", "27 Apr", "11 May", "25 May", "8 Jun"]),
    ],
)
def test_the_bars_have_their_days(week: Overview, days: int, labels: list[str]) -> None:
    period = Period(week.period.last - timedelta(days=days - 1), week.period.last)
    page = overview_sheet(replace(week, period=period))
    below = page.split('<div class="days"')[1].split("</div>")[0]
    shown = re.findall(r'grid-column: (\d+)">(.+?)<', below)
    assert [label for _, label in shown] == labels
    for place, label in shown:
        assert str((period.first + timedelta(days=int(place) - 1)).day) in label.split()


def test_many_findings_have_no_room_on_the_page(week: Overview) -> None:
    page = overview_sheet(with_findings(week, FINDINGS[:1] * (MOST_FINDINGS + 3)))
    assert page.count("North, 17 June") == MOST_FINDINGS
    assert "And 3 more, in the Excel file." in page
    assert "Nothing stands out" in overview_sheet(with_findings(week, []))


@pytest.mark.parametrize("code", LANGUAGES)
def test_numbers_and_days_in_excel_are_numbers_and_days(week: Overview, code: str) -> None:
    with in_language(code):
        book = load_workbook(BytesIO(overview_workbook(with_findings(week, FINDINGS))))
    figures, attention, stores, days = book.worksheets
    values = {row[0].value: row[1].value for row in figures.iter_rows(min_row=2)}
    assert list(values.values()) == pytest.approx(
        [figure.value for figure in week.figures.values()]
    )
    forms = [row[1].number_format for row in figures.iter_rows(min_row=2)]
    assert forms[0] == "#,##0" and "0.00" in forms[1] and forms[3:] == ["0.0%", "0.0"]
    assert isinstance(figures["I2"].value, str)
    assert figures["J2"].value == datetime(2026, 6, 15) and figures["J2"].is_date
    assert attention.max_row == 1 + len(FINDINGS)
    assert attention["D2"].value == datetime(2026, 6, 17)
    inside = WEEK.holds(week.visits["day"])
    assert days.max_row == 1 + len(week.visits[inside])
    total = sum(int(str(row[3].value)) for row in days.iter_rows(min_row=2))
    assert total == week.figures["visits"].value
    assert {row[0].data_type for row in stores.iter_rows(min_row=2)} == {"s"}
    assert {row[0].value for row in stores.iter_rows(min_row=2)} >= {f"'{EVIL}"}
    for sheet in book:
        assert not any(cell.data_type == "f" for row in sheet for cell in row)


def test_a_report_stays_within_its_scope(engine: Engine) -> None:
    scope = Scope(frozenset({"Demo Central"}), frozenset())
    overview = read_overview(engine, scope, WEEK)
    assert overview and list(overview.by_store["store"]) == ["Demo Central"]
    assert set(overview.visits["store"]) == set(overview.sales["store"]) == {"Demo Central"}
    assert not any(finding.kind is Kind.CASHIERS for finding in overview.findings)


def test_a_first_week_is_not_compared_and_an_empty_one_has_no_report(engine: Engine) -> None:
    first = read_overview(engine, EVERYTHING, Period(date(2026, 6, 1), date(2026, 6, 7)))
    assert first and not first.compared and first.figures["visits"].differs is None
    assert "Compared with" not in overview_sheet(first)
    later = Period(date(2027, 1, 4), date(2027, 1, 10))
    assert read_overview(engine, EVERYTHING, later) is None


def test_a_report_of_receipts_alone_counts_these_and_says_what_is_missing(tmp_path: Path) -> None:
    engine = open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")
    lines = add_receipts_alone(engine).lines
    overview = read_overview(engine, EVERYTHING, Period(date(2026, 6, 16), date(2026, 6, 30)))
    assert overview is not None and overview.compared
    assert (
        day_values(overview, overview.period).sum()
        == overview.sales[overview.period.holds(overview.sales["day"])]["receipts"].sum()
        < lines["receipt"].nunique()
    )
    page = overview_sheet(overview)
    assert "Receipts a day" in page and "Visits a day" not in page
    assert page.count("no visit with an age") == 3
    days = pd.read_excel(BytesIO(overview_workbook(overview)), sheet_name="Days")
    assert days["Receipts"].sum() == day_values(overview, overview.period).sum()


def test_a_till_that_fell_silent_is_an_alert(engine: Engine) -> None:
    dead = Period(date(2026, 7, 3), date(2026, 7, 3))
    found = read_alerts(engine, EVERYTHING, dead)
    assert {finding.kind for finding in found} == {Kind.SILENT_TILL}
    assert {finding.day for finding in found} == {pd.Timestamp(2026, 6, 30).date()}
    assert len(found) == 6  # the tills of Demo Station have fewer visits
