"""Makes the pictures of the pages in docs/screenshots/, with example and synthetic data only.

    python -m tools.screenshots

It starts the app with a demonstration month in a temporary record.
"""

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect

from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import URL_VARIABLE, open_record
from benchmarks.till_time import browser_with_camera
from tests.support.browser import PAGES
from tests.support.serving import running_app

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
CHARTED = ("errors", "data", "who_buys_what", "id_checks")
ADDRESSES = {"photo": "", "till": "till?store=North&till=1&cashier=Anna"}  # where not the name
VIEWS = {  # width and height in pixels, and the theme
    "": (1280, 900, "light"),
    "-dark": (1280, 900, "dark"),
    "-phone": (390, 844, "light"),
}
# Commands name the folder and the Python of the machine that takes the pictures.
ANY_MACHINE = """() => document.querySelectorAll("code").forEach(code => {
  code.textContent = code.textContent.replace(
    /^cd \\S+ && \\S+python /, "cd /srv/ages && .venv/bin/python ");
})"""
PATIENCE = 120_000  # milliseconds: the first photo waits for the model to load


def open_photo_page(page: Page) -> None:
    """Show the result of the example group."""
    page.get_by_role("button", name="Group", exact=True).click()
    expect(page.get_by_text(re.compile(r"^\d+ years?$")).first).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Download CSV")).to_be_visible(timeout=PATIENCE)


def main() -> None:
    """Start the app with a demonstration month, and take the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'store.sqlite'}"
        record = open_record(url)
        add_month(record, demo_month(0)[0])
        record.dispose()
        with running_app({URL_VARIABLE: url}) as (address, _):
            take_pictures(address)


def take_pictures(address: str) -> None:
    """Open each page in each view and save a screenshot."""
    FOLDER.mkdir(exist_ok=True)
    with browser_with_camera() as browser:
        for suffix, (width, height, theme) in VIEWS.items():
            size = {"width": width, "height": height}
            page = browser.new_page(viewport=size, color_scheme=theme)
            page.set_default_timeout(PATIENCE)
            for name in (path or "photo" for path in PAGES):
                page.goto(f"{address}/{ADDRESSES.get(name, name)}")
                expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)
                if name == "photo":
                    open_photo_page(page)
                if name in CHARTED:
                    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
                page.wait_for_timeout(3000)  # charts are drawn
                expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=PATIENCE)
                page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
                page.wait_for_timeout(500)
                page.evaluate(ANY_MACHINE)
                page.screenshot(path=FOLDER / f"{name}{suffix}.png")


if __name__ == "__main__":
    main()
