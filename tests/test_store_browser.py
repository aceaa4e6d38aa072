"""The Store pages in a real browser: in sight, accessible, from a file or a face to the record."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from test_browser import (
    DESKTOP,
    PHONE,
    address,
    camera_film,
    chromium,
    demo_store,
    page,
    scrolls_sideways,
    serious_findings,
)
from test_store_import import RUSSIAN

FIXTURES = (address, camera_film, chromium, demo_store, page)  # of every test here, too
TABLET = (1024, 768)
CHECKOUT = "checkout?store=North&till=1&cashier=Olga"

pytestmark = pytest.mark.browser


def visit(page: Page, address: str, path: str, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{address}/{path}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")


def press_when_drawn(page: Page, button: str, key: str) -> None:
    expect(page.get_by_role("button", name=button)).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    page.keyboard.press(key)


def test_the_checkout_of_a_till_fits_and_is_accessible(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    visit(page, address, CHECKOUT, TABLET)
    assert serious_findings(page) == []
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.wait_for_timeout(1000)
    assert not scrolls_sideways(page)
    assert serious_findings(page) == []


def test_a_file_of_receipts_is_mapped_added_once_and_handed_back(
    page: Page, address: str, tmp_path: Path
) -> None:
    page.emulate_media(color_scheme="dark")
    visit(page, address, "import_data?lang=en", DESKTOP)
    path = tmp_path / "чеки.csv"
    path.write_bytes(RUSSIAN.encode("cp1251"))
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("2 of 5 rows cannot be added.")).to_be_visible()
    expect(page.get_by_text("is read as 2026-06-01 12:00:05")).to_be_visible()
    assert serious_findings(page) == []
    for result in ("Added: 3. There already: 0.", "Added: 0. There already: 3."):
        page.get_by_role("button", name="Add 3 rows").click()
        expect(page.get_by_text(result)).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download these rows with the reasons").click()
    returned = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert returned[0].startswith("row,reason,")
    assert len(returned) == 3


def test_a_buyer_is_answered_and_recorded_by_keyboard(page: Page, address: str) -> None:
    visit(page, address, f"{CHECKOUT}&challenge_age=40&lang=en", TABLET)
    page.wait_for_function("() => document.querySelector('video')?.readyState === 4")
    page.get_by_role("button", name="Take Photo").click()
    expect(page.get_by_role("heading", name="Ask for ID")).to_be_visible()
    press_when_drawn(page, "Sale refused", "2")
    expect(page.get_by_text("Recorded: Sale refused")).to_be_visible()
    press_when_drawn(page, "Undo", "0")
    expect(page.get_by_text("What came of the check of the buyer before?")).to_be_visible()
    press_when_drawn(page, "ID shown", "1")
    expect(page.get_by_text("Recorded: ID shown")).to_be_visible()
