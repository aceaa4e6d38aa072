"""Documents and Streamlit's own files, answered from memory."""

import asyncio
import gzip
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest
import streamlit as st
from starlette.types import Message, Receive, Scope, Send

from app_pages.streamlit_fixes.page_scripts import (
    EVERYWHERE,
    FOLDER,
    LARGE,
    OF_PAGES,
    document,
    needed,
)
from app_pages.streamlit_fixes.ready_files import ReadyFiles, get_ready, ready_file
from app_pages.widgets.doors import ENTRIES


class Answer(NamedTuple):
    headers: dict[str, str]
    body: bytes


def ask(
    path: str, method: str = "GET", accepts: str = "gzip, deflate, br", more: str = ""
) -> Answer | None:
    """The answer to a request; None if it is passed on."""
    sent: list[Message] = []

    async def pass_on(scope: Scope, receive: Receive, send: Send) -> None:
        pass

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {}

    headers = [(b"accept-encoding", accepts.encode()), *([(more.encode(), b"1")] if more else [])]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}
    asyncio.run(ReadyFiles(pass_on)(scope, receive, send))
    if not sent:
        return None
    start, end = sent
    assert start["status"] == 200 and int(dict(start["headers"])[b"content-length"]) == len(
        end["body"]
    )
    return Answer({k.decode(): v.decode() for k, v in start["headers"]}, end["body"])


def script_of(kind: str) -> Path:
    (script,) = FOLDER.glob(f"js/{kind}.*")
    return script


def test_scripts_come_compressed_and_are_kept_for_good() -> None:
    script = script_of("PageLink")
    answer = ask(f"/static/js/{script.name}")
    assert answer is not None
    assert gzip.decompress(answer.body) == script.read_bytes()
    assert len(answer.body) < script.stat().st_size
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["cache-control"] == "public, immutable, max-age=31536000"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_fonts_come_as_they_are() -> None:
    (font,) = FOLDER.glob("media/MaterialSymbols-Rounded.*")
    answer = ask(f"/static/media/{font.name}")
    assert answer is not None and answer.body == font.read_bytes()
    assert "content-encoding" not in answer.headers
    assert answer.headers["content-type"] == "font/woff2"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_the_document_of_a_page_names_what_the_page_needs_once(entry: object) -> None:
    address = entry.address  # type: ignore[attr-defined]
    answer = ask(f"/{address}")
    assert answer is not None and answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"
    text = gzip.decompress(answer.body).decode()
    assert text == document(address) and text.count("</head>") == 1
    assert '<div id="root"></div>' in text
    assert all(map(script_of, (*EVERYWHERE, *OF_PAGES[address])))
    assert len(needed(address)) > len(OF_PAGES[address])
    for file in needed(address):
        assert text.count(f"/{file.name}") == (file.stat().st_size < LARGE)
    names = Counter(line.strip() for line in text.splitlines() if "<link" in line)
    assert max(names.values()) == 1


def test_a_script_is_named_with_all_that_it_imports() -> None:
    names = {file.name.partition(".")[0] for file in needed("")}
    assert {"FileUploader", "UploadFileInfo", "Metric", "CustomTheme"} <= names


def test_large_scripts_are_left_for_later() -> None:
    assert script_of("PlotlyChart") in needed("overview")
    assert "PlotlyChart" not in document("overview")
    assert "withFullScreenWrapper" in document("overview")


@pytest.mark.parametrize(
    "request_of",
    [
        {"path": "/elsewhere"},
        {"path": "/static/js/none.js"},
        {"path": "/static/../index.html"},
        {"path": "/_stcore/health"},
        {"path": "", "method": "HEAD"},
        {"path": "/till", "method": "POST"},
        {"path": "/till", "accepts": "br"},
        {"path": "/till", "more": "range"},
    ],
    ids=str,
)
def test_all_else_is_passed_on(request_of: dict[str, str]) -> None:
    assert ask(**request_of) is None


def test_an_app_below_another_address_is_answered_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": "/ages/"}.get)
    assert ask("/ages/till") is not None and ask("/ages/") is not None
    assert ask("/till") is None


def test_what_first_visitors_need_is_compressed_beforehand() -> None:
    get_ready()
    before = ready_file.cache_info().misses
    for entry in ENTRIES:
        for file in needed(entry.address):
            ready_file(file)
    assert ready_file.cache_info().misses == before
