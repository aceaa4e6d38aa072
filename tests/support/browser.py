"""The app in a real browser: pages, sizes of the window, what is wrong with a page."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

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
    "tills": "Tills",
    "data_kept": "Data kept",
    "audit_log": "Audit log",
}
VISITS = 3000
DESKTOP, TABLET, PHONE = (1280, 800), (1024, 768), (390, 844)
SECONDS = 1000  # Playwright counts milliseconds
TIMEOUT = 120 * SECONDS  # the first photo waits for the model to load


def visit(page: Page, address: str, path: str, size: tuple[int, int]) -> None:
    """Open one of the app's pages and wait until it is rendered."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(f"{address}/{path}")
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[path.split("?")[0]])


def scrolls_sideways(page: Page) -> bool:
    return bool(
        page.evaluate(
            "() => [document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".some(element => element.scrollWidth > element.clientWidth)"
        )
    )


def serious_findings(page: Page) -> list[str]:
    """The serious accessibility problems that axe-core finds on the page, in short."""
    page.wait_for_function("() => window.menuIsWatched")
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0)  # what is being redrawn is pale
    return serious_findings_of(page)


def serious_findings_of(page: Page) -> list[str]:
    """The same of any page, as it is."""
    found = Axe().run(page).response
    return [
        f"{finding['id']}: {[part['target'] for part in finding['nodes']]}"
        for finding in found["violations"]
        if finding["impact"] in ("serious", "critical")
    ]
