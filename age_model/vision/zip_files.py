"""Photos in ZIP files, read and written one by one and in memory, never on disk."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain, count
from pathlib import PurePosixPath, PureWindowsPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from age_model.i18n.message import Sentence, mark
from age_model.vision.photos import MAX_PHOTO_BYTES, PHOTO_SUFFIXES, PhotoError

MAX_ARCHIVE_BYTES = 256 * 1024 * 1024
MAX_ENTRIES = 20_000

DAMAGED_ARCHIVE = mark("The ZIP is damaged or not a ZIP: make it again and try again.")
EMPTY_ARCHIVE = mark("There are no photos in the ZIP.")

_ARCHIVE_SUFFIXES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz"})
_ENCRYPTED = 0x1  # bit of an entry's flags
_LIST_MARK = b"PK\x01\x02"  # begins each line of the list of entries at a ZIP's end


@dataclass(frozen=True)
class ArchivedPhoto:
    """One entry of a ZIP that is a photo, or should be one; nothing of it is read yet.

    Attributes:
        name: path inside the ZIP.
    """

    name: str
    _archive: ZipFile = field(repr=False)
    _entry: ZipInfo = field(repr=False)

    def read(self) -> bytes:
        """Return the photo's file.

        Raises:
            PhotoError: it cannot or should not be read.
        """
        _check(self._entry)
        try:
            with self._archive.open(self._entry) as stream:
                # An entry that is larger than declared ends early, and then its checksum is wrong.
                return stream.read(MAX_PHOTO_BYTES + 1)
        except Exception as error:  # on a damaged file zipfile raises nearly anything
            raise PhotoError(
                mark("This file is damaged inside the ZIP: make the ZIP again.")
            ) from error


def list_archive(data: bytes) -> list[ArchivedPhoto]:
    """List the photos in a ZIP file's content, in its order.

    Like `find_photos`, this leaves out hidden files and whatever is not a photo by its suffix; but
    archives inside the ZIP, empty folders and names that lead out of it are listed, and
    refused when read.

    Raises:
        PhotoError: the file is damaged or holds no photos.
    """
    # Before zipfile makes an object of each entry: a small file can list millions.
    if data.count(_LIST_MARK) > MAX_ENTRIES:
        raise PhotoError(
            Sentence("The ZIP holds more than {limit} files: split it in parts.", limit=MAX_ENTRIES)
        )
    try:
        archive = ZipFile(BytesIO(data))
    except Exception as error:  # see ArchivedPhoto.read
        raise PhotoError(DAMAGED_ARCHIVE) from error
    entries = archive.infolist()
    filled = {parent for entry in entries for parent in PureWindowsPath(entry.filename).parents}
    wanted = [entry for entry in entries if _is_wanted(entry, filled)]
    if all(entry.is_dir() for entry in wanted):
        raise PhotoError(EMPTY_ARCHIVE)
    return [ArchivedPhoto(_printable(entry.filename), archive, entry) for entry in wanted]


def write_pictures(pictures: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a ZIP of JPEG files.

    Args:
        pictures: the name of a photo, possibly with folders, and the JPEG made of it. In the ZIP
            it has that name with the suffix .jpg, or a number more where that is taken.
    """
    file = BytesIO()
    taken: set[str] = set()
    with ZipFile(file, "w") as archive:  # stored: a JPEG cannot be packed smaller
        for name, jpeg in pictures:
            archive.writestr(_free_name(_inside(name), taken), jpeg)
    return file.getvalue()


def _inside(name: str) -> str:
    """Return a photo's name without its suffix, as a path that stays inside a ZIP."""
    path = PureWindowsPath(_printable(name))
    parts = [part for part in path.parts if part not in (path.anchor, "..")]
    return PurePosixPath(*parts).with_suffix("").as_posix()


def _free_name(stem: str, taken: set[str]) -> str:
    """Return a file name that no other has, also where capitals do not count, and take it."""
    stems = chain([stem], (f"{stem} ({number})" for number in count(2)))
    name = next(f"{stem}.jpg" for stem in stems if stem.lower() not in taken)
    taken.add(name.removesuffix(".jpg").lower())
    return name


def _is_wanted(entry: ZipInfo, filled: Collection[PureWindowsPath]) -> bool:
    path = PureWindowsPath(entry.filename)
    if _leads_outside(entry.filename):
        return not entry.is_dir()
    if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
        return False
    if entry.is_dir():
        return path not in filled
    return path.suffix.lower() in PHOTO_SUFFIXES | _ARCHIVE_SUFFIXES


def _leads_outside(name: str) -> bool:
    path = PureWindowsPath(name)  # splits at / and at \, and knows C:
    return bool(path.anchor) or ".." in path.parts


def _check(entry: ZipInfo) -> None:
    if entry.is_dir():
        raise PhotoError(mark("This folder is empty: add photos to it, or leave it out."))
    if _leads_outside(entry.filename):
        raise PhotoError(mark("The name of this file leads outside the ZIP: it was not opened."))
    if PureWindowsPath(entry.filename).suffix.lower() in _ARCHIVE_SUFFIXES:
        raise PhotoError(mark("This is an archive inside the ZIP: unpack it and add its photos."))
    if entry.flag_bits & _ENCRYPTED:
        raise PhotoError(mark("This file is locked with a password: make a ZIP without one."))
    if entry.file_size > MAX_PHOTO_BYTES:
        raise PhotoError(
            Sentence(
                "This file would unpack to more than {limit} MB: save the photo smaller and try "
                "again.",
                limit=MAX_PHOTO_BYTES // 2**20,
            )
        )
    # zipfile bounds what it unpacks at once for these two only.
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise PhotoError(mark("This file is packed in an unusual way: make an ordinary ZIP."))


def _printable(name: str) -> str:
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in name)
