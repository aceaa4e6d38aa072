"""What the app refuses to start with."""

from dataclasses import replace
from typing import Any

import pytest

from age_model.access.configuration import Access
from age_model.access.start import (
    OPEN_VARIABLE,
    Settings,
    StartError,
    check_start,
    is_loopback,
    open_to_network,
)

OIDC, PROXY = Access("oidc", {}, {}), Access("proxy", {}, {})
AUTH = {
    "redirect_uri": "https://ages.example.org/oauth2callback",
    "cookie_secret": "7d1c5a0e93b2f4688e1f3c7a90d5b2e4",
    "client_id": "ages",
    "client_secret": "secret",
    "server_metadata_url": "https://login.microsoftonline.com/0f1e/v2.0/.well-known/openid-configuration",
}
HERE = Settings("127.0.0.1", {}, {})
SIGNED_IN = Settings("0.0.0.0", {}, AUTH)
BEHIND = Settings("127.0.0.1", {"X-Forwarded-Email": "email"}, {})


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_open_mode_listens_on_this_computer_and_says_so(address: str) -> None:
    note = check_start(None, replace(HERE, address=address))
    assert "whoever opens the app may do everything" in note and f"on {address}" in note


@pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "10.0.0.7", "tills.example.org"])
def test_open_mode_listens_elsewhere_only_by_a_flag(
    address: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(HERE, address=address)
    for value in ("", "0", "no"):
        monkeypatch.setenv(OPEN_VARIABLE, value)
        with pytest.raises(StartError, match="answers this computer only"):
            check_start(None, settings)
    monkeypatch.setenv(OPEN_VARIABLE, "yes")
    assert open_to_network()
    assert check_start(None, settings).startswith("Open to the network: ")


def test_with_roles_the_app_listens_anywhere() -> None:
    note = check_start(OIDC, SIGNED_IN)
    assert note == "login.microsoftonline.com signs people in; access.toml gives them roles."
    assert check_start(PROXY, BEHIND).startswith("A proxy signs people in")


MISTAKES: dict[str, tuple[Access, Settings]] = {
    "anybody could send these": (OIDC, replace(SIGNED_IN, headers={"X-User": "email"})),
    "needs redirect_uri, cookie_secret, client_id": (OIDC, replace(SIGNED_IN, auth={})),
    "must listen on 127.0.0.1": (PROXY, replace(BEHIND, address="0.0.0.0")),
    "needs server.trustedUserHeaders": (PROXY, replace(BEHIND, headers={"X-User": "name"})),
    "remove \\[auth\\]": (PROXY, replace(BEHIND, auth=AUTH)),
}


@pytest.mark.parametrize("said", MISTAKES)
def test_what_would_let_the_wrong_people_in_is_refused(said: str) -> None:
    with pytest.raises(StartError, match=said):
        check_start(*MISTAKES[said])


SECRETS: list[tuple[dict[str, Any], str]] = [
    ({"cookie_secret": "xxx"}, "cookie_secret .* can be guessed"),
    ({"cookie_secret": "x" * 40}, "cookie_secret .* can be guessed"),
    ({"cookie_secret": "0123456789abcdef"}, "cookie_secret .* can be guessed"),
    ({"cookie_secret": 7}, "needs cookie_secret"),
    (
        {"redirect_uri": "http://ages.example.org/oauth2callback"},
        "redirect_uri .* begin with https",
    ),
    ({"redirect_uri": "https://ages.example.org/"}, "must end with /oauth2callback"),
    (
        {"server_metadata_url": "http://login.example.org/x"},
        "server_metadata_url .* begin with http",
    ),
    (
        {"server_metadata_url": "https://login.microsoftonline.com/common/v2.0/x"},
        "has common, which lets in",
    ),
]


@pytest.mark.parametrize(("wrong", "said"), SECRETS)
def test_weak_settings_of_the_provider_are_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(StartError, match=said):
        check_start(OIDC, replace(SIGNED_IN, auth=AUTH | wrong))


def test_a_provider_on_this_computer_needs_no_certificate() -> None:
    local = {
        "redirect_uri": "http://localhost:8501/oauth2callback",
        "server_metadata_url": "http://127.0.0.1:9000/.well-known/openid-configuration",
    }
    assert check_start(OIDC, replace(SIGNED_IN, auth=AUTH | local))


def test_ipv4_on_a_socket_for_both_is_recognised() -> None:
    assert is_loopback("::ffff:127.0.0.1") and not is_loopback("::ffff:10.0.0.7")
