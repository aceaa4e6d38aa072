"""What does a batch of a thousand photos take: memory, and other visitors' time?

    python -m benchmarks.batch_memory [PHOTOS]

A server is started, and a browser drops a ZIP of made-up photos of 12 megapixels on its Photo page.
While they are examined a second visitor opens the page again and again and chooses an example. In
the end the first one downloads all pictures with the faces blurred. The memory of the server is
printed along the way: if it kept the photos, it would go on rising. The status is 1 if it ever
comes to more than the limit.
"""

import random
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from statistics import median
from zipfile import ZipFile

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from age_model.photos import open_photo
from benchmarks.page_time import PATIENCE, answer_example
from benchmarks.serving import ROOT, find_browser, running_app

PHOTOS = 1000
DIFFERENT = 40  # photos; then they come again under another name
PHOTO_SIZE = (4000, 3000)  # pixels: as a phone takes them
LIMIT = 2 * 2**30  # bytes
PAUSE = 15  # seconds between two looks at the memory
DROP = "[data-testid=stFileUploaderDropzone]"
PROGRESS = "[data-testid=stProgress]"


def photos(count: int) -> Iterator[bytes]:
    """Yield JPEGs of one or two example faces of different sizes at different places."""
    chance = random.Random(0)
    portraits = [open_photo(path) for path in sorted(ROOT.glob("assets/examples/ages-*.jpg"))]
    for _ in range(count):
        photo = Image.new("RGB", PHOTO_SIZE, portraits[0].getpixel((0, 0)))
        for half in range(chance.randint(1, 2)):
            width, height = PHOTO_SIZE
            side = chance.randint(height // 8, height // 2)
            left = half * width // 2 + chance.randint(0, width // 2 - side)
            top = chance.randint(0, height - side)
            photo.paste(chance.choice(portraits).resize((side, side)), (left, top))
        file = BytesIO()
        photo.save(file, "JPEG", quality=80)
        yield file.getvalue()


def write_zip(path: Path, count: int) -> None:
    """Write a ZIP of so many photos."""
    different = list(photos(min(count, DIFFERENT)))
    with ZipFile(path, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number:04}.jpg", different[number % len(different)])


def memory(process: int) -> tuple[int, int]:
    """Return the memory that a process holds and the most that it ever held, bytes (Linux)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    found = (
        re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE) for name in ("VmRSS", "VmHWM")
    )
    now, most = (int(match[1]) * 1024 for match in found if match)
    return now, most


def examine(page: Page, process: int, browser: Browser, address: str) -> list[float]:
    """Wait for the batch; print the memory; return how long the second visitor waited each time."""
    progress, waits = page.locator(PROGRESS).first, list[float]()
    progress.wait_for()
    while progress.count():
        waits.append(answer_example(browser, address))
        words = progress.inner_text().splitlines()[0] if progress.count() else "done"
        print_memory(process, words)
        time.sleep(PAUSE)
    return waits


def print_memory(process: int, when: str) -> None:
    """Print the memory held now, and the most so far."""
    now, most = memory(process)
    print(f"{now / 2**20:6.0f} MB, at most {most / 2**20:.0f}: {when}", flush=True)


def main(count: int = PHOTOS) -> int:
    """Print the memory while a batch of so many photos is examined; return the exit status."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app({}) as (address, process),
        sync_playwright() as playwright,
    ):
        file = Path(folder) / "batch.zip"
        write_zip(file, count)
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        page = browser.new_page(locale="en")
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        page.locator(DROP).first.wait_for()
        print_memory(process, "the empty page")
        page.locator("input[type=file]").first.set_input_files(file)
        waits = examine(page, process, browser, address)
        blurred = page.get_by_role("button", name="Download pictures with faces blurred")
        with page.expect_download(timeout=24 * 3_600_000):
            blurred.click()
        print_memory(process, f"all {count} pictures blurred")
        print(
            f"the second visitor's example, beside the batch: {median(waits):.1f} s "
            f"({min(waits):.1f} to {max(waits):.1f}, n = {len(waits)})"
        )
        most = memory(process)[1]
        browser.close()
    return int(most > LIMIT)


if __name__ == "__main__":
    expect.set_options(timeout=PATIENCE)
    sys.exit(main(*map(int, sys.argv[1:])))
