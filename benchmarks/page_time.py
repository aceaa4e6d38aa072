"""How long does a visitor wait for each page, and for the age of an example?

    python -m benchmarks.page_time

The app is restarted for each page, with a demonstration month, so that the first opening is that of
a fresh server. Then the page is opened some times more, each time with an empty browser cache.
Reports the seconds to both paints, to the main content, and on pages with charts to the first of
them; then, within one visit, from going back to the page until its heading is shown and until all
of it is drawn: medians and ranges. With an empty cache, most of the time to a chart is the
browser's own: it compiles and runs 4.7 MB of Plotly, for about 0.9 s on a core of its own, before
it draws any.

The last row is the wait of a cashier, from the key that takes the picture to the verdict:
`python -m benchmarks.till_time` measures it alone, and more often, in its three parts.
"""

import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import URL_VARIABLE, open_record
from benchmarks.report import Row, show, with_range
from benchmarks.till_time import browser_with_camera, waits
from tests.support.browser import PAGES, settle, settled, visit, watch
from tests.support.serving import running_app

VISITS = 60_000
PATIENCE = 120_000  # milliseconds: the first answer waits for the model to load
TIMES = 5
TRIED = ("how_good",)  # the page of the miniature
CHART = ".js-plotly-plot .main-svg"
METRIC = "[data-testid=stMetric]"
CONTENT = {  # the main content of each page
    "": "[data-testid=stFileUploaderDropzone]",
    "practice": "[data-testid=stCameraInput] video",
    "errors": METRIC,
    "data": METRIC,
    "train": "[data-testid=stCode]",
    "how_good": METRIC,
    "till": "[data-testid=stTextInput], [data-testid=stCameraInput]",
    "add_data": "[data-testid=stFileUploaderDropzone]",
    "overview": METRIC,
    "who_buys_what": CHART,
    "id_checks": METRIC,
    "tills": "[data-testid=stForm]",
    "data_kept": "[data-testid=stForm]",
    "audit_log": "[data-testid=stDateInput]",
}
CHARTS = ("how_good", "errors", "data", "overview", "who_buys_what", "id_checks")
PAINTS = """() => new Promise(done => new PerformanceObserver((list, observer) => {
  const names = ["first-paint", "first-contentful-paint"];
  const paints = names.map(name => performance.getEntriesByName(name)[0]);
  if (paints[1]) { observer.disconnect(); done(paints.map(paint => paint.startTime / 1000)); }
}).observe({type: "paint", buffered: true}))"""


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Measure each page, and an example on the Photo page."""
    times, visits = (1, 1000) if miniature else (TIMES, VISITS)
    with tempfile.TemporaryDirectory() as folder, browser_with_camera() as browser:
        url = f"sqlite:///{Path(folder) / 'store.sqlite'}"
        record = open_record(url)
        add_month(record, demo_month(0, visits)[0])
        record.dispose()
        browser.new_context().new_page().goto("about:blank")  # the first page of all is slower
        rows = [
            measure(browser, url, page, times) for page in (TRIED if miniature else tuple(CONTENT))
        ]
        with running_app({URL_VARIABLE: url}) as (address, _):
            first, *later = [answer_example(browser, address) for _ in range(times + 1)]
            at_till = [wait.total for wait in waits(browser, address, times)]
    nothing = dict.fromkeys(rows[0], "–")
    answer = {
        "page": "an example's age",
        "n": f"1 + {times}",
        "fresh server": f"{first:.2f} s",
        "later": f"{with_range(later)} s",
    }
    verdict = {
        "page": "a verdict at the till",
        "n": str(times),
        "later": f"{with_range(at_till)} s",
    }
    return [*rows, nothing | answer, nothing | verdict]


def measure(browser: Browser, url: str, page: str, times: int) -> Row:
    """Open a page of a fresh server once, and then some times more."""
    with running_app({URL_VARIABLE: url}) as (address, _):
        fresh = open_page(browser, address, page)
        opened = [open_page(browser, address, page) for _ in range(times)]
        again = [] if page == "till" else come_back(browser, address, page, times)
    first, painted, content, chart = zip(*opened, strict=True)
    charts = page in CHARTS
    return {
        "page": page or "photo",
        "n": f"1 + {times}",
        "fresh server": f"{fresh[2]:.2f} s",
        "later": f"{with_range(content)} s",
        "chart, fresh server": f"{fresh[3]:.2f} s" if charts else "–",
        "chart, later": f"{with_range(chart)} s" if charts else "–",
        "first paint": f"{with_range(first)} s",
        "first content painted": f"{with_range(painted)} s",
        "back to it: heading": _seconds([heading for heading, _ in again]),
        "back to it: all drawn": _seconds([drawn for _, drawn in again]),
    }


def open_page(browser: Browser, address: str, path: str) -> tuple[float, float, float, float]:
    """Return the seconds from opening a page to both paints, to its content, and to a chart."""
    page = _new_page(browser)
    start = time.perf_counter()
    page.goto(f"{address}/{path}", wait_until="commit")
    page.locator(CONTENT[path]).first.wait_for()
    content = time.perf_counter() - start
    if path in CHARTS:
        page.locator(CHART).first.wait_for()
    chart = time.perf_counter() - start
    first, with_content = page.evaluate(PAINTS)
    page.context.close()
    return first, with_content, content, chart


def come_back(browser: Browser, address: str, path: str, times: int) -> list[tuple[float, float]]:
    """Return the seconds from the browser's Back to a page's heading, and until it is drawn.

    Going back within the app is what a click on its menu is too: the script of that page runs in
    the open visit.
    """
    page = _new_page(browser)
    visit(page, address, path)
    heading = page.get_by_role("heading", level=1, name=PAGES[path], exact=True)
    elsewhere = 0 if path else -1  # the first page; from there, the last door
    seconds = []
    for _ in range(times):
        with settled(page):
            page.get_by_role("navigation", name="Menu").get_by_role("link").nth(elsewhere).click()
        start = time.perf_counter()
        page.go_back(wait_until="commit")
        heading.wait_for()
        shown = time.perf_counter() - start
        settle(page)
        seconds.append((shown, time.perf_counter() - start))
    page.context.close()
    return seconds


def _seconds(times: list[float]) -> str:
    return f"{with_range(times)} s" if times else "–"


def answer_example(browser: Browser, address: str) -> float:
    """Return the seconds from choosing an example to its age."""
    page = _new_page(browser)
    page.goto(address)
    example = page.get_by_role("button", name="Ages 25–34", exact=True)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=PATIENCE)
    example.scroll_into_view_if_needed()
    start = time.perf_counter()
    example.click()
    page.get_by_text(re.compile(r"^\d+ years?$")).first.wait_for()
    seconds = time.perf_counter() - start
    page.context.close()
    return seconds


def _new_page(browser: Browser) -> Page:
    context = browser.new_context(locale="en")
    watch(context)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


if __name__ == "__main__":
    show(rows)
