"""The report to print, in a real browser."""

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page

from age_model.access.visitor import EVERYTHING
from age_model.i18n.translate import LANGUAGES, in_language
from age_model.store.analysis.attention import Finding, Kind
from age_model.store.analysis.overview import Period
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import open_record
from age_model.store.reports.gather import Overview, read_overview
from age_model.store.reports.sheet import MOST_FINDINGS, MOST_STORES, overview_sheet
from tests.support.browser import PHONE, serious_findings_of


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Overview:
    """A report with as much on it as there can be."""
    engine = open_record(f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}")
    add_month(engine, demo_month(0, 1000)[0])
    period = Period(date(2026, 6, 15), date(2026, 6, 21))
    overview = read_overview(engine, EVERYTHING, period)
    assert overview is not None
    finding = Finding(Kind.AGES_MOVED, "A store with a long name", "12", None, 46.2, 40.1)
    many = overview.by_store.iloc[[0] * (MOST_STORES + 1)]
    return Overview(
        **{**vars(overview), "findings": [finding] * (MOST_FINDINGS + 1), "by_store": many}
    )


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_full_report_is_one_sheet_of_paper(
    page: Page, tmp_path: Path, full: Overview, code: str
) -> None:
    file = tmp_path / "report.html"
    with in_language(code):
        file.write_text(overview_sheet(full), encoding="utf-8")
    page.goto(file.as_uri())
    tops = page.evaluate("[...document.querySelectorAll('dl > div')].map(box => box.offsetTop)")
    assert len(tops) == 5 and len(set(tops)) == 1  # one row of figures
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", printed)) == 1
    assert serious_findings_of(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
