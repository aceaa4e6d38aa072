"""All pages in a real browser: reached by keyboard, in sight, accessible."""

import re
from collections.abc import Sequence
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from app_pages.widgets.doors import DOORS, Door
from tests.support.browser import (
    DESKTOP,
    PAGES,
    PHONE,
    TABLET,
    places_of_title,
    scrolls_sideways,
    serious_findings,
    settle,
    settled,
    unannounced_scripts,
    visit,
)

Look = tuple[Literal["dark", "light"], tuple[int, int]]
LOOKS: tuple[Look, ...] = (("dark", DESKTOP), ("light", PHONE))
POPOVERS = {  # of each kind, by the page
    "practice": ("Settings",),
    "train": ("EN",),
    "errors": ("Real age", "Picture", "Notes on all test photos"),
    "id_checks": ("Who is asked for ID",),
}
# Too large to come first, or only shown while something is computed.
LATE_SCRIPTS = {"PlotlyChart", "StreamlitSyntaxHighlighter", "Spinner"}
REFUSED = """performance.getEntriesByType("resource")
  .filter(one => one.responseStatus >= 400).map(one => one.name)"""


def check(page: Page, path: str, looks: Sequence[Look]) -> None:
    """Look at a page in both themes and sizes, and on a phone into its popovers."""
    for theme, size in looks:
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size({"width": size[0], "height": size[1]})
        settle(page)
        as_sent, as_shown = places_of_title(page)
        assert as_sent == as_shown
        assert not scrolls_sideways(page)
        assert serious_findings(page) == []
        for name in POPOVERS.get(path, ()) if size == PHONE else ():
            page.get_by_role("button", name=name, exact=True).click()
            expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
            assert serious_findings(page) == []
            page.keyboard.press("Escape")
            expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)


@pytest.mark.parametrize("path", ["", "till", "practice"])
def test_pages_of_the_first_doors_fit_and_are_accessible(
    page: Page, address: str, path: str
) -> None:
    page.emulate_media(color_scheme="dark")
    visit(page, address, path)
    assert unannounced_scripts(page) <= LATE_SCRIPTS
    assert page.evaluate(REFUSED) == []
    expect(page.locator("[id^=first-title]")).to_have_count(0)
    check(page, path, LOOKS)


@pytest.mark.parametrize("door", DOORS[1:], ids=lambda door: str(door.title))
def test_pages_are_reached_by_keyboard_fit_and_are_accessible(
    page: Page, address: str, door: Door
) -> None:
    first, *others = (entry.address for entry in door.entries)
    page.emulate_media(color_scheme="dark")
    visit(page, address, first)
    assert unannounced_scripts(page) <= LATE_SCRIPTS
    check(page, first, LOOKS)
    looks = LOOKS[::-1]  # those of the page before, the other way round
    menu = page.get_by_role("navigation", name="Pages", exact=True)
    for path in others:
        title = PAGES[path]
        page.evaluate("performance.clearResourceTimings()")
        with settled(page):
            menu.get_by_role("link", name=title, exact=True).press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page).to_have_title(title)
        expect(page).to_have_url(re.compile(f"/{path}$"))
        assert unannounced_scripts(page) <= LATE_SCRIPTS
        expect(menu.get_by_role("link", name=title, exact=True)).to_have_attribute(
            "aria-current", "page"
        )
        check(page, path, looks)
        looks = looks[::-1]


def test_an_option_in_a_text_is_not_broken_at_its_hyphens(page: Page, address: str) -> None:
    visit(page, address, "train", PHONE)
    for width in range(340, 400, 10):
        with settled(page):
            page.set_viewport_size({"width": width, "height": PHONE[1]})
        heights = page.evaluate(
            """() => [...document.querySelectorAll("[data-testid=stMarkdownContainer] p > code")]
              .map(code => code.getBoundingClientRect().height / parseFloat(
                getComputedStyle(code.parentElement).lineHeight))"""
        )
        assert len(heights) >= 4 and max(heights) < 1.5
        assert not scrolls_sideways(page)


def test_doors_lead_to_pages_by_keyboard_and_back(page: Page, address: str) -> None:
    visit(page, address, "", TABLET)
    bar = page.get_by_role("navigation", name="Menu", exact=True)
    heading = page.get_by_role("heading", level=1)
    with settled(page):
        bar.get_by_role("link", name="My store").press("Enter")
    expect(heading).to_have_text("Overview")
    menu = page.get_by_role("navigation", name="Pages", exact=True)
    with settled(page):
        menu.get_by_role("link", name="Settings").press("Enter")
    expect(heading).to_have_text("Settings")
    expect(page).to_have_title("Settings")
    expect(menu.get_by_role("link", name="Settings")).to_have_attribute("aria-current", "page")
    expect(bar.get_by_role("link", name="My store")).to_have_attribute("aria-current", "true")
    assert not scrolls_sideways(page)
    with settled(page):
        page.go_back()
    expect(heading).to_have_text("Overview")
    bar.get_by_role("link", name="Ages from faces").press("Enter")
    expect(heading).to_have_text("Ages from faces")
    expect(menu).to_have_count(0)
