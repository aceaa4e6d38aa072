"""How long a visitor waits: for the first paint, for each page, and for the age of an example.

make demo-data                                            # for the pages of the store
make app                                                  # in another terminal
.venv/bin/python -m benchmarks.page_time http://localhost:8501

Each page is opened some times by a browser that knows nothing of it yet, after once to warm up the
server. Prints medians and ranges, and how busy the machine is: on a busy one they say little.
"""

import os
import re
import sys
import time
from statistics import median

from playwright.sync_api import Browser, Page, expect, sync_playwright

from benchmarks.serving import find_browser

PATIENCE = 120_000  # milliseconds: the first answer waits for the model to load
TIMES = 5
CHART = ".js-plotly-plot .main-svg"
CONTENT = {  # what a page is opened for
    "": "[data-testid=stFileUploaderDropzone]",
    "webcam": "[data-testid=stCameraInput] video",
    "test_errors": CHART,
    "data_set": CHART,
    "about": "[data-testid=stMain] table",
    "checkout": "[data-testid=stTextInput], [data-testid=stCameraInput]",
    "import_data": "[data-testid=stFileUploaderDropzone]",
    "purchases": CHART,
    "alcohol": CHART,
}
PAINTS = """() => new Promise(done => new PerformanceObserver((list, observer) => {
  const names = ["first-paint", "first-contentful-paint"];
  const paints = names.map(name => performance.getEntriesByName(name)[0]);
  if (paints[1]) { observer.disconnect(); done(paints.map(paint => paint.startTime / 1000)); }
}).observe({type: "paint", buffered: true}))"""


def main(address: str) -> None:
    """Measure everything and print one row a page."""
    arguments = ["--no-sandbox", "--use-fake-device-for-media-stream"]
    arguments += ["--use-fake-ui-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=arguments)
        print(f"{os.cpu_count()} cores, load {_load()} at the start")
        heads = ("first paint", "first content painted", "what the page is for")
        print(
            f"{f'seconds: median of {TIMES} (range)':36}" + "".join(f"{head:22}" for head in heads)
        )
        for page in CONTENT:
            open_page(browser, address, page)
            times = zip(*(open_page(browser, address, page) for _ in range(TIMES)), strict=True)
            print(f"{page or 'photo':36}" + "".join(f"{_in_words(kind):22}" for kind in times))
        answers = [answer_example(browser, address) for _ in range(TIMES + 1)][1:]
        print(f"{'example chosen, its age shown':80}{_in_words(answers)}")
        print(f"load {_load()} at the end")
        browser.close()


def open_page(browser: Browser, address: str, path: str) -> tuple[float, float, float]:
    """Return the seconds from opening a page to both paints and to what it is opened for."""
    page = _new_page(browser)
    start = time.perf_counter()
    page.goto(f"{address}/{path}", wait_until="commit")
    page.locator(CONTENT[path]).first.wait_for()
    seconds = time.perf_counter() - start
    first, with_content = page.evaluate(PAINTS)
    page.context.close()
    return first, with_content, seconds


def answer_example(browser: Browser, address: str) -> float:
    """Return the seconds from choosing an example to its age."""
    page = _new_page(browser)
    page.goto(address)
    example = page.get_by_role("button", name="Ages 25–34", exact=True)
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)
    example.scroll_into_view_if_needed()
    start = time.perf_counter()
    example.click()
    page.get_by_text(re.compile(r"^\d+ years?$")).first.wait_for()
    seconds = time.perf_counter() - start
    page.context.close()
    return seconds


def _new_page(browser: Browser) -> Page:
    page = browser.new_context(locale="en").new_page()
    page.set_default_timeout(PATIENCE)
    return page


def _in_words(seconds: tuple[float, ...] | list[float]) -> str:
    return f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    expect.set_options(timeout=PATIENCE)
    main(sys.argv[1])
