"""What is kept of an examined photo: figures and small pictures in place of its pixels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from age_model.drawing import DISPLAY_SIDE
from age_model.language import mark

if TYPE_CHECKING:
    from age_model.predictor import PhotoResult

CROP_SIDE = 160  # pixels: a thousand photos' faces fit into memory
THUMBNAIL_SIDE = 200  # pixels
FILTERED_OUT = mark(
    "What was found is smaller or less certain to be a face than the settings ask for: lower them "
    "to see it."
)


@dataclass(frozen=True)
class KeptPhoto:
    """A result without the photo's pixels.

    Attributes:
        result: all faces found, their crops at most `CROP_SIDE` pixels wide; no image.
        thumbnail: a small JPEG of the photo; None if it could not be read.
        size: width, height of the upright photo, pixels; the faces' boxes are measured in it.
    """

    result: PhotoResult
    thumbnail: bytes | None = None
    size: tuple[int, int] = (0, 0)


def keep(result: PhotoResult) -> KeptPhoto:
    """Return what is kept of a result."""
    if result.image is None:
        return KeptPhoto(result)
    faces = tuple(replace(face, crop=_shrunk(face.crop, CROP_SIDE)) for face in result.faces)
    return KeptPhoto(
        replace(result, image=None, faces=faces),
        to_jpeg(_shrunk(result.image, THUMBNAIL_SIDE)),
        result.image.size,
    )


def for_screen(image: Image.Image, side: int = DISPLAY_SIDE) -> bytes:
    """Return a photo as a JPEG, its longer side at most so many pixels: sharp across a page."""
    return to_jpeg(_shrunk(image, side))


def to_jpeg(image: Image.Image) -> bytes:
    """Return a picture as a JPEG file."""
    file = BytesIO()
    image.save(file, format="JPEG", quality=90)
    return file.getvalue()


def with_faces(result: PhotoResult, smallest_face: float, min_score: float) -> PhotoResult:
    """Return a result with only the faces that are large and certain enough.

    Args:
        result: of one photo.
        smallest_face: shorter side of a face's box, pixels of the photo.
        min_score: the detector's confidence, 0 to 1.
    """
    faces = tuple(
        face
        for face in result.faces
        if face.detection_score >= min_score
        and min(face.box[2] - face.box[0], face.box[3] - face.box[1]) >= smallest_face
    )
    if result.faces and not faces:
        return replace(result, faces=(), problem=FILTERED_OUT)
    return replace(result, faces=faces)


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small
