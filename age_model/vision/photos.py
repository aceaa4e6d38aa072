"""Reading photos: any common file becomes one upright RGB picture, or one plain sentence."""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, ImageFile

from age_model.i18n.message import Sentence, mark
from age_model.vision.decoding import TooLargeToDecodeError, decode, upright_rgb

try:
    import pillow_heif
except ImportError:  # not needed where a machine only trains on prepared faces
    HEIF_INSTALLED = False
else:
    pillow_heif.register_heif_opener()
    HEIF_INSTALLED = True

PHOTO_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".heic", ".heif"}
)
# The file formats that are tried; Pillow's other readers (EPS runs a program) stay out of reach.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "HEIF")

# The largest pictures that phones and cameras usually make have 108 megapixels and, as JPEG or
# HEIC, about 40 MB. Pillow needs 4 bytes a pixel, and making a picture RGB and upright holds it
# twice: of 120 megapixels that is 0.96 GB. Ways to decode that would take more are avoided in
# decoding.py, or the photo is refused.
MAX_PHOTO_BYTES = 64 * 1024 * 1024
MAX_PHOTO_PIXELS = 120_000_000

# Pillow's own limit (89 megapixels) would warn about photos that are welcome here.
Image.MAX_IMAGE_PIXELS = MAX_PHOTO_PIXELS

# EXIF orientation -> what makes the stored picture upright (1: nothing).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

UNKNOWN = "\N{REPLACEMENT CHARACTER}"  # stands for what cannot be shown of a name
TOO_COSTLY = mark(
    "The photo is stored in a way that takes too much memory to read: save it again as an ordinary "
    "JPEG and try again."
)
TOO_LITTLE_MEMORY = mark(
    "There is too little memory for this photo: save it smaller and try again."
)
DAMAGED = mark("The photo is damaged or of an unusual kind: save it again as JPEG and try again.")


class PhotoError(ValueError):
    """A photo could not be read; the message is one plain sentence for the person at the screen."""


def open_photo(source: str | Path | bytes | BinaryIO, enough: int | None = None) -> Image.Image:
    """Read a photo as an upright RGB picture.

    Args:
        source: a path, the file's content, or an open binary stream (read from its start where
            it can be rewound, and left open).
        enough: sides of so many pixels will do: a larger JPEG may be read at a half, a quarter or
            an eighth of its size, which is faster, but never below this. Not for telling ages.

    Returns:
        The first frame at full size (but see `enough`, and `decode` for the largest progressive
        JPEGs), fully loaded, mode RGB, turned as its EXIF orientation says. Transparent parts are
        white. No metadata of the file stays with it.

    Raises:
        PhotoError: the file is missing, too large, damaged or not a photo.
    """
    data = read_bytes(source)
    if not data:
        raise PhotoError(mark("The file is empty: save or send the photo again."))
    image = _read_header(data)
    _check_pixels(image.size)
    try:
        if enough:
            image.draft("RGB", (enough, enough))
        stored = decode(image, data)
        return upright_rgb(stored, _turn_of(image))
    except TooLargeToDecodeError as error:
        raise PhotoError(TOO_COSTLY) from error
    except MemoryError as error:
        raise PhotoError(TOO_LITTLE_MEMORY) from error
    except Exception as error:  # on a damaged file Pillow's decoders raise nearly anything
        raise PhotoError(DAMAGED) from error


def find_photos(paths: Iterable[Path]) -> list[Path]:
    """List the photos that files and folders name, sorted, each once.

    A folder gives the files below it with a suffix in `PHOTO_SUFFIXES`, hidden files and folders
    left out. Any other path is kept as it is, so that `open_photo` can report what is wrong.
    """
    found: set[Path] = set()
    for path in paths:
        if _is_folder(path):
            found.update(file for file in path.rglob("*") if _is_photo_in(path, file))
        else:
            found.add(path)
    return sorted(found)


