"""The sources of a page's photos: files, the photos in a ZIP, examples, the camera."""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

import streamlit as st

from age_model.vision.photos import PhotoError
from age_model.vision.zip_files import ArchivedPhoto, list_archive

_ARCHIVES = "archives"  # in the session state: upload's id -> its sources, of the open page only


class Source(NamedTuple):
    """A photo to examine; `key` distinguishes photos of the same name.

    The content may also be the reason why there is no photo.
    """

    key: str
    name: str
    content: Path | bytes | BinaryIO | ArchivedPhoto | PhotoError

    def read(self) -> Path | BinaryIO | bytes:
        """Return the input of `open_photo`.

        Raises:
            PhotoError: there is nothing to read.
        """
        if isinstance(self.content, PhotoError):
            raise self.content
        return self.content.read() if isinstance(self.content, ArchivedPhoto) else self.content


class Upload(Protocol):
    """What `st.file_uploader` returns."""

    name: str
    file_id: str

    def getvalue(self) -> bytes:
        """Return the file's content."""


def upload_sources(uploads: Iterable[Upload]) -> list[Source]:
    """Return the uploaded photos, including those in ZIP files."""
    listed: dict[str, list[Source]] = st.session_state.get(_ARCHIVES, {})
    kept: dict[str, list[Source]] = {}
    sources: list[Source] = []
    for upload in uploads:
        if not upload.name.lower().endswith(".zip"):
            sources.append(Source(upload.file_id, upload.name, upload.getvalue()))
            continue
        kept[upload.file_id] = listed.get(upload.file_id) or _archive_sources(upload)
        sources += kept[upload.file_id]
    st.session_state[_ARCHIVES] = kept
    return sources


def _archive_sources(upload: Upload) -> list[Source]:
    try:
        photos = list_archive(upload.getvalue())
    except PhotoError as error:
        return [Source(upload.file_id, upload.name, error)]
    return [
        Source(f"{upload.file_id} {number}", f"{upload.name}/{photo.name}", photo)
        for number, photo in enumerate(photos)
    ]
