"""The pages' documents and Streamlit's own files: answered from memory, and compressed.

Streamlit reads each file from the disk anew for each visitor, in pieces, in threads, behind all
other middleware, and sends it as it is. A page needs some 100 of them.
"""

import gzip
import mimetypes
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import (
    STATIC_ASSET_CACHE_MAX_AGE_SECONDS,
)

from app_pages.streamlit_fixes.page_scripts import FOLDER, document, needed
from app_pages.widgets.doors import ENTRIES

COMPRESSED = {  # other files are so already; a system's own names of kinds may be wrong
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
LEVEL = 6  # of gzip


class ReadyFiles:
    """Middleware that answers requests for documents, and for files that a browser keeps for good.

    The names of these change with their content.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        base = st.get_option("server.baseUrlPath").strip("/")
        self._base = f"/{base}/" if base else "/"
        paths = (path for path in FOLDER.rglob("*") if path.is_file())
        self._files = {path.relative_to(FOLDER.parent).as_posix(): path for path in paths}
        self._addresses = {entry.address for entry in ENTRIES}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on."""
        path = scope["path"].removeprefix(self._base) if _can_be_ready(scope) else None
        if path in self._addresses:
            await ready_document(path)(scope, receive, send)
        elif path in self._files:
            await ready_file(self._files[path])(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _can_be_ready(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    return "range" not in headers and "gzip" in headers.get("accept-encoding", "")


def get_ready() -> None:
    """Prepare what the first visitors will ask for."""
    for entry in ENTRIES:
        ready_document(entry.address)
        for file in needed(entry.address):
            ready_file(file)


@cache
def ready_document(address: str) -> Response:
    """Return the answer to whoever opens the page at an address."""
    return _compressed(document(address).encode(), "text/html", "no-cache")


@cache
def ready_file(file: Path) -> Response:
    """Return the answer to whoever asks for one of Streamlit's files."""
    kept = f"public, immutable, max-age={STATIC_ASSET_CACHE_MAX_AGE_SECONDS}"
    if file.suffix in COMPRESSED:
        return _compressed(file.read_bytes(), COMPRESSED[file.suffix], kept)
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Response(file.read_bytes(), media_type=kind, headers={"Cache-Control": kept})


def _compressed(content: bytes, kind: str, kept: str) -> Response:
    headers = {"Cache-Control": kept, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(gzip.compress(content, LEVEL, mtime=0), media_type=kind, headers=headers)
