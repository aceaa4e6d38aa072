"""Where photos lie: folders, globs, ZIP files, tables of paths, object stores by their address."""

import csv
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from glob import has_magic, iglob
from hashlib import blake2b
from io import TextIOWrapper
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast
from urllib.parse import unquote

import fsspec
import pyarrow as pa
from pyarrow import fs, parquet

from age_model.i18n.message import Sentence, mark
from age_model.vision.photos import MAX_PHOTO_BYTES, PHOTO_SUFFIXES, PhotoError
from age_model.vision.zip_files import ArchivedPhoto, photos_in_archive

TABLE_SUFFIXES = (".csv", ".parquet")
OWN = ("s3", "gs", "gcs", "hdfs", "viewfs")  # the stores that pyarrow knows itself
COLUMN = "path"  # of a table of paths
UNREACHABLE = mark(
    "The photo could not be fetched: check its address, the network and your access to the store."
)
_ADDRESS = re.compile(r"(\w[\w+.-]*)://")


class SourceError(ValueError):
    """A source of photos cannot be listed; the message is one sentence."""


@dataclass(frozen=True)
class Place:
    """Where a photo lies.

    Attributes:
        id: its name in the results, like no other's: the path or address, and in a ZIP the name.
        path: of the file, as its file system has it.
        store: the address that an object store's file system is made from; empty for local files.
        entry: the number of the photo in a ZIP; None outside of one.
    """

    id: str
    path: str
    store: str = ""
    entry: int | None = None


def find_places(sources: Iterable[str]) -> Iterator[Place]:
    """Yield the photos of sources, each once, while the sources are being listed.

    Folders give what `find_photos` finds in them, and their ZIP files as folders. A path that does
    not exist is kept, so that its row says so.

    Args:
        sources: paths of folders, files, ZIP files and tables, globs, and addresses of the same.

    Raises:
        SourceError: a table or a store cannot be read.
    """
    known: set[bytes] = set()
    for source in sources:
        for place in _places(source):
            key = blake2b(place.id.encode(), digest_size=8).digest()
            if key not in known:  # all ids would take ten times the memory
                known.add(key)
                yield place


def read_place(place: Place) -> Path | bytes:
    """Return the content of a photo, or the path that has it.

    Raises:
        PhotoError: it cannot be read.
    """
    if place.entry is not None:
        return _archive(place.store, place.path)[place.entry].read()
    if not place.store:
        return Path(place.path)
    try:
        with _file_system(place.store)[0].open_input_stream(place.path) as stream:
            return bytes(stream.read(MAX_PHOTO_BYTES + 1))
    except (OSError, pa.ArrowException) as error:
        raise PhotoError(UNREACHABLE) from error


def _places(source: str) -> Iterator[Place]:
    if source.startswith("file://"):
        source = unquote(source.removeprefix("file://"))
    if _ADDRESS.match(source):
        yield from _in_store(source)
    elif has_magic(source) and not Path(source).exists():
        for path in iglob(source, recursive=True):  # noqa: PTH207, which takes no whole path
            yield from _below(path) if Path(path).is_dir() else _if_photo(path)
    elif Path(source).is_dir():
        yield from _below(source)
    else:
        yield from _in_file(source)


def _below(folder: str) -> Iterator[Place]:
    """Yield the photos in a folder and those below it, a folder at a time."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield Place(_id(folder), folder)  # its row says that this is no photo
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(entry.path)
        else:
            yield from _if_photo(entry.path)


def _if_photo(path: str, store: str = "") -> Iterator[Place]:
    """Yield a listed file if it is a photo by its suffix, or the photos in it if it is a ZIP."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in PHOTO_SUFFIXES:
        yield Place(_id(path, store), path, store)
    elif suffix == ".zip":
        yield from _in_archive(path, store)


def _in_file(path: str, store: str = "") -> Iterator[Place]:
    """Yield the photos of a file that was named by itself."""
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in TABLE_SUFFIXES:
        yield from _in_table(path, store)
    elif suffix == ".zip":
        yield from _in_archive(path, store)
    else:
        yield Place(_id(path, store), path, store)


def _in_archive(path: str, store: str) -> Iterator[Place]:
    name = _id(path, store)
    try:
        photos = _archive(store, path)
    except PhotoError:
        yield Place(name, path, store, 0)  # reading it says why
        return
    seen: dict[str, int] = {}
    for number, photo in enumerate(photos):
        seen[photo.name] = seen.get(photo.name, 0) + 1
        again = f" ({seen[photo.name]})" if seen[photo.name] > 1 else ""
        yield Place(f"{name}/{photo.name}{again}", path, store, number)


