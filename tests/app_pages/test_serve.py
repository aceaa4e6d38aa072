"""How the app is served."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Lock
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from age_model.access.configuration import FILE_VARIABLE
from age_model.access.known_callers import KnownCallers
from app_pages.streamlit_fixes import asked_uploads, left_visitors
from app_pages.streamlit_fixes.asked_uploads import AskedUploads
from app_pages.streamlit_fixes.headers import SafeHeaders
from app_pages.streamlit_fixes.old_addresses import OldAddresses
from app_pages.streamlit_fixes.ready_files import ReadyFiles
from app_pages.streamlit_fixes.signed_in_files import SignedInFiles
from app_pages.widgets.model import PRIVACY
from serve import app
from tests.app_pages.test_configuration import SAFE
from tests.support.app import ROOT

PARTS = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "app_pages").glob("*/[!_]*.py")
    if path.name != "page.py"
]
LOADED = """
import sys
import serve
import streamlit as st
assert isinstance(serve.app, st.App)
assert str(serve.app.script_path).endswith("streamlit_app.py")
wanted = {"pandas", "plotly.graph_objects", "streamlit.emojis", *sys.argv[1:]}
assert not wanted - sys.modules.keys(), wanted - sys.modules.keys()
pages = [name for name in sys.modules if name.startswith("app_pages.") and name.endswith(".page")]
assert not pages and "torch" not in sys.modules
"""


def test_all_parts_of_pages_are_loaded_and_neither_a_page_nor_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *PARTS],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_the_app_is_served_as_the_documentation_has_it() -> None:
    for page in ("Makefile", "docs/store.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert "streamlit run serve.py" in text and "streamlit run streamlit_app.py" not in text


# ---- Other sites


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
    lifespan: Any = app._user_lifespan
    assert lifespan.__name__ == "as_long_as_it_runs"
    used = lifespan.__wrapped__.__code__.co_names
    assert {"forgetting_left_visitors", "removing_old_data"} <= set(used)
    outermost_first = [middleware.cls for middleware in app._user_middleware]
    assert outermost_first == [
        SafeHeaders,
        KnownCallers,
        ReadyFiles,
        SignedInFiles,
        OldAddresses,
        AskedUploads,
    ]


# ---- Visitors who have left


def test_what_left_visitors_showed_is_deleted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    cache: TTLCache[str, Any] = TTLCache(maxsize=10, ttl=30, timer=lambda: now)
    ended: list[str] = []
    calls: list[None] = []
    runtime = SimpleNamespace(
        _session_mgr=SimpleNamespace(
            _storage_lock=Lock(), _session_storage=SimpleNamespace(_cache=cache)
        ),
        media_file_mgr=SimpleNamespace(remove_orphaned_files=lambda: calls.append(None)),
    )
    for name in ("first", "second"):
        session = SimpleNamespace(shutdown=partial(ended.append, name))
        cache[name] = SimpleNamespace(session=session)
        now += 20
    left_visitors.forget_left_visitors(runtime)
    assert ended == ["first"] and len(calls) == 2
    left_visitors.forget_left_visitors(runtime)
    assert len(calls) == 2  # nobody else has left


def test_it_is_looked_after_while_the_server_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(left_visitors, "EVERY", 0.001)
    monkeypatch.setattr(left_visitors, "exists", lambda: True)
    monkeypatch.setattr(left_visitors.Runtime, "instance", lambda: "runtime")
    monkeypatch.setattr(left_visitors, "forget_left_visitors", seen.append)

    async def run() -> None:
        async with left_visitors.forgetting_left_visitors(app):
            while len(seen) < 3:
                await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(run(), 300))
    assert set(seen) == {"runtime"}


def test_pictures_are_deleted_within_the_minute_that_is_promised() -> None:
    assert "within a minute" in PRIVACY
    assert SAFE["server.disconnectedSessionTTL"] + 2 * left_visitors.EVERY < 60


# ---- Uploads


class Refused(Exception):
    """An answer other than the app's."""


def put(session: str, file: str, size: int, during: Callable[[], None] = lambda: None) -> None:
    """Send a file of so many bytes to the app behind the middleware."""
    status: list[int] = []

    async def take(scope: Scope, receive: Receive, send: Send) -> None:
        during()
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def send(message: Message) -> None:
        status.append(message.get("status", 0))

    async def receive() -> Message:
        return {}

    headers = [(b"content-length", str(size).encode())]
    path = f"/_stcore/upload_file/{session}/{file}"
    scope = {"type": "http", "method": "PUT", "path": path, "headers": headers}
    asyncio.run(AskedUploads(take)(scope, receive, send))
    if status[0] != 204:
        raise Refused(status[0])


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> MemoryUploadedFileManager:
    """The files of visitors, as the middleware sees them."""
    manager = MemoryUploadedFileManager("/upload")
    monkeypatch.setattr(asked_uploads, "exists", lambda: True)
    runtime = SimpleNamespace(uploaded_file_mgr=manager)
    monkeypatch.setattr(asked_uploads.Runtime, "instance", lambda: runtime)
    return manager


def test_a_file_that_no_widget_asked_for_is_refused(manager: MemoryUploadedFileManager) -> None:
    with pytest.raises(Refused, match="403"):
        put("visitor", "made-up", 10)
    (url,) = manager.get_upload_urls("visitor", ["a.jpg"])
    with pytest.raises(Refused, match="403"):
        put("another", url.file_id, 10)
    put("visitor", url.file_id, 10)
    with pytest.raises(Refused, match="403"):
        put("visitor", url.file_id, 10)
    (url,) = manager.get_upload_urls("visitor", ["a.jpg"])
    manager.remove_session_files("visitor")
    with pytest.raises(Refused, match="403"):
        put("visitor", url.file_id, 10)


def test_a_visitors_files_are_bounded_together(
    manager: MemoryUploadedFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked_uploads, "MOST_OF_ONE", 100)
    monkeypatch.setattr(asked_uploads, "MOST_OF_ALL", 150)
    manager.add_file("visitor", UploadedFileRec("1", "a.jpg", "image/jpeg", bytes(60)))
    first, second, third = manager.get_upload_urls("visitor", ["a", "b", "c"])
    with pytest.raises(Refused, match="413"):
        put("visitor", first.file_id, 50)

    def meanwhile() -> None:
        with pytest.raises(Refused, match="413"), ThreadPoolExecutor() as pool:
            pool.submit(put, "visitor", second.file_id, 20).result()

    put("visitor", first.file_id, 30, meanwhile)
    put("visitor", second.file_id, 20)
    (other,) = manager.get_upload_urls("another", ["a"])
    with pytest.raises(Refused, match="413"):
        put("another", other.file_id, 95)
    assert third.file_id != other.file_id


# ---- The start


def start(variables: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({FILE_VARIABLE: "no-such-file.toml"}, "no-such-file.toml cannot be read: "),
        ({"STREAMLIT_SERVER_ADDRESS": "0.0.0.0"}, "Without access.toml the app answers this"),
    ],
)
def test_the_server_does_not_start_where_the_wrong_people_could_enter(
    variables: dict[str, str], said: str
) -> None:
    options = ("--server.headless=true", "--server.port=0")
    done = start(variables, "-m", "streamlit", "run", "serve.py", *options)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert any(line.startswith(said) for line in done.stderr.splitlines())


def test_the_server_tells_at_its_start_who_is_let_in() -> None:
    assert "Open mode: there is no access.toml" in start({}, "-c", "import serve").stdout
