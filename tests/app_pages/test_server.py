"""How the app is served."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from app_pages.streamlit_fixes.headers import SafeHeaders
from server import app
from tests.support.app import ROOT


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    headers = [(b"content-type", b"text/html"), (b"x-frame-options", b"ALLOWALL")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"page"})


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_no_other_site_may_show_the_app_inside_its_own(kind: str) -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {}

    asyncio.run(SafeHeaders(answer)({"type": kind}, receive, send))
    headers = dict(sent[0]["headers"])
    assert headers[b"content-type"] == b"text/html" and sent[1]["body"] == b"page"
    expected = b"SAMEORIGIN" if kind == "http" else b"ALLOWALL"
    assert headers[b"x-frame-options"] == expected
    assert (headers.get(b"content-security-policy") == b"frame-ancestors 'self'") == (
        kind == "http"
    )


def test_the_server_shows_the_app_behind_the_headers() -> None:
    assert (ROOT / app.script_path).name == "streamlit_app.py"
    assert [middleware.cls for middleware in app._user_middleware] == [SafeHeaders]
