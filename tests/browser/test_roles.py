"""People sign in with a provider of identities, in a browser, and see what their role allows."""

from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from age_model.access.rights import RIGHTS, Role
from age_model.store.record.database import URL_VARIABLE
from app_pages.widgets.doors import ENTRIES
from tests.support.browser import DESKTOP, PAGES, serious_findings, settle
from tests.support.raw_visitor import seen, titles
from tests.support.signed_in import app_with_sign_in

FIRST = {"cashier": "till", "manager": "overview", "analyst": "", "admin": ""}
EVERY_STORE = ("analyst", "admin")  # the others have Demo Central alone
# Of each role at least one page, and one that it has not; test_roles.py of app_pages opens all.
OPENED = ("till", "id_checks", "who_buys_what", "errors")
ADDRESSES = {entry.name: entry.address for entry in ENTRIES}


@pytest.fixture(scope="module")
def guarded(demo_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with app_with_sign_in(tmp_path_factory.mktemp("access"), {URL_VARIABLE: demo_store}) as address:
        yield address


def sign_in(page: Page, address: str, account: str) -> None:
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    page.goto(address)
    settle(page)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Choose an account")).to_be_visible()
    page.get_by_role("link", name=account, exact=True).click()
    # Where a role has another first page, both bars are there for a moment.
    expect(page.get_by_role("button", name="EN", exact=True)).to_have_count(1)
    expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
    settle(page)


def pages_of(role: str) -> set[str]:
    return {
        ADDRESSES[page] for right in RIGHTS.values() for page in right.pages if role in right.roles
    }


def cookies_of(page: Page) -> dict[str, str]:
    """What the browser sends with each request, but what Streamlit checks against forged ones."""
    return {
        str(cookie.get("name")): str(cookie.get("value"))
        for cookie in page.context.cookies()
        if cookie.get("name") != "_streamlit_xsrf"
    }


@pytest.mark.parametrize("role", Role)
def test_each_role_signs_in_and_sees_its_pages(page: Page, guarded: str, role: str) -> None:
    sign_in(page, guarded, role)
    expect(page.get_by_role("heading", level=1)).to_have_text(PAGES[FIRST[role]])
    mine, cookies = pages_of(role), cookies_of(page)
    for address in OPENED:
        title = PAGES[address] if address in mine else "Not for your role"
        assert titles(guarded, address, cookies) == [title]
    _, sent = seen(guarded, "who_buys_what", cookies)
    assert (b"Demo Station" in sent) == (role in EVERY_STORE)
    page.get_by_role("button", name="EN", exact=True).click()
    with page.expect_response("**/auth/logout*"):  # it takes the cookie; the page asks before
        page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    _, sent = seen(guarded, "id_checks", cookies_of(page))
    assert b"Sign in" in sent


@pytest.mark.parametrize("account", ["stranger", "unconfirmed"])
def test_a_stranger_with_an_account_sees_one_sentence(
    page: Page, guarded: str, account: str
) -> None:
    sign_in(page, guarded, account)
    expect(page.get_by_text("has no role here: ask the administrator")).to_be_visible()
    _, sent = seen(guarded, "id_checks", cookies := cookies_of(page))
    assert b"has no role here: ask the administrator" in sent
    assert titles(guarded, "id_checks", cookies) == []


@pytest.mark.parametrize("file", ["media/0a1b2c.jpg", "_stcore/metrics"])
def test_the_server_gives_no_file_to_a_stranger(guarded: str, file: str) -> None:
    with pytest.raises(HTTPError, match="403"):
        urlopen(f"{guarded}/{file}")


def test_the_entrance_can_be_used_with_a_screen_reader(page: Page, guarded: str) -> None:
    page.goto(guarded)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert serious_findings(page) == []
