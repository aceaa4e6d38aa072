"""The app in a real browser: pages, sizes of the window, when it has settled, what is wrong.

A click on a page that is still being drawn can meet another element than the one that was looked
for. Tests therefore `visit` a page, and do what draws it anew inside `settled`; only for what comes
later still, as the result of an upload, they wait for what they expect to see.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

ROOT = Path(__file__).parents[2]
FACE = ROOT / "assets" / "examples" / "ages-25-34.jpg"
CHROMIUM_ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",  # no question whether the camera may be used
]
PAGES = {
    "": "Ages from faces",
    "till": "At the till",
    "practice": "Practice",
    "overview": "Overview",
    "who_buys_what": "Who buys what",
    "id_checks": "ID checks",
    "add_data": "Add data",
    "how_good": "How good",
    "errors": "Errors",
    "data": "Data",
    "train": "Train",
    "settings": "Settings",
    "audit_log": "Audit log",
}
VISITS = 3000
DESKTOP, TABLET, PHONE = (1280, 800), (1024, 768), (390, 844)
SECONDS = 1000  # Playwright counts milliseconds
TIMEOUT = 300 * SECONDS  # on a busy machine the first photo waits long for the model to load


# Streamlit marks its page as running only when the server says that the script does: too late to
# know whether a click is yet to be answered. So the page itself notes what it sends and receives:
# a BackMsg of field 11 asks for a run; a ForwardMsg of field 4 begins one, and one of field 6 ends
# it, unless its value, 2, says that another follows. See streamlit.proto.
_NOTES = """
window.unanswered = 0;
let begun = false;
const skip = (bytes, at) => { while (bytes[at++] & 128); return at; };
const note = data => {
  const bytes = new Uint8Array(data);
  for (let at = 0; at < bytes.length;) {
    const field = bytes[at] >> 3, kind = bytes[at] & 7;
    at = skip(bytes, at);
    if (field === 4) begun = true;
    if (field === 6 && kind === 0 && begun && bytes[at] !== 2) window.unanswered = 0;
    if (kind === 2) {
      let size = 0, shift = 0;
      do { size += (bytes[at] & 127) * 2 ** shift; shift += 7; } while (bytes[at++] & 128);
      at += size;
    } else at = kind === 0 ? skip(bytes, at) : at + (kind === 1 ? 8 : 4);
  }
};
window.WebSocket = class extends WebSocket {
  constructor(...where) {
    super(...where);
    this.addEventListener("message", event => note(event.data));
  }
  send(data) {
    if (data[0] === 90) { window.unanswered = 1; begun = false; }
    super.send(data);
  }
};
"""

# The script has ended, nothing on the page is about to be replaced or fades in, and all parts,
# pictures and charts are drawn: at two looks, with time for what the first one showed to have
# consequences.
_SETTLED = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  const calm = app?.dataset.testScriptState === "notRunning" && !window.unanswered
    && window.menuIsWatched && document.fonts.status === "loaded"
    && !document.querySelector("[data-stale=true], [data-testid=stSkeleton]")
    && [...document.images].every(image => image.complete)
    && document.getAnimations().every(each => each.playState !== "running"
      || each.effect.getComputedTiming().iterations === Infinity)
    && [...document.querySelectorAll("[data-testid=stPlotlyChart]")].every(
      chart => chart.querySelector(".main-svg"));
  window.calmLooks = calm ? (window.calmLooks ?? 0) + 1 : 0;
  return window.calmLooks > 2;
}"""
LOOK = 50  # milliseconds between two looks


def watch(context: BrowserContext) -> None:
    """Let the pages of a browser know when they have settled; before they are opened."""
    context.add_init_script(f"(() => {{{_NOTES}}})()")
    context.set_default_timeout(TIMEOUT)


def settle(page: Page) -> None:
    """Wait until a page of the app is drawn, whatever its script still does."""
    page.evaluate("() => { window.calmLooks = 0; }")
    page.wait_for_function(_SETTLED, polling=LOOK)


@contextmanager
def settled(page: Page) -> Iterator[None]:
    """Do something on a page that has settled, and wait until it has settled again."""
    settle(page)
    yield
    settle(page)


def visit(page: Page, address: str, path: str, size: tuple[int, int] = DESKTOP) -> None:
    """Open one of the app's pages and wait until it has settled."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{address}/{path}")
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path.split("?")[0]])
    settle(page)


def scrolls_sideways(page: Page) -> bool:
    return bool(
        page.evaluate(
            "() => [document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".some(element => element.scrollWidth > element.clientWidth)"
        )
    )


def unannounced_scripts(page: Page) -> set[str]:
    """The kinds of scripts that the page needed and its document did not name."""
    return set(
        page.evaluate(
            """async () => {
              const text = await (await fetch(location.href)).text();
              return performance.getEntriesByType("resource")
                .map(entry => entry.name.split("/").pop())
                .filter(name => name.endsWith(".js") && !text.includes(name))
                .map(name => name.split(".")[0]);
            }"""
        )
    )


def places_of_title(page: Page) -> list[list[float]]:
    """Where the page's title is: as its document has it, and as the page shows it."""
    return list(
        page.evaluate(
            """async () => {
              const text = await (await fetch(location.href)).text();
              const sent = new DOMParser().parseFromString(text, "text/html");
              const parts = [...sent.querySelectorAll("[id^=first-title]")];
              document.body.append(...parts);
              await document.fonts.ready;
              document.querySelector("[data-testid=stMain]").scrollTop = 0;
              const places = ["#first-title", "[data-testid=stHeading] h1"].map(selector => {
                const range = document.createRange();
                const inside = document.querySelector(selector);
                range.selectNodeContents(document.createTreeWalker(inside, 4).nextNode());
                const box = range.getBoundingClientRect();
                return [box.x, box.y, box.width, box.height].map(Math.round);
              });
              parts.forEach(part => part.remove());
              return places;
            }"""
        )
    )


def serious_findings(page: Page) -> list[str]:
    """The serious accessibility problems that axe-core finds on the page, in short."""
    settle(page)  # what is being redrawn is pale
    return serious_findings_of(page)


def serious_findings_of(page: Page) -> list[str]:
    """The same of any page, as it is."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{finding['id']}: {[part['target'] for part in finding['nodes']]}"
        for finding in found["violations"]
        if finding["impact"] in ("serious", "critical")
    ]
