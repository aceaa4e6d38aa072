"""What each role sees and may do, from the one table of roles, pages and actions."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from age_model.access.configuration import SIGNED_IN_FOR
from age_model.access.rights import RIGHTS, Action, Right, Role
from age_model.access.start import OPEN_VARIABLE
from age_model.access.visitor import ANYBODY, NOBODY
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.database import URL_VARIABLE, open_record
from app_pages.widgets import visitor
from app_pages.widgets.doors import ENTRIES
from tests.support.app import open_page
from tests.support.browser import PAGES
from tests.support.roles import app_of, write_access

TITLES = {entry.name: PAGES[entry.address] for entry in ENTRIES}
ADDRESSES = {entry.name: entry.address for entry in ENTRIES}
MATRIX = [(action, page) for action, right in RIGHTS.items() for page in right.pages or ("",)]
STRANGER, NOT_SIGNED_IN = "stranger", ""
STORES = ("Demo Central", "South", "East")  # the first is the manager's
VISITORS = (*Role, STRANGER, NOT_SIGNED_IN)
DO = """
import streamlit as st
from age_model.access.rights import Action
from app_pages.widgets.visitor import require
require(Action({action!r}))
st.title("Let in")
"""


@pytest.fixture(scope="module")
def record_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}"
    add_month(open_record(url), demo_month(0, 300)[0])
    return url


@pytest.fixture
def access(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_url: str) -> Path:
    monkeypatch.setenv(URL_VARIABLE, record_url)
    return write_access(tmp_path / "access.toml")


def titles(app: AppTest) -> list[str]:
    assert not app.exception
    return [title.value for title in app.title]


def open_address(app: AppTest, page: str) -> AppTest:
    """Open a page as a browser does that sends its address, whether or not it is in the menu."""
    app._page_hash = calc_hash(ADDRESSES[page])
    return app.run()


def test_the_table_has_every_page() -> None:
    assert sorted(page for _, page in MATRIX if page) == sorted(TITLES)


@pytest.mark.parametrize(("action", "page"), MATRIX)
@pytest.mark.parametrize("who", VISITORS)
def test_role_by_page_by_action(
    who: str,
    page: str,
    action: Action,
    access: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = app_of(who, monkeypatch, access, None if page else DO.format(action=str(action)))
    may = who in RIGHTS[action].roles
    seen = titles(open_address(app, page) if page else app.run())
    links = {link.proto.page for link in app.get("page_link")}
    title = TITLES[page] if page else "Let in"
    assert (seen == [title]) if may else (title not in seen)
    if page and not may and who in tuple(Role):
        # One sentence and nothing of the page; who has no first page is led to one's own.
        assert seen == ["Not for your role"] or not ADDRESSES[page]
        assert page != "alcohol" or not app.get("plotly_chart")
    if page:
        mine = {one for does, one in MATRIX if one and who in RIGHTS[does].roles}
        assert set(app.session_state["open pages"].pages) == mine
        assert links <= {ADDRESSES[one] for one in mine}


@pytest.mark.parametrize(
    ("who", "title"),
    [
        ("cashier", "At the till"),
        ("manager", "Overview"),
        ("analyst", "Ages from faces"),
    ],
)
def test_the_address_without_a_page_leads_to_ones_first(
    who: str, title: str, access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert titles(app_of(who, monkeypatch, access).run()) == [title]


def test_a_stranger_sees_one_sentence(access: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(STRANGER, monkeypatch, access).run()
    (said,) = app.error
    assert "has no role here: ask the administrator for one." in said.value
    assert not app.title and [button.label for button in app.button] == ["Sign out"]


def test_who_has_not_signed_in_is_asked_to(access: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(NOT_SIGNED_IN, monkeypatch, access).run()
    assert [button.label for button in app.button] == ["Sign in"]
    caption = app.caption[-1].value.replace("\\", "")
    assert "/till?pairing" in caption  # for a device that lost its address


def test_an_old_sign_in_counts_no_more(access: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of("admin", monkeypatch, access)
    app.user = {**app.user, "iat": 1_000_000}
    assert titles(app.run()) == ["Sign in"]


class PageAnew(Exception):
    """The page is drawn anew, with who is there."""


def draw_the_page_anew() -> None:
    raise PageAnew


def test_a_fragment_ends_with_the_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is drawn without the page, and anew by whoever sends its number."""
    drawn: list[str] = []
    monkeypatch.setattr(visitor.st, "fragment", lambda show, run_every: show)
    show = visitor.fragment(drawn.append)
    monkeypatch.setattr(visitor, "current_visitor", lambda: ANYBODY)
    show("mine")
    monkeypatch.setattr(visitor, "current_visitor", lambda: NOBODY)
    monkeypatch.setattr(visitor.st, "rerun", draw_the_page_anew)
    with pytest.raises(PageAnew):
        show("nobody's")
    assert drawn == ["mine"]


