"""What is checked before the app answers anybody: from where, and how people sign in."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from age_model.access.configuration import Access
from age_model.i18n.message import Sentence

OPEN_VARIABLE = "AGE_OPEN_TO_NETWORK"
AUTH_KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
SECRET_LENGTH = 32  # characters
# Of Microsoft: they let in the accounts of any organisation, with the addresses these claim.
ANY_TENANT = ("common", "organizations", "consumers")


class StartError(Exception):
    """The app must not start like this; the message is a `Sentence`."""


@dataclass(frozen=True)
class Settings:
    """What the server was started with.

    Attributes:
        address: to listen on; None for all.
        headers: of the proxy -> claim, such as "X-Forwarded-Email" -> "email".
        auth: the section of the app's secrets for the identity provider.
    """

    address: str | None
    headers: Mapping[str, str]
    auth: Mapping[str, Any]


def open_to_network() -> bool:
    """Return whether the app may be reached by everybody although nobody has a role."""
    return os.environ.get(OPEN_VARIABLE, "").lower() in ("1", "yes", "true")


def check_start(access: Access | None, settings: Settings) -> Sentence:
    """Return what to tell at the start.

    Raises:
        StartError: people who must not could enter, or nobody could.
    """
    if access is None:
        return _open(settings)
    if access.sign_in == "proxy":
        _check_proxy(settings)
        return Sentence("A proxy signs people in; access.toml gives them roles.")
    _check_oidc(settings)
    return Sentence(
        "{provider} signs people in; access.toml gives them roles.",
        provider=urlsplit(str(settings.auth["server_metadata_url"])).netloc,
    )


def is_loopback(address: str | None) -> bool:
    """Return whether only this computer reaches an address.

    >>> is_loopback("localhost"), is_loopback("::ffff:127.0.0.1"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if address == "localhost":
        return True
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)  # of IPv4 on a socket for both
    return bool((mapped or parsed).is_loopback)


def _open(settings: Settings) -> Sentence:
    if open_to_network():
        return Sentence(
            "Open to the network: there is no access.toml, and AGE_OPEN_TO_NETWORK is set. Whoever "
            "reaches this app sees and changes everything."
        )
    if not is_loopback(settings.address):
        raise StartError(
            Sentence(
                "Without access.toml the app answers this computer only, but it was started to "
                "listen on {address}. Give people roles in access.toml, see docs/access.md, or set "
                "AGE_OPEN_TO_NETWORK=yes to let everybody in.",
                address=settings.address or "0.0.0.0",
            )
        )
    return Sentence(
        "Open mode: there is no access.toml, so whoever opens the app may do everything. It "
        "listens on {address} and answers this computer only; see docs/access.md.",
        address=settings.address,
    )


def _check_proxy(settings: Settings) -> None:
    if not is_loopback(settings.address):
        raise StartError(
            Sentence(
                'With sign_in = "proxy" the app must listen on 127.0.0.1, where only the proxy '
                "reaches it: anybody else could send the proxy's headers."
            )
        )
    if "email" not in settings.headers.values():
        raise StartError(
            Sentence(
                'sign_in = "proxy" needs server.trustedUserHeaders, which names the header with '
                "the address, for example {example}.",
                example='{"X-Forwarded-Email": "email"}',
            )
        )
    if settings.auth:
        raise StartError(
            Sentence('With sign_in = "proxy", remove [auth] from .streamlit/secrets.toml.')
        )


def _check_oidc(settings: Settings) -> None:
    if settings.headers:
        raise StartError(
            Sentence(
                'With sign_in = "oidc", remove server.trustedUserHeaders: anybody could send these '
                "headers."
            )
        )
    missing = [key for key in AUTH_KEYS if not isinstance(settings.auth.get(key), str)]
    if missing:
        raise StartError(
            Sentence(
                "To sign people in, [auth] in .streamlit/secrets.toml needs {keys}.",
                keys=", ".join(missing),
            )
        )
    secret = settings.auth["cookie_secret"]
    if len(secret) < SECRET_LENGTH or len(set(secret)) < SECRET_LENGTH // 4:
        raise StartError(
            Sentence(
                "cookie_secret in .streamlit/secrets.toml can be guessed, and who guesses it is "
                "anybody he likes. Write {length} random characters or more, for example what "
                "`python -c 'import secrets; print(secrets.token_hex())'` prints.",
                length=SECRET_LENGTH,
            )
        )
    for key in ("redirect_uri", "server_metadata_url"):
        address = urlsplit(settings.auth[key])
        if address.scheme != "https" and not is_loopback(address.hostname):
            raise StartError(
                Sentence("{key} in .streamlit/secrets.toml must begin with https://.", key=key)
            )
    if not settings.auth["redirect_uri"].endswith("/oauth2callback"):
        raise StartError(
            Sentence("redirect_uri in .streamlit/secrets.toml must end with /oauth2callback.")
        )
    tenant = urlsplit(settings.auth["server_metadata_url"]).path.split("/")[1:2]
    if tenant and tenant[0] in ANY_TENANT:
        raise StartError(
            Sentence(
                "server_metadata_url in .streamlit/secrets.toml has {tenant}, which lets in "
                "accounts of any organisation: write the ID of your own in its place.",
                tenant=tenant[0],
            )
        )
