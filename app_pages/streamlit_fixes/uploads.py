"""Keeps uploads in memory, once: not on disk, and not in several copies."""

import copyreg
from io import BytesIO
from typing import Any

from starlette.formparsers import MultiPartParser
from streamlit.typing import UploadedFile

from age_model.vision.zip_files import MAX_ARCHIVE_BYTES


def keep_uploads_in_memory_once() -> None:
    """Set this up, for all visitors.

    Larger uploads than Starlette's 1 MB would pass through a temporary file. Streamlit makes a deep
    copy of each upload for every run of a page (github.com/streamlit/streamlit/issues/9218): of a
    ZIP of 200 MB there would be up to four.
    """
    MultiPartParser.spool_max_size = MAX_ARCHIVE_BYTES
    copyreg.pickle(UploadedFile, _parts)


def _parts(file: UploadedFile) -> tuple[Any, ...]:
    """Return the arguments for `copy.deepcopy`, which does not copy bytes."""
    return _upload, (file.getvalue(), vars(file))


def _upload(content: bytes, attributes: dict[str, Any]) -> UploadedFile:
    file = UploadedFile.__new__(UploadedFile)
    BytesIO.__init__(file, content)  # shares the bytes until somebody writes to them
    vars(file).update(attributes)
    return file
