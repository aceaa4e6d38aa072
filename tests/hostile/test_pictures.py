"""Damaged pictures of every kind and mode: an RGB picture, or one sentence."""

from functools import cache
from io import BytesIO
from random import Random

import pytest
from PIL import Image

from age_model.vision.photos import PhotoError, open_photo
from tests.hostile.conftest import Campaign

KINDS = {
    "JPEG": ("L", "RGB", "CMYK"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"),
    "TIFF": ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I", "F", "I;16", "LAB", "YCbCr"),
    "WEBP": ("RGB", "RGBA"),
    "BMP": ("1", "L", "P", "RGB", "RGBA"),
    "GIF": ("L", "P"),
    "HEIF": ("RGB", "RGBA"),
}
OPTIONS: dict[str, list[dict[str, object]]] = {
    "JPEG": [{"progressive": True, "subsampling": 0}],
    "TIFF": [{"compression": "tiff_lzw"}, {"compression": "packbits"}, {"compression": "jpeg"}],
    "WEBP": [{"lossless": True}],
    "PNG": [{"transparency": 0}],
    "GIF": [{"transparency": 0}],
}


@cache
def make_picture(kind: str, mode: str, orientation: int, option: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "words"
    file = BytesIO()
    options = [{}, *OPTIONS.get(kind, [])][option]
    if options.get("compression") == "jpeg" and mode not in ("L", "RGB"):
        return b""  # libtiff's writer would abort
    try:
        Image.new(mode, (40, 30)).save(file, kind, exif=exif.tobytes(), **options)
    except (OSError, LookupError, RuntimeError, SystemError, TypeError, ValueError):
        return b""  # there is no such combination
    return file.getvalue()


def damage(random: Random, data: bytes) -> bytes:
    """Bytes changed anywhere or among the first, put in, taken out or cut off."""
    content = bytearray(data)
    for _ in range(random.choice([1, 1, 3, 20])):
        place = random.randrange(min(len(content), random.choice([64, 300, len(content)])))
        content[place] = random.choice([0, 255, random.randrange(256)])
    if random.random() < 0.2:
        place = random.randrange(len(content))
        content[place:place] = random.randbytes(random.randrange(20))
    if random.random() < 0.2:
        del content[random.randrange(1, len(content)) :]
    return bytes(content)


@pytest.mark.filterwarnings("ignore")
def test_pictures(campaign: Campaign) -> None:
    def attempt(random: Random) -> None:
        kind = random.choice(list(KINDS))
        option = random.randrange(len(OPTIONS.get(kind, [])) + 1)
        data = make_picture(kind, random.choice(KINDS[kind]), random.randrange(1, 9), option)
        if not data:
            return
        try:
            photo = open_photo(damage(random, data))
        except PhotoError as error:
            assert "\n" not in str(error)
        else:
            assert photo.mode == "RGB" and type(photo) is Image.Image and not photo.info
            photo.tobytes()

    campaign("damaged pictures", attempt)
