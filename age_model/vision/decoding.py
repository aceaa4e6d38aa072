"""From an opened file to its pixels, upright and RGB, at a bounded price in memory.

A picture of n pixels is held twice at most: as it was decoded, 4 bytes a pixel in Pillow, and as
it becomes. What is in between is made a strip at a time. Decoders that would need much more on the
way (`decode`) are replaced, asked for less, or not asked at all.
"""

from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageFile

STRIP = 64  # rows
BUDGET = 1_000_000_000  # bytes; two pictures of the most pixels that are accepted are 960 million
_WEBP_BYTES = 24  # a pixel, of Pillow's reader, which keeps two further pictures for animations
_SCALES = (1, 2, 4, 8)  # at which libjpeg can read

_START_OF_SCAN = 0xDA
_NO_LENGTH = {0x01, *range(0xD0, 0xD9)}  # JPEG markers without a segment


class TooLargeToDecodeError(ValueError):
    """No way to decode a picture takes little enough memory."""


def decode(image: ImageFile.ImageFile, data: bytes) -> Image.Image:
    """Return the pixels of a file, as they are stored.

    A JPEG that is stored in several scans, as progressive ones are, is decoded from a table of all
    its coefficients. If that leaves no room for all pixels, it is read at half its size, or less.

    Args:
        image: as its reader opened it; nothing is decoded yet.
        data: the file.

    Raises:
        TooLargeToDecodeError: it would take more than `BUDGET`.
        Exception: of many types, the file is damaged.
    """
    if image.format == "WEBP" and image.width * image.height * _WEBP_BYTES > BUDGET:
        return _decode_webp(image, data)
    if image.format == "JPEG":
        _read_smaller_where_needed(image, data)
    if image.format == "TIFF" and _largest_piece(image) + _two_pictures(image) > BUDGET:
        raise TooLargeToDecodeError
    image.load()
    return image


def upright_rgb(image: Image.Image, turn: Image.Transpose | None) -> Image.Image:
    """Return a picture as RGB, transparent parts white, and turned.

    Args:
        image: decoded, of any mode.
        turn: what makes it upright; None for nothing.
    """
    lies = turn in _LYING
    upright = Image.new("RGB", (image.height, image.width) if lies else image.size)
    white = _white(image)
    for strip in _strips(image):
        rgb = _to_rgb(image.crop((0, strip.top, image.width, strip.bottom)), white)
        if turn is not None:
            rgb = rgb.transpose(turn)
        along = image.height - strip.bottom if turn in _BACKWARDS else strip.top
        upright.paste(rgb, (along, 0) if lies else (0, along))
    return upright


# Whose rows become columns; whose first row becomes the last row or column.
_LYING = {
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
}
_BACKWARDS = {
    Image.Transpose.ROTATE_180,
    Image.Transpose.FLIP_TOP_BOTTOM,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
}


class _Strip(NamedTuple):
    top: int
    bottom: int


def _strips(image: Image.Image) -> Iterator[_Strip]:
    edges = [*range(0, image.height, STRIP), image.height]
    return (_Strip(*edge) for edge in pairwise(edges))


def _to_rgb(image: Image.Image, white: float) -> Image.Image:
    if image.mode == "F" or image.mode.startswith("I"):
        image = _to_8_bit(image, white)
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    ground = Image.new("RGB", rgba.size, "white")
    ground.paste(rgba, mask=rgba)
    return ground


def _to_8_bit(image: Image.Image, white: float) -> Image.Image:
    """Scale grey values of more than 8 bits (modes I;16, I, F) to 0..255."""
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    values = _finite(image)
    return Image.fromarray(np.clip(values * (255 / white) + 0.5, 0, 255).astype(np.uint8))


def _white(image: Image.Image) -> float:
    """Return which value of the modes I and F, which do not define that, is white.

    It is the usual white that fits the brightest pixel. Sharpening and resampling overshoot a
    little, so up to twice white still counts.
    """
    if image.mode not in ("I", "F"):
        return 255
    rows = (image.crop((0, strip.top, image.width, strip.bottom)) for strip in _strips(image))
    brightest = max(float(_finite(row).max()) for row in rows)
    whites = (255, 65535) if image.mode == "I" else (1, 255, 65535)
    return next((white for white in whites if brightest <= 2 * white), brightest)


def _finite(image: Image.Image) -> np.ndarray:
    return np.nan_to_num(np.asarray(image).astype(np.float32), posinf=0, neginf=0)


def _decode_webp(image: ImageFile.ImageFile, data: bytes) -> Image.Image:
    """Decode a still picture by torchvision's reader, which makes one picture and no more."""
    if getattr(image, "n_frames", 1) > 1:
        raise TooLargeToDecodeError
    import torch
    from torchvision.io import ImageReadMode, decode_webp  # seconds, and only for giants

    file = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    pixels = decode_webp(file, ImageReadMode.RGB_ALPHA).permute(1, 2, 0)  # (H, W, 4), as it lies
    mode = "RGBA" if image.mode == "RGBA" else "RGBX"
    return Image.frombuffer(mode, image.size, pixels.numpy(), "raw", mode, 0, 1)


def _read_smaller_where_needed(image: ImageFile.ImageFile, data: bytes) -> None:
    if not (image.info.get("progressive") or _has_several_scans(data)):
        return
    width, height = image.size
    parts = [(across, down) for _, across, down, _ in getattr(image, "layer", [])]
    widest = max((across for across, _ in parts), default=1)
    highest = max((down for _, down in parts), default=1)
    blocks = sum(across * down for across, down in parts) / (widest * highest)
    coefficients = 2 * width * height * blocks
    for scale in _SCALES:
        if coefficients + 4 * width * height / scale**2 + len(data) <= BUDGET:
            if scale > 1:
                image.draft(image.mode, (width // scale, height // scale))
            return
    raise TooLargeToDecodeError


def _has_several_scans(data: bytes) -> bool:
    """Return whether the first scan of a JPEG lacks some of its components."""
    file, components = BytesIO(data), 0
    file.seek(2)
    while head := file.read(2):
        marker = head[-1]
        if marker in _NO_LENGTH or len(head) < 2:
            continue
        length = int.from_bytes(file.read(2), "big")
        if marker == _START_OF_SCAN:
            return file.read(1) != bytes([components])
        segment = file.read(max(0, length - 2))
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and len(segment) > 5:
            components = segment[5]
    return False


def _two_pictures(image: ImageFile.ImageFile) -> int:
    return 8 * image.width * image.height  # Pillow's reader of TIFF turns them itself


def _largest_piece(image: ImageFile.ImageFile) -> int:
    """Return how many bytes of a TIFF are decoded at once: a strip, a tile, or all of it."""
    tags = getattr(image, "tag_v2", {})
    bits = sum(tags.get(258, (8,))) if tags.get(284, 1) == 1 else max(tags.get(258, (8,)))
    if 322 in tags:
        pixels = tags[322] * tags[323]
    else:
        pixels = image.width * min(tags.get(278, image.height), image.height)
    return pixels * max(bits, 8) // 8