def test_an_open_page_asks_anew_when_the_sign_in_has_ended(
    access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every: list[float] = []
    fragment = visitor.st.fragment

    def note(show: Callable[[], None], *, run_every: float | None = None) -> Callable[[], None]:
        if run_every is not None:
            every.append(run_every)
        return fragment(show)

    monkeypatch.setattr(visitor.st, "fragment", note)
    app = app_of("manager", monkeypatch, access)
    app.user = {**app.user, "iat": time.time() - SIGNED_IN_FOR + 100}
    app.run()
    assert every and all(0 < one <= 101 for one in every)


def test_a_manager_sees_no_other_stores_and_an_analyst_no_cashier(
    access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_address(app_of("manager", monkeypatch, access), "purchases")
    assert app.multiselect(key="store_names").options == ["Demo Central"]
    app = open_address(app_of("analyst", monkeypatch, access), "purchases")
    assert len(app.multiselect(key="store_names").options) == 3


def test_what_was_read_for_one_is_not_shown_to_another(
    access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables that are kept for some minutes are kept for each scope."""
    for who, stores in (("admin", 3), ("manager", 1), ("admin", 3)):
        app = open_address(app_of(who, monkeypatch, access), "alcohol")
        assert len(app.multiselect(key="store_names").options) == stores


def test_tables_are_downloaded_by_who_may_export(
    access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_address(app_of("manager", monkeypatch, access), "purchases")
    assert app.get("download_button")
    monkeypatch.setitem(RIGHTS, Action.EXPORT, Right(frozenset()))
    assert not app.run().get("download_button")


def test_a_widened_address_shows_nothing_more(
    access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of("manager", monkeypatch, access)
    app.query_params.update(
        {"store": "Demo Station", "store_names": "Demo Station", "page": "errors"}
    )
    app.session_state["store_names"] = ["Demo Station", "Demo Central"]
    open_address(app, "purchases")
    assert app.multiselect(key="store_names").options == ["Demo Central"]


def test_rows_of_other_stores_come_back_and_ones_own_are_added(
    access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_address(app_of("manager", monkeypatch, access), "import_data")
    rows = [f"2026-06-01 12:0{i},{store},1,{i},Milk,90" for i, store in enumerate(STORES)]
    text = "\n".join(["time,store,till,receipt,product,amount", *rows])
    app.file_uploader[0].upload("receipts.csv", text.encode()).run()
    assert "2 of 3 rows cannot be added" in app.warning[0].value
    assert app.dataframe[1].value[["row", "reason"]].to_numpy().tolist() == [
        [3, "you have no rights in the store South"],
        [4, "you have no rights in the store East"],
    ]
    next(button for button in app.button if button.label == "Add 1 row").click().run()
    assert app.success[0].value.startswith("Added: 1. Already there: 0.")


def test_a_damaged_access_file_lets_nobody_in(
    access: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    damaged = tmp_path / "damaged.toml"
    damaged.write_text("[[people")
    app = app_of("admin", monkeypatch, damaged).run()
    assert "is not valid TOML" in app.error[0].value.replace("\\", "") and not app.title


def test_roles_need_the_server_that_looks_at_requests(
    access: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of("admin", monkeypatch, access)
    monkeypatch.setattr("age_model.access.known_callers.running", False)
    assert "streamlit run serve.py" in app.run().error[0].value and not app.title


def test_a_banner_tells_that_everybody_on_the_network_may_enter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "open to the network" not in "".join(box.value for box in open_page("about").warning)
    monkeypatch.setenv(OPEN_VARIABLE, "yes")
    assert "open to the network" in open_page("about").warning[0].value
