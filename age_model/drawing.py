"""Draws numbered boxes around the faces of a photo."""

from collections.abc import Sequence
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont

DISPLAY_SIDE = 1600  # pixels: sharp across a page, and a small part of a phone's 12 megapixels

Box = tuple[float, float, float, float]

_LINE_COLOUR = (255, 204, 51)
_EDGE_COLOUR = (20, 20, 20)  # around the bright line, so that it shows on bright pictures too
_TEXT_SHARE = 0.032  # height of the numbers as a share of the picture's longer side
_MIN_TEXT, _MAX_TEXT = 12, 52  # pixels


class Boxed(Protocol):
    """Anything with a face box: left, top, right, bottom in pixels of the upright image."""

    @property
    def box(self) -> Box:
        """Left, top, right, bottom in pixels."""


def annotate(image: Image.Image, faces: Sequence[Boxed]) -> Image.Image:
    """Return a copy of an RGB image, shrunk for display, with boxes numbered from 1.

    The longer side of the copy is at most `DISPLAY_SIDE` pixels; `image` is left as it is.
    """
    picture = image.copy()
    picture.thumbnail((DISPLAY_SIDE, DISPLAY_SIDE), Image.Resampling.LANCZOS)
    scale = picture.width / image.width, picture.height / image.height
    boxes = [_scaled(face.box, scale) for face in faces]
    draw = ImageDraw.Draw(picture)
    size = round(min(max(max(picture.size) * _TEXT_SHARE, _MIN_TEXT), _MAX_TEXT))
    line = max(2, size // 8)
    for box in boxes:
        _draw_box(draw, box, line)
    font = ImageFont.load_default(size)
    for number, box in enumerate(boxes, start=1):  # after all boxes, so that none hides a number
        _draw_number(draw, str(number), box, line, font, picture.size)
    return picture


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
