"""How long do the pages Purchases and Alcohol checks take in a browser, on a large store?

    python -m benchmarks.store_pages_time

A temporary record holds 200,000 visits and about 1,000,000 receipt lines. A server is started for
each page, so that its first opening reads the record. For each step, such as opening a page or
choosing other bands, reports the seconds from the action to the last change of the page, with the
charts drawn, and the server's processor time, which other programs affect less. Needs Linux and a
Chromium or Chrome.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Page, Playwright, sync_playwright

from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import URL_VARIABLE, open_record
from benchmarks.report import Row, show
from tests.support.serving import find_browser, running_app

VISITS = 200_000
LIMIT = 3.0  # seconds
QUIET = 1000  # milliseconds without a change: the page is drawn
PATIENCE = 300_000  # milliseconds
WATCH = """
    window.changed = 0;
    const watch = () => new MutationObserver(() => { window.changed = performance.now(); })
        .observe(document.documentElement, {subtree: true, childList: true, attributes: true});
    document.documentElement ? watch() : document.addEventListener('readystatechange', watch);
"""
DRAWN = """
    quiet => document.querySelector('.js-plotly-plot .main-svg')
        && !document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]')
        && document.querySelector('[data-test-script-state=notRunning]')
        && performance.now() - window.changed > quiet
"""


def make_record(path: Path, visits: int) -> None:
    """Fill a record with a store's month."""
    engine = open_record(f"sqlite:///{path}")
    add_month(engine, demo_month(0, visits)[0])
    engine.dispose()


def processor_seconds(process: int) -> float:
    """Return the processor time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


Steps = Iterator[tuple[str, Callable[[], object]]]


def purchases(page: Page, address: str) -> Steps:
    """Yield the actions on Purchases, one after the other."""

    def bands() -> None:
        page.get_by_role("button", name="Age groups").first.click()
        field = page.get_by_role("textbox", name="Age bands begin at", exact=True)
        field.fill("18, 30, 50")
        field.press("Enter")
        page.keyboard.press("Escape")

    yield "first time", lambda: page.goto(f"{address}/who_buys_what?lang=en")
    yield "again", lambda: page.goto(f"{address}/who_buys_what?lang=en")
    yield "spend", lambda: choose(page, "Spend")
    yield "other bands", bands
    yield "products", lambda: choose(page, "Products")
    yield "over time", lambda: choose(page, "Day")
    yield "compare", lambda: choose(page, "Two parts of the period")
    yield "another period", lambda: choose(page, "7 days")


def alcohol(page: Page, address: str) -> Steps:
    """Yield the actions on Alcohol checks, one after the other."""

    def challenge_age() -> None:
        page.get_by_role("button", name="Who is asked for ID").click()
        page.get_by_role("slider").first.press("ArrowRight")
        page.keyboard.press("Escape")

    yield "first time", lambda: page.goto(f"{address}/id_checks?lang=en")
    yield "again", lambda: page.goto(f"{address}/id_checks?lang=en")
    yield "challenge age", challenge_age
    yield "by cashier", lambda: choose(page, "Cashier")
    yield "cashiers", lambda: open_tab(page, 1)
    yield "what if", lambda: open_tab(page, 2)
    yield "another period", lambda: choose(page, "7 days")


def open_tab(page: Page, number: int) -> None:
    """Open one of the page's tabs, counted from 0."""
    page.get_by_role("tab").nth(number).click()


def choose(page: Page, name: str) -> None:
    """Choose one of several buttons."""
    page.get_by_role("radio", name=name, exact=True).first.click()


def measure(page: Page, act: Callable[[], object], server: int, quiet: int) -> tuple[float, float]:
    """Return the time from an action until the page is drawn, and the server's processor time."""
    page.evaluate("() => { window.started = performance.now(); }")
    before = processor_seconds(server)
    act()  # a page that opens counts from its own beginning
    page.wait_for_timeout(quiet / 4)
    page.wait_for_function(DRAWN, arg=quiet, timeout=PATIENCE)
    taken = page.evaluate("() => window.changed - (window.started ?? 0)") / 1000
    return taken, processor_seconds(server) - before


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Time every step on both pages."""
    visits, quiet = (1000, 200) if miniature else (VISITS, QUIET)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        record = Path(folder) / "store.sqlite"
        make_record(record, visits)
        return [
            {
                "step": f"{steps.__name__}: {step}",
                "n": f"{visits:,} visits, once",
                "clock": f"{clock:.2f} s",
                "server's processor": f"{processor:.2f} s",
                f"over {LIMIT:.0f} s": "yes" if clock > LIMIT else "no",
            }
            for steps in (purchases, alcohol)
            for step, clock, processor in time_page(steps, record, playwright, quiet)
        ]


def time_page(
    steps: Callable[[Page, str], Steps], record: Path, playwright: Playwright, quiet: int
) -> Iterator[tuple[str, float, float]]:
    """Yield each step on a page of a new server, its seconds, and those of the processor."""
    with running_app({URL_VARIABLE: f"sqlite:///{record}"}) as (address, server):
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.add_init_script(WATCH)
        page.goto(f"{address}/about")  # what is loaded once is not timed
        page.get_by_role("heading", level=1).wait_for()
        for step, act in steps(page, address):
            yield step, *measure(page, act, server, quiet)
        browser.close()


if __name__ == "__main__":
    show(rows)
