"""How much memory does a batch of a thousand photos take on the Photo page?

    python -m benchmarks.batch_memory [PHOTOS]

A ZIP of made-up photos goes through the page as a visitor's would, then the ZIP of its pictures is
made. The most memory that this process ever held is printed along the way: if the page kept the
photos, it would go on rising. The status is 1 if it comes to more than the limit.
"""

import random
import resource
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

from PIL import Image
from streamlit.testing.v1 import AppTest

from age_model.photos import open_photo
from age_model.predictor import PhotoResult, Predictor
from app_pages._batch_pictures import pictures_zip
from app_pages._settings import Settings

ROOT = Path(__file__).parent.parent
PHOTOS = 1000
PHOTO_SIZE = (4000, 3000)  # pixels: as a phone takes them
LIMIT = 2 * 2**30  # bytes
LINES = 10


def most_memory() -> int:
    """Return the most memory that this process held so far, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


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


def zipped(count: int) -> bytes:
    """Return a ZIP of so many photos."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        for number, photo in enumerate(photos(count)):
            archive.writestr(f"{number:04}.jpg", photo)
    return file.getvalue()


def report_every(photos_a_line: int) -> None:
    """Print the memory whenever so many photos more have been examined."""
    predict, done = Predictor.predict, 0

    def counting(self: Predictor, name: str, source: str | Path | bytes | BinaryIO) -> PhotoResult:
        nonlocal done
        result = predict(self, name, source)
        done += 1
        if done % photos_a_line == 0:
            print_memory(f"{done} photos")
        return result

    Predictor.predict = counting  # type: ignore[method-assign]


def print_memory(when: str) -> None:
    """Print the most memory held so far."""
    print(f"{when:>24}: {most_memory() / 2**20:5.0f} MB", flush=True)


def main(count: int = PHOTOS) -> int:
    """Print the memory while a batch of so many photos is examined; return the exit status."""
    report_every(max(1, count // LINES))
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=24 * 3600).run()
    print_memory("the empty page")
    data = zipped(count)
    print_memory(f"a ZIP of {len(data) / 2**20:.0f} MB")
    app.file_uploader[0].upload("batch.zip", data).run()
    known = app.session_state["results"]
    (sources,) = app.session_state["archives"].values()
    assert not app.exception and len(known) == count, "the batch was not examined"
    pictures = pictures_zip(sources, known, Settings(), blurred=True)
    print_memory(f"pictures, {len(pictures) / 2**20:.0f} MB")
    return int(most_memory() > LIMIT)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
