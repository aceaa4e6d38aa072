"""How much memory does a batch of a thousand photos need, and how long do other visitors wait?

    python -m benchmarks.batch_memory

A server is started, and a browser drops a ZIP of made-up photos of 12 megapixels on its Photo page.
While they are examined a second visitor opens the page again and again and chooses an example. At
the end the first one downloads all pictures with the faces blurred. The memory of the server is
measured throughout: if it kept the photos, it would keep rising (Linux only).
"""

import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from age_model.vision.photos import open_photo
from benchmarks.page_time import PATIENCE, answer_example
from benchmarks.report import EXAMPLES, Row, show, with_range
from tests.support.serving import find_browser, running_app

PHOTOS = 1000
DIFFERENT = 40  # photos; then they come again under another name
PHOTO_SIZE = (4000, 3000)  # pixels: as a phone takes them
LIMIT = 2 * 2**30  # bytes
PAUSE = 15_000  # milliseconds between two measurements of the memory
DROP = "[data-testid=stFileUploaderDropzone]"
PROGRESS = "[data-testid=stProgress]"
BLURRED = "Download pictures with faces blurred"


def photos(count: int, size: tuple[int, int]) -> Iterator[bytes]:
    """Yield JPEGs of one or two example faces of different sizes at different places."""
    chance = random.Random(0)
    portraits = [open_photo(path) for path in sorted(EXAMPLES.glob("ages-*.jpg"))]
    for _ in range(count):
        photo = Image.new("RGB", size, portraits[0].getpixel((0, 0)))
        for half in range(chance.randint(1, 2)):
            width, height = size
            side = chance.randint(height // 8, height // 2)
            left = half * width // 2 + chance.randint(0, width // 2 - side)
            top = chance.randint(0, height - side)
            photo.paste(chance.choice(portraits).resize((side, side)), (left, top))
        file = BytesIO()
        photo.save(file, "JPEG", quality=80)
        yield file.getvalue()


def write_zip(path: Path, count: int, size: tuple[int, int]) -> None:
    """Write a ZIP of this many photos of a size, pixels."""
    different = list(photos(min(count, DIFFERENT), size))
    with ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number:04}.jpg", different[number % len(different)])


def memory(process: int) -> tuple[int, int]:
    """Return the current and the peak memory of a process, bytes (Linux)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = (
        re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE) for name in ("VmRSS", "VmHWM")
    )
    now, most = (int(match[1]) * 1024 for match in found if match)
    return now, most


def examine(
    page: Page, process: int, browser: Browser, address: str, pause: int
) -> tuple[list[float], int]:
    """Wait for the batch; return how long the second visitor waited each time, and the memory.

    The memory is the largest value measured, bytes.
    """
    progress, waits, held = page.locator(PROGRESS), list[float](), list[int]()
    progress.or_(page.get_by_role("button", name=BLURRED)).first.wait_for()
    while not waits or progress.count():
        waits.append(answer_example(browser, address))
        held.append(memory(process)[0])
        page.wait_for_timeout(pause)
    return waits, max(held)


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Measure the memory while a batch is examined, and how long the second visitor waits."""
    count, pause, size = (6, 200, (1600, 1200)) if miniature else (PHOTOS, PAUSE, PHOTO_SIZE)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app({}) as (address, process),
        sync_playwright() as playwright,
    ):
        file = Path(folder) / "batch.zip"
        write_zip(file, count, size)
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page(locale="en")
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.locator(DROP).first.wait_for()
        empty, _ = memory(process)
        page.locator("input[type=file]").first.set_input_files(file)
        waits, held = examine(page, process, browser, address, pause)
        blurred = page.get_by_role("button", name=BLURRED)
        with page.expect_download(timeout=24 * 3_600_000):
            blurred.click()
        at_end, most = memory(process)
        browser.close()
    measured = {
        "memory, the page empty": _in_megabytes(empty),
        "memory, during the batch": _in_megabytes(held),
        "memory, all pictures blurred": _in_megabytes(at_end),
        f"memory, most of all (limit {_in_megabytes(LIMIT)})": _in_megabytes(most),
        "a second visitor's example, beside the batch": f"{with_range(waits)} s",
    }
    return [
        {
            "what": what,
            "n": f"{len(waits)}" if what.startswith("a second") else f"{count} photos",
            "measured": value,
        }
        for what, value in measured.items()
    ]


def _in_megabytes(size: int) -> str:
    return f"{size / 2**20:.0f} MB"


if __name__ == "__main__":
    show(rows)
