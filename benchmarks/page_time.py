"""How long does a visitor wait for each page, and for the age of an example?

    python -m benchmarks.page_time

The app is restarted for each page, with a demonstration month, so that the first opening is that of
a fresh server. Then the page is opened some times more by newcomers, each with an empty browser
cache, and by somebody who comes back: in a new window of a browser that has opened the page twice
before and kept what it may keep. Reports the seconds, medians and ranges, until:

- title: the browser has painted a first text (its "first contentful paint"), which is the page's
  title: the document that the server sends has it, and nothing else of the page;
- first content: the app itself has drawn a first text or link, mostly that of the bar on top;
- heading: the app shows the page's heading, in the place of that title;
- main content: what the page is for is shown, such as the first figure, the drop zone, a field;
- chart: the first chart with data in it is drawn;
- back to it: within one visit, from going back to the page until its heading is shown, and until
  all of it is drawn.

With an empty cache, most of the time to a chart is the browser's own: it compiles and runs 4.7 MB
of Plotly, for about 0.9 s on a core of its own, before it draws any. All takes some 7 minutes on
two idle cores; each row is printed as it comes.

The last row is the wait of a cashier, from the key that takes the picture to the verdict:
`python -m benchmarks.till_time` measures it alone, and more often, in its three parts.
"""

import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page, expect

from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import URL_VARIABLE, open_record
from benchmarks.report import Row, show, with_range
from benchmarks.till_time import ARGUMENTS, browser_with_camera, waits
from tests.support.browser import PAGES, settle, settled, watch
from tests.support.serving import find_browser, running_app

VISITS = 60_000
PATIENCE = 120_000  # milliseconds: the first answer waits for the model to load
TIMES = 2
TRIED = ("id_checks",)  # the page of the miniature: a light one with a chart
CHART = ".js-plotly-plot .main-svg :is(.hm, .trace)"  # an empty one is none
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
    "settings": "[data-testid=stForm]",
    "audit_log": "[data-testid=stDateInput]",
}
CHARTS = ("how_good", "errors", "data", "overview", "who_buys_what", "id_checks")
PAINTED = """() => new Promise(done => new PerformanceObserver((list, observer) => {
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  if (paint) { observer.disconnect(); done(paint.startTime / 1000); }
}).observe({type: "paint", buffered: true}))"""
NOTE_DRAWN = """new MutationObserver((_, observer) => {
  if (!document.querySelector("[data-testid=stMain] :is(a, h1, p)")) return;
  observer.disconnect();
  requestAnimationFrame(() => { window.firstDrawn = performance.now() / 1000; });
}).observe(document, {childList: true, subtree: true});"""


class Opened(NamedTuple):
    """Seconds from opening a page; the chart's are those of the content where there is none."""

    title: float
    drawn: float
    heading: float
    content: float
    chart: float


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
        "fresh server: main content": f"{first:.2f} s",
        "newcomer: main content": _seconds(later),
    }
    verdict = {
        "page": "a verdict at the till",
        "n": str(times),
        "newcomer: main content": _seconds(at_till),
    }
    return [*rows, nothing | answer, nothing | verdict]


def measure(browser: Browser, url: str, page: str, times: int) -> Row:
    """Open a page of a fresh server once, and then some times more."""
    with running_app({URL_VARIABLE: url}) as (address, _), known_visitor(browser) as known:
        fresh = [open_page(known, address, page)]
        newcomers = [open_new(browser, address, page) for _ in range(times)]
        # From the second opening on, the browser keeps scripts as it compiled them.
        again = come_back(known, address, page, 0 if page == "till" else times)
        returning = [open_page(known, address, page) for _ in range(times)]
    row = {"page": page or "photo", "n": f"1 + {times}"}
    for who, opened in (
        ("fresh server", fresh),
        ("newcomer", newcomers),
        ("who comes back", returning),
    ):
        for what, seconds in _by_what(opened, page in CHARTS).items():
            row[f"{who}: {what}"] = _seconds(seconds)
    row["back to it: heading"] = _seconds([heading for heading, _ in again])
    row["back to it: all drawn"] = _seconds([drawn for _, drawn in again])
    print(" | ".join(row.values()), file=sys.stderr, flush=True)
    return row


def _by_what(opened: Sequence[Opened], charts: bool) -> dict[str, list[float]]:
    return {
        "title": [one.title for one in opened],
        "first content": [one.drawn for one in opened],
        "heading": [one.heading for one in opened],
        "main content": [one.content for one in opened],
        "chart": [one.chart for one in opened] if charts else [],
    }


def open_new(browser: Browser, address: str, path: str) -> Opened:
    """Open a page with an empty browser cache."""
    with _context(browser) as context:
        return open_page(context, address, path)


def open_page(context: BrowserContext, address: str, path: str) -> Opened:
    """Open a page in a window of its own, until its first chart, if it has any, is drawn."""
    with context.new_page() as page:
        start = time.perf_counter()
        page.goto(f"{address}/{path}", wait_until="commit")
        page.get_by_role("heading", level=1, name=PAGES[path], exact=True).wait_for()
        heading = time.perf_counter() - start
        page.locator(CONTENT[path]).filter(visible=True).first.wait_for()
        content = time.perf_counter() - start
        if path in CHARTS:
            page.locator(CHART).filter(visible=True).first.wait_for()
        chart = time.perf_counter() - start
        drawn = page.evaluate("window.firstDrawn")
        return Opened(page.evaluate(PAINTED), drawn, heading, content, chart)


def come_back(
    context: BrowserContext, address: str, path: str, times: int
) -> list[tuple[float, float]]:
    """Return the seconds from the browser's Back to a page's heading, and until it is drawn.

    Going back within the app is what a click on its menu is too: the script of that page runs in
    the open visit.
    """
    page = context.new_page()
    page.goto(f"{address}/{path}")
    heading = page.get_by_role("heading", level=1, name=PAGES[path], exact=True)
    heading.wait_for()
    settle(page)
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
    page.close()
    return seconds


def _seconds(times: Sequence[float]) -> str:
    if not times:
        return "–"
    return f"{times[0]:.2f} s" if len(times) == 1 else f"{with_range(times)} s"


def answer_example(browser: Browser, address: str) -> float:
    """Return the seconds from choosing an example to its age."""
    with _context(browser) as context:
        return _answer_example(context.new_page(), address)


def _answer_example(page: Page, address: str) -> float:
    page.goto(address)
    example = page.get_by_role("button", name="Ages 25–34", exact=True)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=PATIENCE)
    example.scroll_into_view_if_needed()
    start = time.perf_counter()
    example.click()
    page.get_by_text(re.compile(r"^\d+ years?$")).first.wait_for()
    return time.perf_counter() - start


def _context(browser: Browser) -> BrowserContext:
    """Return what a person has of the browser: a cache of their own, at first empty."""
    return _watched(browser.new_context(locale="en"))


@contextmanager
def known_visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Run another such browser, which keeps on the disk what it may keep, compiled scripts too."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        browser.browser_type.launch_persistent_context(
            folder, executable_path=find_browser(), args=ARGUMENTS, locale="en"
        ) as context,
    ):
        yield _watched(context)


def _watched(context: BrowserContext) -> BrowserContext:
    watch(context)
    context.add_init_script(NOTE_DRAWN)
    context.set_default_timeout(PATIENCE)
    return context


if __name__ == "__main__":
    show(rows)
