"""Uploads are taken only where a widget of an open page asked for one, and so many of a visitor.

Streamlit itself takes any file that is sent to the address of an open session, and any number.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import Runtime, exists
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadFileUrlInfo

from age_model.vision.zip_files import MAX_ARCHIVE_BYTES

PATH = "/_stcore/upload_file/"
MOST_OF_ONE = 2 * MAX_ARCHIVE_BYTES  # bytes that a visitor's files may take together
MOST_OF_ALL = 8 * MAX_ARCHIVE_BYTES  # bytes, of all visitors
MOST_ASKED = 20_000  # files that a visitor may be about to send

_asked: defaultdict[str, set[str]] = defaultdict(set)  # session -> the files a widget asked for
_coming: defaultdict[str, int] = defaultdict(int)  # session -> bytes that are on their way


def note_what_widgets_ask_for() -> None:
    """Set this up, for all visitors."""
    manager: Any = MemoryUploadedFileManager
    if not hasattr(manager.get_upload_urls, "__wrapped__"):
        manager.get_upload_urls = _noting(manager.get_upload_urls)
        manager.remove_session_files = _forgetting(manager.remove_session_files)


Urls = Callable[[MemoryUploadedFileManager, str, Sequence[str]], list[UploadFileUrlInfo]]
Remove = Callable[[MemoryUploadedFileManager, str], None]


def _noting(get_urls: Urls) -> Urls:
    @wraps(get_urls)
    def get_and_note(
        manager: MemoryUploadedFileManager, session: str, names: Sequence[str]
    ) -> list[UploadFileUrlInfo]:
        urls = get_urls(manager, session, names[:MOST_ASKED])
        _asked[session] |= {url.file_id for url in urls[: MOST_ASKED - len(_asked[session])]}
        return urls

    return get_and_note


def _forgetting(remove: Remove) -> Remove:
    @wraps(remove)
    def remove_and_forget(manager: MemoryUploadedFileManager, session: str) -> None:
        _asked.pop(session, None)
        remove(manager, session)

    return remove_and_forget


class AskedUploads:
    """Middleware that refuses uploads that nobody asked for, before anything of them is read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["method"] != "PUT" or PATH not in scope["path"]:
            await self._app(scope, receive, send)
            return
        session, _, file = scope["path"].partition(PATH)[2].partition("/")
        size = _size(scope)
        if file not in _asked.get(session, ()):
            await PlainTextResponse("No page asked for this file.", 403)(scope, receive, send)
            return
        stored = _stored()
        here = stored.get(session, 0) + _coming[session] + size
        if here > MOST_OF_ONE or sum(stored.values()) + sum(_coming.values()) + size > MOST_OF_ALL:
            await PlainTextResponse("Too many files: remove some.", 413)(scope, receive, send)
            return
        _asked[session].discard(file)  # it is sent once
        _coming[session] += size
        try:
            await self._app(scope, receive, send)
        finally:
            _coming[session] -= size
            if not _coming[session]:
                del _coming[session]


def _size(scope: Scope) -> int:
    """Return how many bytes a request has, or where it does not tell, as many as it may have."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() else MAX_ARCHIVE_BYTES


def _stored() -> dict[str, int]:
    """Return how many bytes each session's files take."""
    manager = Runtime.instance().uploaded_file_mgr if exists() else None
    if not isinstance(manager, MemoryUploadedFileManager):
        return {}
    return {
        session: sum(len(file.data) for file in list(files.values()))
        for session, files in list(manager.file_storage.items())
    }
