"""Photos in ZIP files, read and written one by one and in memory, never on disk."""

import re
import struct
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import chain, count
from pathlib import PurePosixPath, PureWindowsPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from age_model.i18n.message import Sentence, mark
from age_model.vision.photos import (
    MAX_PHOTO_BYTES,
    PHOTO_SUFFIXES,
    TOO_LITTLE_MEMORY,
    PhotoError,
    printable,
)

MAX_ARCHIVE_BYTES = 256 * 1024 * 1024
MAX_ENTRIES = 20_000
MAX_NAMES_BYTES = 16 * 1024 * 1024  # 800 a name, where there are so many

DAMAGED_ARCHIVE = mark("The ZIP is damaged or not a ZIP: make it again and try again.")
EMPTY_ARCHIVE = mark("There are no photos in the ZIP.")
NAMES_TOO_LONG = mark("The ZIP's names are too long: shorten those of its folders, or split it.")

_ARCHIVE_SUFFIXES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz"})
_ENCRYPTED = 0x1  # bit of an entry's flags
_LIST_MARK = b"PK\x01\x02"  # begins each line of the list of entries at a ZIP's end
_LENGTHS = struct.Struct("<28x3H")  # of such a line's name and of what follows it, bytes
_LONGEST_NAME = 200  # letters of a written picture's folders, and of its own name


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
        except MemoryError as error:
            raise PhotoError(TOO_LITTLE_MEMORY) from error
        except Exception as error:  # on a damaged file zipfile raises nearly anything
            raise PhotoError(
                mark("This file is damaged inside the ZIP: make the ZIP again.")
            ) from error


def list_archive(data: bytes) -> list[ArchivedPhoto]:
    """List the photos in the content of a ZIP file that a stranger may have made, in its order.

    Like `find_photos`, this leaves out hidden files and whatever is not a photo by its suffix; but
    archives inside the ZIP, empty folders and names that lead out of it are listed, and
    refused when read.

    Raises:
        PhotoError: the file is damaged or holds no photos.
    """
    _check_list(data)
    return photos_in_archive(BytesIO(data))


def photos_in_archive(file: BinaryIO) -> list[ArchivedPhoto]:
    """List the photos in a ZIP file of any size, as `list_archive` does; it stays open.

    Args:
        file: that can be rewound.

    Raises:
        PhotoError: the file is damaged or holds no photos.
    """
    try:
        archive = ZipFile(file)
    except Exception as error:  # see ArchivedPhoto.read
        raise PhotoError(DAMAGED_ARCHIVE) from error
    entries = archive.infolist()
    paths = sorted(_comparable(entry) for entry in entries)
    wanted = [entry for entry in entries if _is_wanted(entry, paths)]
    if all(_is_folder(entry) for entry in wanted):
        raise PhotoError(EMPTY_ARCHIVE)
    return [ArchivedPhoto(printable(entry.filename), archive, entry) for entry in wanted]


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
    path = PureWindowsPath(printable(name))
    parts = [part for part in path.parts if part not in (path.anchor, "..")]
    *folders, stem = parts or ["photo"]
    folder = PurePosixPath(*folders).as_posix()[:_LONGEST_NAME]
    return (PurePosixPath(folder) / PurePosixPath(stem).stem[:_LONGEST_NAME]).as_posix()


def _free_name(stem: str, taken: set[str]) -> str:
    """Return a file name that no other has, also where capitals do not count, and take it."""
    stems = chain([stem], (f"{stem} ({number})" for number in count(2)))
    name = next(f"{stem}.jpg" for stem in stems if stem.lower() not in taken)
    taken.add(name.removesuffix(".jpg").lower())
    return name


def _check_list(data: bytes) -> None:
    """Look at the list of entries before zipfile makes objects of them: a small file can list much.

    Raises:
        PhotoError: it lists more than there is room for.
    """
    if data.count(_LIST_MARK) > MAX_ENTRIES:
        raise PhotoError(
            Sentence("The ZIP holds more than {limit} files: split it in parts.", limit=MAX_ENTRIES)
        )
    starts = (found.start() for found in re.finditer(re.escape(_LIST_MARK), data))
    lines = (start for start in starts if start + _LENGTHS.size <= len(data))
    if sum(sum(_LENGTHS.unpack_from(data, line)) for line in lines) > MAX_NAMES_BYTES:
        raise PhotoError(NAMES_TOO_LONG)


def _comparable(entry: ZipInfo) -> str:
    """Return an entry's path so that those that lie in a folder begin with the folder's."""
    return PureWindowsPath(entry.filename).as_posix().lower() + "/"


def _is_wanted(entry: ZipInfo, paths: Sequence[str]) -> bool:
    """Return whether an entry is a photo, or is refused rather than left out.

    Args:
        entry: of the ZIP.
        paths: `_comparable` ones of all entries, sorted.
    """
    path = PureWindowsPath(entry.filename)
    if not entry.filename:
        return True
    if _leads_outside(entry.filename):
        return not _is_folder(entry)
    if any(part.startswith(".") or part == "__MACOSX" for part in path.parts):
        return False
    if _is_folder(entry):
        return not _is_filled(_comparable(entry), paths)
    return path.suffix.lower() in PHOTO_SUFFIXES | _ARCHIVE_SUFFIXES


def _is_filled(folder: str, paths: Sequence[str]) -> bool:
    # What lies in a folder comes right behind it. Its list of parents would be shorter to write,
    # but grows with the square of the depth: one name of 64 kB took gigabytes.
    behind = bisect_right(paths, folder)
    return behind < len(paths) and paths[behind].startswith(folder)


def _is_folder(entry: ZipInfo) -> bool:
    return bool(entry.filename) and entry.is_dir()  # which fails where there is no name


def _leads_outside(name: str) -> bool:
    path = PureWindowsPath(name)  # splits at / and at \, and knows C:
    return bool(path.anchor) or ".." in path.parts


def _check(entry: ZipInfo) -> None:
    if not entry.filename:
        raise PhotoError(mark("This file has no name inside the ZIP: make the ZIP again."))
    if _is_folder(entry):
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
