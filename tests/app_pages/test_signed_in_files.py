"""Pictures, downloads and uploads are for who is signed in, and for paired tills."""

import asyncio
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.types import Message, Receive, Scope, Send
from streamlit.web.server.starlette import starlette_websocket

from age_model.access.configuration import SIGNED_IN_FOR, Access, read_access
from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.tills.pairing import list_tills, make_code, pair, revoke
from app_pages.streamlit_fixes import signed_in_files
from app_pages.streamlit_fixes.signed_in_files import SIGN_IN_FIRST, SignedInFiles
from app_pages.widgets import till
from tests.support.forgeries import ADMIN, USER_COOKIE, genuine, signed
from tests.support.roles import write_access
from tests.support.signed_in import COOKIE_SECRET

HERE = "https://ages.example.org"
PICTURE, UPLOAD = "/media/0a1b2c.jpg", "/_stcore/upload_file/session/file"
PROXY_HEADER = "X-Forwarded-Email"


@pytest.fixture
def access(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Access:
    monkeypatch.setattr(starlette_websocket, "get_cookie_secret", lambda: COOKIE_SECRET)
    monkeypatch.setattr(signed_in_files, "get_origin_from_redirect_uri", lambda: HERE)
    monkeypatch.setenv(URL_VARIABLE, f"sqlite:///{tmp_path / 'store.sqlite'}")
    return read_access(write_access(tmp_path / "access.toml"))


@pytest.fixture
def shop(tmp_path: Path) -> Engine:
    return open_record(f"sqlite:///{tmp_path / 'store.sqlite'}")


def answer(access: Access | None, path: str, cookie: str = "", *headers: tuple[str, str]) -> str:
    """What is answered to who asks for a path of the app with a cookie and headers."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "answer", "body": b"the app"})

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    raw += [(b"cookie", cookie.encode())] if cookie else []
    scope: Scope = {"type": "http", "method": "GET", "path": path, "headers": raw}
    asyncio.run(SignedInFiles(app, access)(scope, receive, send))
    return str(sent[-1]["body"].decode())


@pytest.mark.parametrize("base", ["", "/below/this/"])
@pytest.mark.parametrize("path", [PICTURE, UPLOAD, "/_stcore/metrics"])
def test_a_stranger_gets_no_file_and_sends_none(
    access: Access, path: str, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    option = signed_in_files.st.get_option
    monkeypatch.setattr(
        signed_in_files.st,
        "get_option",
        lambda name: base if name == "server.baseUrlPath" else option(name),
    )
    path = base.rstrip("/") + path
    assert answer(access, path) == SIGN_IN_FIRST
    assert answer(access, path, f"{USER_COOKIE}={signed(genuine(HERE))}") == "the app"
    assert answer(None, path) == "the app"  # open mode
    for needed in ("/id_checks", "/static/media/letters.woff2", "/_stcore/health"):
        assert answer(access, needed) == "the app"


def test_a_sign_in_must_be_genuine_current_of_here_and_have_a_role(access: Access) -> None:
    old = int(time.time()) - SIGNED_IN_FOR - 1
    wrong = [
        signed(genuine(HERE), secret="x" * 40),
        signed(genuine("https://evil.example")),
        signed(genuine(HERE) | {"iat": old}),
        signed(genuine(HERE) | {"email": "stranger@example.org"}),
        "nonsense",
    ]
    for cookie in wrong:
        assert answer(access, PICTURE, f"{USER_COOKIE}={cookie}") == SIGN_IN_FIRST


def test_behind_a_proxy_its_header_counts(
    tmp_path: Path, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxied = read_access(write_access(tmp_path / "proxy.toml", "proxy"))
    mapping = {PROXY_HEADER: "email"}
    monkeypatch.setattr(starlette_websocket.config, "get_option", lambda _: mapping)
    assert answer(proxied, PICTURE, "", (PROXY_HEADER, ADMIN)) == "the app"
    for headers in ((), ((PROXY_HEADER, "stranger@example.org"),), (("X-Other", ADMIN),)):
        assert answer(proxied, PICTURE, "", *headers) == SIGN_IN_FIRST
    cookie = f"{USER_COOKIE}={signed(genuine(HERE))}"
    assert answer(proxied, PICTURE, cookie) == SIGN_IN_FIRST


def test_a_paired_till_has_its_pictures_until_it_is_revoked(
    access: Access, shop: Engine, tmp_path: Path
) -> None:
    token = pair(shop, make_code(shop, ANYBODY, "North", "1"))
    other = pair(shop, make_code(shop, ANYBODY, "North", "2"))
    assert answer(access, UPLOAD, f"{till.COOKIE}={token}") == "the app"
    for forged in (token[:-2], "x", "", f"{token}x"):
        assert answer(access, PICTURE, f"{till.COOKIE}={forged}") == SIGN_IN_FIRST
    one = next(one for one in list_tills(shop, EVERYTHING) if one.till == "1")
    revoke(shop, ANYBODY, one)
    assert answer(access, PICTURE, f"{till.COOKIE}={token}") == SIGN_IN_FIRST
    assert answer(access, PICTURE, f"{till.COOKIE}={other}") == "the app"
    shop.dispose()
    for file in tmp_path.glob("store.sqlite*"):
        file.write_bytes(b"not a database" * 100)
    assert answer(access, PICTURE, f"{till.COOKIE}={other}") == "the app"  # it goes on judging
    assert answer(access, PICTURE, f"{till.COOKIE}={token}") == SIGN_IN_FIRST


@pytest.mark.parametrize("token", ["", "x'; alert(1); '", "a b", "é", "x" * 301])
def test_only_what_may_be_a_token_is_kept_in_a_cookie(
    token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(till.st, "query_params", {till.TOKEN: token})
    assert till.cookie_script() == ""
    monkeypatch.setattr(till.st, "query_params", {till.TOKEN: "IjE.aZ_-x.y"})
    assert "'age_till=IjE.aZ_-x.y; path=/; SameSite=Strict'" in till.cookie_script()
