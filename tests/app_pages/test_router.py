import asyncio
import tomllib

import pytest
from starlette.types import Message, Scope
from streamlit.testing.v1 import AppTest

from age_model.vision.zip_files import MAX_ARCHIVE_BYTES
from app_pages.streamlit_fixes.old_addresses import OldAddresses
from app_pages.widgets.doors import ENTRIES, Entry
from benchmarks.page_time import CONTENT
from tests.support.app import ROOT, run_at
from tests.support.browser import PAGES


def open_address(address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
    return run_at(app, address)


def links(app: AppTest) -> list[tuple[str, str]]:
    """Label and address of the links in the bar and in the menu."""
    return [(link.proto.label, link.proto.page) for link in app.get("page_link")]


def test_browser_tests_pictures_and_measured_times_know_every_page() -> None:
    addresses = [entry.address for entry in ENTRIES]
    assert sorted(addresses) == sorted(PAGES) == sorted(CONTENT)
    assert not list((ROOT / "app_pages").rglob("test_*.py"))  # pytest would take it for tests


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_page_has_one_name_in_menu_title_and_address(entry: Entry) -> None:
    assert PAGES[entry.address] == entry.title
    if entry.address and entry.name != "checkout":
        assert entry.address == entry.title.lower().replace(" ", "_")


def test_the_open_door_is_marked_on_the_pages_below_it() -> None:
    assert links(open_address("id_checks")) == [
        ("Ages from faces", ""),
        ("At the till", "till"),
        ("**My store**", "overview"),
        ("The model", "how_good"),
        ("Overview", "overview"),
        ("Who buys what", "who_buys_what"),
        ("ID checks", "id_checks"),
        ("Add data", "add_data"),
        ("Settings", "settings"),
        ("Audit log", "audit_log"),
    ]


def test_the_till_has_the_screen_for_itself_and_the_way_out_below() -> None:
    app = open_address("till")
    assert [label for label, _ in links(app)][:3] == [
        "Practice",  # beside the fields for store and till
        "Ages from faces",
        "**At the till**",
    ]
    kinds = [node.type for node in app.main]
    assert kinds.index("title") < kinds.index("page_link")
    assert "camera_input" in kinds[: kinds.index("page_link", kinds.index("page_link") + 1)]


def lead_on(path: str, query: bytes = b"", method: str = "GET") -> str | None:
    """Where a request is led; None if it is passed on."""
    led: list[str] = []

    async def app(*_: object) -> None:
        pass

    async def send(message: Message) -> None:
        led.extend(
            value.decode() for name, value in message.get("headers", []) if name == b"location"
        )

    async def receive() -> Message:
        return {"type": "http.request"}

    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query,
        "headers": [],
    }
    asyncio.run(OldAddresses(app)(scope, receive, send))
    return led[0] if led else None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/purchases", "who_buys_what"),
        ("/alcohol", "id_checks"),
        ("/test_errors", "errors"),
        ("/data_set", "data"),
        ("/about", "how_good"),
        ("/checkout", "till"),
        ("/import_data", "add_data"),
        ("/webcam", "practice"),
        ("/tills", "settings?tab=tills"),
        ("/data_kept", "settings?tab=data_kept"),
        ("/behind/a/path/purchases", "who_buys_what"),
    ],
)
def test_old_addresses_lead_to_the_new_ones_with_all_they_say(old: str, new: str) -> None:
    assert lead_on(old) == new
    query = "store=%D0%A1%D0%B5%D0%B2%D0%B5%D1%80&ages=0%E2%80%9312&ages=65%2B"
    assert lead_on(old, query.encode()) == f"{new}{'&' if '?' in new else '?'}{query}"


def test_only_pages_are_led_on() -> None:
    assert lead_on("/purchases", method="PUT") is None
    assert lead_on("/who_buys_what") is None
    assert lead_on("/purchases/_stcore/health") is None


def test_settings_fit_the_code() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["maxUploadSize"] * 1024 * 1024 == MAX_ARCHIVE_BYTES
    assert config["browser"]["gatherUsageStats"] is False
    assert "headless" not in config["server"]
    for theme in ("light", "dark"):
        for palette in ("chartCategoricalColors", "chartSequentialColors"):
            assert len(config["theme"][theme][palette]) == 10  # fewer are silently ignored
