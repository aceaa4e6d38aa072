"""The compact result of a photo: numbers and small pictures in place of its pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from age_model.vision.boxes import DISPLAY_SIDE

if TYPE_CHECKING:
    from age_model.predict.results import PhotoResult

CROP_SIDE = 160  # pixels: a thousand photos' faces fit into memory
THUMBNAIL_SIDE = 200  # pixels


@dataclass(frozen=True)
class CompactResult:
    """A result without the photo's pixels.

    Attributes:
        result: all faces found, their crops at most `CROP_SIDE` pixels wide; no image.
        thumbnail: a small JPEG of the photo; None if it could not be read.
        size: width, height of the upright photo, pixels; the faces' boxes are measured in it.
    """

    result: PhotoResult
    thumbnail: bytes | None = None
    size: tuple[int, int] = (0, 0)


def compact(result: PhotoResult) -> CompactResult:
    """Return a result without the photo's pixels."""
    if result.image is None:
        return CompactResult(result)
    faces = tuple(replace(face, crop=_shrunk(face.crop, CROP_SIDE)) for face in result.faces)
    return CompactResult(
        replace(result, image=None, faces=faces),
        to_jpeg(_shrunk(result.image, THUMBNAIL_SIDE)),
        result.image.size,
    )


def for_screen(image: Image.Image, side: int = DISPLAY_SIDE) -> bytes:
    """Return a photo as a JPEG, its longer side at most `side` pixels: sharp across a page."""
    return to_jpeg(_shrunk(image, side))


def to_jpeg(image: Image.Image) -> bytes:
    """Return a picture as a JPEG file."""
    file = BytesIO()
    image.save(file, format="JPEG", quality=90)
    return file.getvalue()


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small