def _in_table(path: str, store: str) -> Iterator[Place]:
    """Yield the photos that a table names; a path that is not absolute starts at the table."""
    folder = PurePosixPath(path).parent
    try:
        with _open(store, path) as file:
            read = _csv_paths if path.lower().endswith(".csv") else _parquet_paths
            for text in read(file, path):
                where = _split(text) if _ADDRESS.match(text) else (store, str(folder / text))
                yield Place(_id(where[1], where[0]), where[1], where[0])
    except (UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise SourceError(
            Sentence("The table {file} is neither CSV in UTF-8 nor Parquet.", file=path)
        ) from error
    except OSError as error:
        reason = error.strerror or error
        raise SourceError(
            Sentence("The table {file} cannot be read: {error}", file=path, error=reason)
        ) from error


def _csv_paths(file: BinaryIO, name: str) -> Iterator[str]:
    rows = csv.reader(TextIOWrapper(file, "utf-8-sig", newline=""))
    number = _column(next(rows, []), name)
    return (row[number] for row in rows if len(row) > number and row[number])


def _parquet_paths(file: BinaryIO, name: str) -> Iterator[str]:
    table = parquet.ParquetFile(file)
    _column(table.schema_arrow.names, name)
    for batch in table.iter_batches(columns=[COLUMN]):
        yield from (str(text) for text in batch.column(0).to_pylist() if text)


def _column(names: list[str], table: str) -> int:
    if COLUMN in names:
        return names.index(COLUMN)
    raise SourceError(
        Sentence(
            "The table {file} has no column “{column}”: name the column of the photos' paths so.",
            file=table,
            column=COLUMN,
        )
    )


def _in_store(address: str) -> Iterator[Place]:
    """Yield the photos at an address of an object store."""
    try:
        store, path = _split(address)
        if has_magic(path):
            pattern = path.split("/")
            fixed = next(number for number, part in enumerate(pattern) if has_magic(part))
            for found in _below_in_store(store, "/".join(pattern[:fixed])):
                if _matches(found.split("/"), pattern):
                    yield from _if_photo(found, store)
        elif _file_system(store)[0].get_file_info(path).type == fs.FileType.Directory:
            for found in _below_in_store(store, path):
                yield from _if_photo(found, store)
        else:
            yield from _in_file(path, store)
    except (OSError, pa.ArrowException) as error:
        raise SourceError(
            Sentence(
                "{address} cannot be listed: {error}", address=without_secrets(address), error=error
            )
        ) from error


def _below_in_store(store: str, folder: str) -> Iterator[str]:
    found = _file_system(store)[0].get_file_info(fs.FileSelector(folder))
    for entry in sorted(found, key=lambda entry: entry.path):
        if entry.base_name.startswith("."):
            continue
        if entry.type == fs.FileType.Directory:
            yield from _below_in_store(store, entry.path)
        else:
            yield entry.path


def _matches(path: list[str], pattern: list[str]) -> bool:
    """Return whether the parts of a path are those of a pattern, in which ** is any number."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(_matches(path[start:], pattern[1:]) for start in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], pattern[0]) and _matches(path[1:], pattern[1:])


def _split(address: str) -> tuple[str, str]:
    """Split an address into that of its store, with its options, and the path in the store."""
    scheme, _, rest = address.partition("://")
    rest, sign, options = rest.partition("?") if "=" in rest else (rest, "", "")
    host, _, inside = rest.partition("/")
    store = f"{scheme}://{host}{sign}{options}"
    return store, f"{_file_system(store)[1]}/{inside}"


def without_secrets(source: str) -> str:
    """Return a source without the keys that an address may hold.

    >>> without_secrets("s3://key:secret@bucket/photos?endpoint_override=localhost:9000")
    's3://bucket/photos'
    """
    scheme, separator, rest = source.partition("://")
    if not separator:
        return source
    rest = rest.partition("?")[0] if "=" in rest else rest
    host, slash, inside = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{inside}"


def _id(path: str, store: str = "") -> str:
    if store:
        inside = path.removeprefix(_file_system(store)[1])
        return without_secrets(store) + inside
    return os.fsencode(path).decode(errors="backslashreplace")  # a name need not be text


@lru_cache(maxsize=16)
def _file_system(store: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a store, pyarrow's own or else fsspec's, and its root in it.

    Raises:
        SourceError: there is none.
    """
    try:
        if store.partition("://")[0] in OWN:
            system, root = fs.FileSystem.from_uri(store)
        else:
            other, root = fsspec.core.url_to_fs(store)
            system = fs.PyFileSystem(fs.FSSpecHandler(other))
    except (ImportError, OSError, ValueError, pa.ArrowException) as error:
        address = without_secrets(store)
        raise SourceError(
            Sentence("{address} cannot be opened: {error}", address=address, error=error)
        ) from error
    return system, root.rstrip("/")


def _open(store: str, path: str) -> BinaryIO:
    if store:
        return cast(BinaryIO, _file_system(store)[0].open_input_file(path))
    return Path(path).open("rb")


@lru_cache(maxsize=4)
def _archive(store: str, path: str) -> list[ArchivedPhoto]:
    """Return the photos of a ZIP file, which stays open.

    Raises:
        PhotoError: it is damaged or holds no photos.
    """
    try:
        return photos_in_archive(_open(store, path))
    except (OSError, pa.ArrowException) as error:
        raise PhotoError(UNREACHABLE) from error