def pixels_of(data: bytes) -> int:
    """Return how many pixels a photo has by its header: 0 if that cannot be read.

    Args:
        data: the file's content.
    """
    try:
        width, height = _read_header(data).size
    except PhotoError:
        return 0
    return width * height


def printable(name: str) -> str:
    """Return a file's name as it can be shown: on one line, and never as nothing."""
    return "".join(sign if sign.isprintable() else UNKNOWN for sign in name) or UNKNOWN


def _is_photo_in(folder: Path, file: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
    return not hidden and file.suffix.lower() in PHOTO_SUFFIXES and not _is_folder(file)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # access is denied: open_photo will report it
        return False


def read_bytes(source: str | Path | bytes | BinaryIO) -> bytes:
    """Return the content of what `open_photo` reads.

    Raises:
        PhotoError: it is missing, too large, or may not be read.
    """
    if isinstance(source, bytes):
        _check_bytes(len(source))
        return source
    if not isinstance(source, str | Path):
        return _read_stream(source)
    path = Path(source)
    try:
        if not path.exists():
            raise PhotoError(mark("There is no such file: check its name and folder."))
        if path.is_dir():
            raise PhotoError(mark("This is a folder, not a photo: choose a photo inside it."))
        if not path.is_file():  # reading a device or a pipe might never end
            raise PhotoError(mark("This is not a file that can hold a photo: choose a photo."))
        with path.open("rb") as stream:
            return _read_stream(stream)
    except PermissionError as error:
        raise PhotoError(
            mark("The file may not be opened: ask for permission to read it.")
        ) from error
    except OSError as error:
        raise PhotoError(
            mark("The file could not be read: check the disk and its name.")
        ) from error


def _read_stream(stream: BinaryIO) -> bytes:
    if stream.seekable():
        _check_bytes(stream.seek(0, os.SEEK_END))
        stream.seek(0)
    data = stream.read(MAX_PHOTO_BYTES + 1)
    _check_bytes(len(data))
    return data


def _check_bytes(size: int) -> None:
    if size > MAX_PHOTO_BYTES:
        raise PhotoError(
            Sentence(
                "The file is larger than {limit} MB: save the photo smaller and try again.",
                limit=MAX_PHOTO_BYTES // 2**20,
            )
        )


def _check_pixels(size: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PHOTO_PIXELS:
        raise PhotoError(
            Sentence(
                "The photo is too large, {width} × {height} pixels (the limit is {limit} "
                "megapixels): save it smaller and try again.",
                width=width,
                height=height,
                limit=MAX_PHOTO_PIXELS // 10**6,
            )
        )


def _read_header(data: bytes) -> ImageFile.ImageFile:
    """Recognise the format and read the size, without decoding a pixel.

    `Image.open` would refuse a large picture without naming its size, and below that limit would
    warn; silencing a warning is not safe where several threads read photos. So the readers that
    Pillow registered are asked directly.
    """
    if not HEIF_INSTALLED and _is_heif(data):
        raise PhotoError(
            mark(
                "HEIC photos need the package pillow-heif: install it with "
                "“pip install pillow-heif”, or save the photo as JPEG."
            )
        )
    Image.init()
    for name in FORMATS:
        factory, accepts = Image.OPEN.get(name, (None, None))
        if factory and accepts and accepts(data[:16]) is True:
            try:
                return factory(BytesIO(data), "")
            except Exception as error:  # see open_photo
                raise PhotoError(DAMAGED) from error
    raise PhotoError(
        mark(
            "The file is not a photo that can be read: use JPEG, PNG, WebP, BMP, TIFF, GIF or HEIC."
        )
    )


def _is_heif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:11] in {b"hei", b"hev", b"mif", b"msf"}


def _turn_of(image: ImageFile.ImageFile) -> Image.Transpose | None:
    """Return what turns the pixels as the EXIF orientation requires; None if they are upright.

    `ImageOps.exif_transpose` also rewrites the EXIF data, and fails where another entry of it
    is damaged, although the orientation is known.
    """
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF data leaves the pixels intact
        return None
