"""Nobody passes for the administrator by what her browser sends."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from streamlit.web.server.starlette import starlette_websocket

from age_model.access.configuration import Access, read_access
from age_model.access.rights import Role
from age_model.store.record.database import URL_VARIABLE
from tests.hostile.conftest import Campaign
from tests.support.forgeries import (
    ADMIN,
    USER_COOKIE,
    WRONG_EMAILS,
    forged_cookie,
    forged_headers,
    genuine,
    signed,
)
from tests.support.raw_visitor import seen, xsrf_token
from tests.support.roles import write_access
from tests.support.signed_in import COOKIE_SECRET, app_behind_a_proxy, app_with_sign_in

HERE = "https://ages.example.org"
SHOWN = b"My store"  # among the doors of whoever is let in
ASKED = b"Sign in"
PROXY_HEADER = "X-Forwarded-Email"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("guarded")
    record = f"sqlite:///{folder / 'store.sqlite'}"
    with app_with_sign_in(folder, {URL_VARIABLE: record}) as address:
        yield address


@pytest.fixture
def access(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Access:
    monkeypatch.setattr(starlette_websocket, "get_cookie_secret", lambda: COOKIE_SECRET)
    return read_access(write_access(tmp_path / "access.toml"))


def roles(access: Access, cookie: str) -> set[Role]:
    """The roles of who sends a cookie, by Streamlit's own reading of it."""
    read = starlette_websocket._get_signed_cookie_with_chunks({USER_COOKIE: cookie}, USER_COOKIE)
    claims = starlette_websocket._parse_decoded_user_cookie(read, HERE) if read else {}
    return {grant.role for grant in access.visitor(claims, time.time()).grants}


def test_a_forged_cookie_gives_no_role(access: Access, campaign: Campaign) -> None:
    assert roles(access, signed(genuine(HERE))) == {Role.ADMIN}

    def attempt(random: Random) -> None:
        cookie = forged_cookie(random, HERE)
        assert not roles(access, cookie), cookie

    campaign("forged cookies", attempt, few=1000)


def test_the_server_lets_nobody_in_by_what_is_sent(guarded: str, campaign: Campaign) -> None:
    number, drawn = seen(guarded, "alcohol", {USER_COOKIE: signed(genuine(guarded))})
    assert SHOWN in drawn  # the administrator herself

    def attempt(random: Random) -> None:
        kind = random.randrange(4)
        if kind == 0:
            _, sent = seen(guarded, "alcohol", {USER_COOKIE: forged_cookie(random, guarded)})
        elif kind == 1:
            _, sent = seen(guarded, "alcohol", headers=forged_headers(random))
        elif kind == 2:  # a stolen cookie without the token that the page has
            own = {USER_COOKIE: signed(genuine(guarded))}
            _, sent = seen(guarded, "alcohol", own, token=random.choice(["x", "2|x", xsrf_token()]))
        else:  # somebody else's session
            other, sent = seen(guarded, "alcohol", session=number)
            assert other != number
        assert SHOWN not in sent and (not sent or ASKED in sent)

    campaign("forged cookies, headers and sessions sent", attempt, few=48)


@pytest.fixture(scope="module")
def behind_a_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("proxy")
    variables = {URL_VARIABLE: f"sqlite:///{folder / 'store.sqlite'}"}
    with app_behind_a_proxy(folder, variables, json.dumps({PROXY_HEADER: "email"})) as address:
        yield address


def test_only_the_header_of_the_proxy_counts(behind_a_proxy: str, campaign: Campaign) -> None:
    def drawn(*headers: tuple[str, str]) -> bytes:
        return seen(behind_a_proxy, "alcohol", headers=headers)[1]

    assert SHOWN in drawn((PROXY_HEADER, ADMIN))
    assert "did not tell who you are" in drawn().decode(errors="replace")

    def attempt(random: Random) -> None:
        kind = random.randrange(3)
        others = [
            pair for pair in forged_headers(random) if pair[0].lower() != PROXY_HEADER.lower()
        ]
        if kind == 0:  # headers of other proxies
            assert SHOWN not in drawn(*others)
        elif kind == 1:  # sent by a visitor, to which the proxy adds its own
            both = [(PROXY_HEADER, ADMIN), (PROXY_HEADER, "stranger@example.org")]
            assert not drawn(*random.sample(both, 2), *others)
        else:
            texts = [
                email for email in WRONG_EMAILS if isinstance(email, str) and email.isprintable()
            ]
            assert SHOWN not in drawn((PROXY_HEADER, random.choice(texts)), *others)

    campaign("forged headers of a proxy", attempt, few=36)
