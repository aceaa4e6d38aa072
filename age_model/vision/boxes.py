"""Draws numbered boxes around the faces of a photo, and makes faces unrecognisable."""

from collections.abc import Sequence
from typing import Protocol

from PIL import Image, ImageDraw, ImageFilter, ImageFont

DISPLAY_SIDE = 1600  # pixels: sharp across a page, and a small part of a phone's 12 megapixels

Box = tuple[float, float, float, float]

_LINE_COLOUR = (255, 204, 51)
_EDGE_COLOUR = (20, 20, 20)  # around the bright line, so that it shows on bright pictures too
_TEXT_SHARE = 0.032  # height of the numbers as a share of the picture's longer side
_MIN_TEXT, _MAX_TEXT = 12, 52  # pixels
_BLUR_BLOCKS = 4  # what is left of a face: this many squares across
_BLUR_MARGIN = 0.2  # of the face's longer side: hair and ears are blurred too


class Boxed(Protocol):
    """Anything with a face box: left, top, right, bottom in pixels of the upright image."""

    @property
    def box(self) -> Box:
        """Left, top, right, bottom in pixels."""


def annotate(
    image: Image.Image, faces: Sequence[Boxed], photo_size: tuple[int, int] | None = None
) -> Image.Image:
    """Return a copy of an RGB image, shrunk for display, with boxes numbered from 1.

    The longer side of the copy is at most `DISPLAY_SIDE` pixels; `image` is left as it is.

    Args:
        image: the photo, or a smaller copy of it.
        faces: what to draw boxes around.
        photo_size: width, height of the photo that the boxes are measured in, pixels; by default
            that of `image`.
    """
    picture = _for_display(image)
    boxes = _boxes_in(picture, faces, photo_size or image.size)
    draw = ImageDraw.Draw(picture)
    size = round(min(max(max(picture.size) * _TEXT_SHARE, _MIN_TEXT), _MAX_TEXT))
    line = max(2, size // 8)
    for box in boxes:
        _draw_box(draw, box, line)
    font = ImageFont.load_default(size)
    for number, box in enumerate(boxes, start=1):  # after all boxes, so that none hides a number
        _draw_number(draw, str(number), box, line, font, picture.size)
    return picture


def blur_faces(
    image: Image.Image, faces: Sequence[Boxed], photo_size: tuple[int, int] | None = None
) -> Image.Image:
    """Return a copy of an RGB image, shrunk for display, in which nobody can be recognised.

    Each face is reduced to a few squares of colour, which a blur then smooths: the squares alone
    hold too little to be undone. Arguments as in `annotate`.
    """
    picture = _for_display(image)
    for box in _boxes_in(picture, faces, photo_size or image.size):
        longer = max(box[2] - box[0], box[3] - box[1])
        left, top, right, bottom = (round(edge) for edge in _grown(box, 1 + longer * _BLUR_MARGIN))
        area = max(left, 0), max(top, 0), min(right, picture.width), min(bottom, picture.height)
        face = picture.crop(area)
        blocks = face.resize((_BLUR_BLOCKS, _BLUR_BLOCKS), Image.Resampling.BOX)
        face = blocks.resize(face.size, Image.Resampling.NEAREST)
        smooth = ImageFilter.GaussianBlur(longer / _BLUR_BLOCKS / 2)
        picture.paste(face.filter(smooth), area[:2])
    return picture


def _for_display(image: Image.Image) -> Image.Image:
    picture = image.copy()
    picture.thumbnail((DISPLAY_SIDE, DISPLAY_SIDE), Image.Resampling.LANCZOS)
    return picture


def _boxes_in(
    picture: Image.Image, faces: Sequence[Boxed], photo_size: tuple[int, int]
) -> list[Box]:
    scale = picture.width / photo_size[0], picture.height / photo_size[1]
    return [_scaled(face.box, scale) for face in faces]


def _scaled(box: Box, scale: tuple[float, float]) -> Box:
    left, top, right, bottom = box
    return left * scale[0], top * scale[1], right * scale[0], bottom * scale[1]


def _draw_box(draw: ImageDraw.ImageDraw, box: Box, line: int) -> None:
    edge = max(1, line // 2)
    draw.rectangle(_grown(box, edge), outline=_EDGE_COLOUR, width=line + 2 * edge)
    draw.rectangle(box, outline=_LINE_COLOUR, width=line)


def _grown(box: Box, by: float) -> Box:
    left, top, right, bottom = box
    return left - by, top - by, right + by, bottom + by


def _draw_number(
    draw: ImageDraw.ImageDraw,
    number: str,
    box: Box,
    line: int,
    font: ImageFont.ImageFont | ImageFont.FreeTypeFont,
    picture_size: tuple[int, int],
) -> None:
    """Draw the number on a plate above the box's left corner, or inside where there is no room."""
    left, top, right, bottom = draw.textbbox((0, 0), number, font=font)
    pad = 2 * line
    height = bottom - top + 2 * pad
    width = max(right - left + 2 * pad, height)
    x = min(max(box[0], 0), picture_size[0] - width)
    y = box[1] - height if box[1] >= height else max(box[1], 0)
    plate = (x, y, x + width, y + height)
    draw.rectangle(plate, fill=_LINE_COLOUR, outline=_EDGE_COLOUR, width=max(1, line // 2))
    middle = (x + width / 2, y + height / 2)
    draw.text(middle, number, fill=_EDGE_COLOUR, font=font, anchor="mm")
