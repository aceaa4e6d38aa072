"""access.toml: who has which role, and in which stores.

Without the file, the app is in open mode: who reaches it may do everything. With it, nobody has a
right that it does not give, and a mistake in it keeps the app from starting.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from age_model import HOME
from age_model.access.rights import Role
from age_model.access.visitor import NOBODY, Grant, Visitor
from age_model.i18n.message import Sentence

DEFAULT_FILE = HOME / "access.toml"
FILE_VARIABLE = "AGE_ACCESS"
SIGN_INS = ("oidc", "proxy")
ALL_STORES = "all"
SIGNED_IN_FOR = 12 * 3600  # seconds; then a role that was taken away is noticed

Grants = Mapping[str, frozenset[Grant]]


class AccessFileError(Exception):
    """access.toml cannot be used; the message is a `Sentence`."""


@dataclass(frozen=True)
class Access:
    """What access.toml says.

    Attributes:
        sign_in: "oidc" (by the app itself) or "proxy" (by a proxy in front of it, in headers).
        people: e-mail address in lower case -> grants.
        app_roles: app role of the identity provider -> grants.
    """

    sign_in: str
    people: Grants
    app_roles: Grants

    def visitor(self, claims: Mapping[str, Any], now: float) -> Visitor:
        """Return who signed in, with all her grants.

        Args:
            claims: what the identity provider or the proxy tells of her: `email`, `email_verified`,
                `roles` (a list; of a proxy, names with commas between them), `iat`.
            now: seconds since 1970. A sign-in with the provider counts for `SIGNED_IN_FOR`.
        """
        left = self.seconds_left(claims, now)
        if left is not None and left <= 0:
            return NOBODY
        email = _email_of(claims)
        grants = self.people.get(email, frozenset())
        for role in _app_roles_of(claims):
            grants |= self.app_roles.get(role, frozenset())
        name = email or str(claims.get("preferred_username") or claims.get("sub") or "")
        return Visitor(name, grants) if name else NOBODY

    def seconds_left(self, claims: Mapping[str, Any], now: float) -> float | None:
        """Return how long a sign-in with the provider still counts, 0 for nobody's.

        A proxy's has no end here: None.

        Args:
            claims: as for `visitor`.
            now: seconds since 1970.
        """
        if self.sign_in != "oidc":
            return None
        issued = claims.get("iat")
        if not isinstance(issued, int | float) or isinstance(issued, bool):
            return 0
        return max(issued + SIGNED_IN_FOR - now, 0) if claims.get("is_logged_in") is True else 0


def access_file() -> Path:
    """Return where access.toml is, or would be: AGE_ACCESS, or in the project's folder."""
    return Path(os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)


def access_in_use() -> Access | None:
    """Return what access.toml said when it was first needed; None in open mode.

    Raises:
        AccessFileError: the file is there, or AGE_ACCESS names one, but it cannot be used.
    """
    return _read_once(access_file())


@cache
def _read_once(path: Path) -> Access | None:
    named = path != DEFAULT_FILE
    # A link to a file that is gone is a mistake, and no reason to let everybody in.
    return read_access(path) if named or path.exists() or path.is_symlink() else None


def read_access(path: Path) -> Access:
    """Read access.toml.

    Raises:
        AccessFileError: it cannot be used.
    """
    try:
        with path.open("rb") as file:
            content = tomllib.load(file)
    except OSError as error:
        raise AccessFileError(
            Sentence("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror)
        ) from error
    except ValueError as error:  # no TOML, or no UTF-8
        raise AccessFileError(
            Sentence("{file} is not valid TOML: {reason}.", file=path.name, reason=error)
        ) from error
    try:
        return _parsed(content)
    except _MistakeError as mistake:
        reason = mistake.args[0]
        raise AccessFileError(
            Sentence("{file} cannot be used: {reason}", file=path.name, reason=reason)
        ) from mistake


class _MistakeError(Exception):
    """What is wrong in the file, a `Sentence`."""


def _parsed(content: dict[str, Any]) -> Access:
    _check_names(content, {"sign_in", "people", "app_roles"}, "it")
    sign_in = content.get("sign_in")
    if sign_in not in SIGN_INS:
        raise _MistakeError(Sentence('write sign_in = "oidc" or sign_in = "proxy".'))
    people = _grants(content, "people", "email")
    app_roles = _grants(content, "app_roles", "name")
    if not people and not app_roles:
        raise _MistakeError(Sentence("it gives nobody a role; add [[people]] or [[app_roles]]."))
    return Access(sign_in, people, app_roles)


def _grants(content: dict[str, Any], table: str, key: str) -> dict[str, frozenset[Grant]]:
    entries = content.get(table, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise _MistakeError(Sentence("write [[{table}]] in double brackets.", table=table))
    grants: dict[str, frozenset[Grant]] = {}
    for number, entry in enumerate(entries, 1):
        where = f"[[{table}]] {number}"
        _check_names(entry, {key, "roles", "stores"}, where)
        name = _name(entry, key, where)
        stores = _stores(entry, where)
        given = frozenset(Grant(role, stores) for role in _roles(entry, where))
        grants[name] = grants.get(name, frozenset()) | given
    return grants


def _check_names(entry: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise _MistakeError(
            Sentence(
                "{where} has {name}, which is not known; known are {known}.",
                where=where,
                name=unknown[0],
                known=", ".join(sorted(known)),
            )
        )


def _name(entry: dict[str, Any], key: str, where: str) -> str:
    name = entry.get(key)
    if not isinstance(name, str) or not name.strip():
        raise _MistakeError(Sentence("{where} needs {key}, a text.", where=where, key=key))
    if key == "name":
        return name
    email = _email(name)
    if not email:
        raise _MistakeError(
            Sentence("{where}: {email} is no e-mail address.", where=where, email=name)
        )
    return email


def _roles(entry: dict[str, Any], where: str) -> list[Role]:
    roles = entry.get("roles")
    if not isinstance(roles, list) or not roles or not all(role in tuple(Role) for role in roles):
        known = ", ".join(f'"{role}"' for role in Role)
        raise _MistakeError(
            Sentence("{where} needs roles, a list of some of {known}.", where=where, known=known)
        )
    return [Role(role) for role in roles]


def _stores(entry: dict[str, Any], where: str) -> frozenset[str] | None:
    """Return the stores of an entry; they are never left out, as that would be read as all."""
    stores = entry.get("stores")
    if stores == ALL_STORES:
        return None
    texts = isinstance(stores, list) and all(isinstance(name, str) and name for name in stores)
    if not stores or not texts:
        raise _MistakeError(
            Sentence(
                'In {where}, write stores = "all", or a list of names as ["North", "South"].',
                where=where,
            )
        )
    assert isinstance(stores, list)
    return frozenset(stores)


def _email(text: str) -> str:
    """Return an e-mail address in lower case; "" if it is none.

    Others than ASCII are none: two letters may have one lower case, as k and the sign of Kelvin.
    """
    text = text.strip()
    before, at, domain = text.rpartition("@")
    usable = before and at and "." in domain and text.isascii() and text.isprintable()
    return text.lower() if usable and " " not in text else ""


def _email_of(claims: Mapping[str, Any]) -> str:
    """Return the visitor's address; "" if she has none, or it is known to be unconfirmed."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified", True) not in (True, "true"):
        return ""
    return _email(email)


def _app_roles_of(claims: Mapping[str, Any]) -> list[str]:
    roles = claims.get("roles") or []
    names = roles.split(",") if isinstance(roles, str) else roles
    if not isinstance(names, list):
        return []
    return [name.strip() for name in names if isinstance(name, str)]
