"""How long does a cashier wait, from the tap on the button to the verdict?

    python -m benchmarks.till_time [PHOTO]

The browser's camera shows a photo, by default an example. All times are taken by the page itself:
when the key was pressed, when the picture began to be sent and was sent, and when the verdict was
drawn. The first picture of a page is apart: the server may still be loading the model.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

from age_model.store.record.database import URL_VARIABLE
from benchmarks.report import EXAMPLES, Row, as_table, with_range
from tests.support.serving import find_browser, running_app

PHOTO = EXAMPLES / "ages-18-24.jpg"
TIMES = 30
ARGUMENTS = [  # of a browser with a camera, and no question whether it may be used
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATIENCE = 120_000  # milliseconds: the first answer waits for the model to load
WATCH = """() => {
  const times = window.tillTimes = {};
  document.addEventListener("keydown", event => {
    if (event.key === " ") times.pressed = performance.now();
  }, true);
  new PerformanceObserver(list => {
    for (const entry of list.getEntries())
      if (entry.name.includes("upload_file") && entry.initiatorType === "xmlhttprequest")
        [times.sending, times.sent] = [entry.startTime, entry.responseEnd];
  }).observe({type: "resource"});
  new MutationObserver(() => {
    if (!times.pressed || times.seen || !document.querySelector("[class*=st-key-verdict]")) return;
    times.seen = true;
    requestAnimationFrame(() => { times.answered = performance.now(); });
  }).observe(document.body, {childList: true, subtree: true});
}"""
WAITING = """() => !document.querySelector("[class*=st-key-verdict]")"""
ANSWERED = "() => window.tillTimes.answered && window.tillTimes.sent"


class Wait(NamedTuple):
    """One wait, in seconds: for the picture to be taken, to be sent, to be answered; and in all."""

    taken: float
    sent: float
    answered: float
    total: float


@contextmanager
def browser_with_camera(photo: Path = PHOTO) -> Iterator[Browser]:
    """Run a browser whose camera shows a photo, a JPEG."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        film = Path(folder) / "camera.mjpeg"  # frames of this format are JPEGs, one after another
        film.write_bytes(photo.read_bytes())
        arguments = [*ARGUMENTS, f"--use-file-for-fake-video-capture={film}"]
        browser = playwright.chromium.launch(executable_path=find_browser(), args=arguments)
        yield browser
        browser.close()


def waits(browser: Browser, address: str, times: int) -> list[Wait]:
    """Return how long pictures at the till were waited for, after the first."""
    page = browser.new_context(locale="en").new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/till?store=North&till=1&cashier=Anna")
    found = []
    for _ in range(times + 1):
        button = page.get_by_role("button", name="Take picture")
        page.wait_for_function("() => document.querySelector('video')?.videoWidth > 0")
        button.and_(page.locator(":enabled")).wait_for()
        page.wait_for_function(WAITING)
        page.evaluate("document.activeElement.blur()")
        page.evaluate(WATCH)
        page.keyboard.press("Space")
        page.wait_for_function(ANSWERED)
        seen = page.evaluate("window.tillTimes")
        pressed, sending, sent, answered = (
            seen[name] / 1000 for name in ("pressed", "sending", "sent", "answered")
        )
        found.append(Wait(sending - pressed, sent - sending, answered - sent, answered - pressed))
        page.get_by_role("button", name="No alcohol, next buyer").click()
    page.context.close()
    return found[1:]


def row_of(found: Sequence[Wait]) -> Row:
    """Return medians and ranges of some waits."""
    taken, sent, answered, total = (with_range(values) for values in zip(*found, strict=True))
    return {
        "n": str(len(found)),
        "picture taken": f"{taken} s",
        "sent": f"{sent} s",
        "answered": f"{answered} s",
        "in all": f"{total} s",
    }


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as kept,
        running_app({URL_VARIABLE: f"sqlite:///{Path(kept) / 'store.sqlite'}"}) as (at, _),
        browser_with_camera(*map(Path, sys.argv[1:])) as chromium,
    ):
        print(as_table([row_of(waits(chromium, at, TIMES))]), end="")
