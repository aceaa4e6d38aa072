"""Small squares of the example pictures: made once, and not in each run of the page."""

from functools import cache
from pathlib import Path

from PIL import Image, ImageOps

from app_pages.photo.compact_result import to_jpeg

SIDE = 280  # pixels: twice the width on screen, for sharp phone displays


@cache
def square_thumbnail(path: Path) -> bytes:
    """Return an example as a small square, padded with the colour of its corner: a JPEG file."""
    with Image.open(path) as picture:
        small = ImageOps.contain(picture, (SIDE, SIDE))
    square = small.crop((0, 0, 1, 1)).resize((SIDE, SIDE))
    middle = (SIDE - small.width) // 2, (SIDE - small.height) // 2
    square.paste(small, middle)
    return to_jpeg(square)
