"""How long do the pages Purchases and Alcohol checks take in a browser, on a large store?

    python -m benchmarks.store_pages_time [RECORD]

The record, by default a temporary SQLite file, holds 200,000 visits and about 1,000,000 receipt
lines; a file that exists is used as it is. For each step, such as opening a page or choosing other
bands, prints the seconds from the act to the last change of the page, the charts being drawn, and
the seconds of the processor that the server needed, which other programs disturb less. Needs Linux
and a Chromium or Chrome.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from age_model.store.demo import demo_month
from age_model.store.demo_record import add_month
from age_model.store.record import URL_VARIABLE, open_record
from benchmarks.serving import find_browser, running_app

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
DRAWN = f"""
    () => document.querySelector('.js-plotly-plot .main-svg')
        && !document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]')
        && document.querySelector('[data-test-script-state=notRunning]')
        && performance.now() - window.changed > {QUIET}
"""


def make_record(path: Path) -> None:
    """Fill a record with a large store's month."""
    engine = open_record(f"sqlite:///{path}")
    month, _ = demo_month(0, VISITS)
    print(f"{VISITS:,} visits, {add_month(engine, month):,} lines")
    engine.dispose()


def processor_seconds(process: int) -> float:
    """Return how long a process has used the processor."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def steps(page: Page, address: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what a reader does, one after the other."""

    def tab(number: int) -> Callable[[], object]:
        return lambda: page.get_by_role("tab").nth(number).click()

    def choose(name: str) -> Callable[[], object]:
        return lambda: page.get_by_role("radio", name=name, exact=True).click()

    def bands() -> None:
        field = page.get_by_role("textbox", name="Age bands begin at", exact=True)
        field.fill("18, 30, 50")
        field.press("Enter")

    def end_sooner() -> None:
        last_day = page.get_by_role("spinbutton").last
        last_day.press("ArrowDown")
        for _ in range(2):  # it is taken when the calendar's button is left too
            page.keyboard.press("Tab")

    def older() -> None:
        page.get_by_role("slider").first.press("ArrowRight")

    yield "purchases: first time", lambda: page.goto(f"{address}/purchases?lang=en")
    yield "purchases: again", lambda: page.goto(f"{address}/purchases?lang=en")
    yield "purchases: spend", choose("Spend")
    yield "purchases: other bands", bands
    yield "purchases: over time", tab(1)
    yield "purchases: products", tab(2)
    yield "purchases: compare", tab(3)
    yield "purchases: another period", end_sooner
    yield "alcohol: first time", lambda: page.goto(f"{address}/alcohol?lang=en")
    yield "alcohol: again", lambda: page.goto(f"{address}/alcohol?lang=en")
    yield "alcohol: challenge age", older
    yield "alcohol: by cashier", choose("Cashier")
    yield "alcohol: cashiers", tab(1)
    yield "alcohol: what if", tab(2)
    yield "alcohol: another period", end_sooner


def measure(page: Page, act: Callable[[], object], server: int) -> tuple[float, float]:
    """Return the seconds from an act until the page is drawn, and those of the server."""
    page.evaluate("() => { window.started = performance.now(); }")
    before = processor_seconds(server)
    act()  # a page that opens counts from its own beginning
    page.wait_for_timeout(QUIET / 4)
    page.wait_for_function(DRAWN, timeout=PATIENCE)
    taken = page.evaluate("() => window.changed - (window.started ?? 0)") / 1000
    return taken, processor_seconds(server) - before


def main(record: Path) -> None:
    """Time every step."""
    if not record.exists():
        make_record(record)
    variables = {URL_VARIABLE: f"sqlite:///{record}"}
    with running_app(variables) as (address, server), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.add_init_script(WATCH)
        page.goto(f"{address}/about")  # what is loaded once is not timed
        page.get_by_role("heading", level=1).wait_for()
        slow = []
        for name, act in steps(page, address):
            clock, processor = measure(page, act, server)
            load = os.getloadavg()[0]
            print(f"{name:28} {clock:5.2f} s, of the processor {processor:5.2f} s, load {load:.1f}")
            slow += [name] if clock > LIMIT else []
        browser.close()
    print(f"over {LIMIT:.0f} s: {', '.join(slow) or 'none'}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]).resolve())
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(Path(folder) / "store.sqlite")
