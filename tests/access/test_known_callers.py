"""Which requests are answered at all."""

import asyncio
from collections.abc import Iterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from age_model.access import known_callers
from age_model.access.configuration import Access
from age_model.access.known_callers import (
    FORWARDED,
    OUTSIDE,
    PAST_THE_PROXY,
    TWICE,
    KnownCallers,
)
from age_model.access.start import OPEN_VARIABLE

OIDC, PROXY = Access("oidc", {}, {}), Access("proxy", {}, {})
HEADERS = ("X-Forwarded-Email",)


@pytest.fixture(autouse=True)
def watching() -> Iterator[None]:
    yield
    known_callers.running = False


def asked(
    access: Access | None,
    server: tuple[str, int] | None = ("127.0.0.1", 8501),
    headers: tuple[tuple[str, str], ...] = (("host", "localhost:8501"),),
    kind: str = "http",
) -> str:
    """What is answered to a request that arrives at an address of this computer."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "answer", "body": b"the app"})

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope: Scope = {"type": kind, "method": "GET", "path": "/", "server": server, "headers": raw}
    asyncio.run(KnownCallers(app, access, HEADERS)(scope, receive, send))
    if sent[0]["type"] == "http.response.start":
        assert sent[0]["status"] == 403
    if sent[0]["type"] == "websocket.close":
        return str(sent[0]["reason"])
    return str(sent[-1]["body"].decode())


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "localhost"])
def test_open_mode_answers_this_computer(kind: str, host: str) -> None:
    assert asked(None, headers=(("host", host),), kind=kind) == "the app"


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("server", [("10.0.0.7", 8501), ("::ffff:10.0.0.7", 8501), None])
def test_open_mode_does_not_answer_the_network(
    kind: str, server: tuple[str, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked(None, server, kind=kind) == OUTSIDE
    monkeypatch.setenv(OPEN_VARIABLE, "yes")
    assert asked(None, server, kind=kind) == "the app"


@pytest.mark.parametrize("host", ["evil.example", "10.0.0.7:8501", "", "[", "localhost.evil.org"])
def test_open_mode_answers_to_no_other_name(host: str) -> None:
    """A foreign site may let its name point to 127.0.0.1, and read what its visitor's browser is
    answered."""
    assert asked(None, headers=(("host", host),)) == OUTSIDE


@pytest.mark.parametrize("name", FORWARDED)
def test_open_mode_answers_no_proxy(name: str) -> None:
    assert asked(None, headers=(("host", "localhost"), (name, "10.0.0.9"))) == OUTSIDE


def test_with_sign_in_anybody_may_ask() -> None:
    assert asked(OIDC, ("10.0.0.7", 443), (("host", "ages.example.org"),)) == "the app"


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_only_the_proxy_names_visitors(kind: str) -> None:
    mine = ("X-Forwarded-Email", "admin@example.org")
    assert asked(PROXY, headers=(mine,), kind=kind) == "the app"
    assert asked(PROXY, ("10.0.0.7", 8501), (mine,), kind) == PAST_THE_PROXY
    assert asked(PROXY, headers=(mine, ("x-forwarded-email", "b@c.de")), kind=kind) == TWICE


def test_it_is_known_whether_requests_are_looked_at() -> None:
    assert not known_callers.running
    asked(OIDC)
    assert known_callers.running
