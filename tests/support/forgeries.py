"""What somebody may send who wants to pass for the administrator."""

import base64
import json
import time
from random import Random

from itsdangerous import URLSafeTimedSerializer
from itsdangerous.timed import TimestampSigner

from tests.support.signed_in import COOKIE_SECRET

USER_COOKIE = "_streamlit_user"
ADMIN = "admin@example.org"
OTHER_NAMES = ("_streamlit_user_tokens", "_streamlit_session", "_streamlit_xsrf", "", "session")
SECRETS = ("", "xxx", "secret", "a-random-secret-key-please-change", "streamlit", "x" * 32)
IDENTITY_HEADERS = (
    "X-Forwarded-Email", "X-Forwarded-User", "X-Auth-Request-Email", "X-Email", "Email",
    "X-Remote-User", "Remote-User", "X-Streamlit-User", "X-User-Info", "X-MS-Client-Principal-Name",
    "X-Goog-Authenticated-User-Email", "Authorization", "Tailscale-User-Login", "X_Forwarded_Email",
    "Cf-Access-Authenticated-User-Email", "X-Forwarded-Roles", "Roles", "Forwarded",
)  # fmt: skip


def genuine(address: str) -> dict[str, object]:
    """Return what the administrator's cookie says after she signed in at an address."""
    now = int(time.time())
    claims = {"email": ADMIN, "iat": now, "exp": now + 3600, "sub": "subject of admin"}
    own = {"origin": address, "is_logged_in": True, "provider": "default"}
    return claims | own


def signed(
    claims: object, secret: str = COOKIE_SECRET, name: str = USER_COOKIE, at: float | None = None
) -> str:
    """Return a cookie as Streamlit signs it.

    Args:
        claims: what it says.
        secret: the server's.
        name: of the cookie, its signature's salt.
        at: when it was signed, seconds since 1970.
    """
    serializer = URLSafeTimedSerializer(secret, salt=name)
    if at is not None:
        signer = _Signer(secret, salt=name)
        signer.at = int(at)
        return signer.sign(serializer.dump_payload(json.dumps(claims))).decode()
    return str(serializer.dumps(json.dumps(claims)))


class _Signer(TimestampSigner):
    at = 0

    def get_timestamp(self) -> int:
        return self.at


def forged_cookie(random: Random, address: str) -> str:
    """Return a cookie that the server did not give, or that counts no more."""
    claims = genuine(address)
    kind = random.randrange(9)
    if kind == 0:  # signed with a guessed secret
        noise = random.randbytes(16).hex()
        return signed(claims, random.choice([*SECRETS, noise, COOKIE_SECRET[:-1], noise[:7]]))
    if kind == 1:  # the signature of something else
        return signed(claims, name=random.choice(OTHER_NAMES))
    if kind == 2:  # a stranger's cookie with the administrator's address put into it
        stranger = signed(claims | {"email": "stranger@example.org"})
        payload = signed(claims).split(".")[0]
        return ".".join([payload, *stranger.split(".")[1:]])
    if kind == 3:  # a character changed, cut off or doubled
        return _damaged(random, signed(claims))
    if kind == 4:  # too old
        days = random.uniform(31.5, 4000)
        return signed(claims, at=time.time() - days * 86400)
    if kind == 5:  # of another app that has the same secret
        site = random.choice(
            ["https://evil.example", "http://localhost:1", address + "0", "", "null"]
        )
        return signed(claims | {"origin": site})
    if kind == 6:  # signed in too long ago, or never
        old = time.time() - random.uniform(12.1, 700) * 3600
        wrong: list[dict[str, object]] = [
            {"iat": int(old)},
            {"iat": None},
            {"iat": "now"},
            {"is_logged_in": False},
            {"iat": []},
        ]
        return signed(claims | random.choice(wrong))
    if kind == 7:  # not signed at all
        plain = json.dumps(claims)
        coded = base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")
        header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
        return random.choice([coded, f"{header}.{coded}.", f"{coded}..", ".", "..", "true", ADMIN])
    return signed(_nonsense(random, address))


def _damaged(random: Random, cookie: str) -> str:
    """Change a cookie; not its last character, some bits of which count for nothing."""
    place = random.randrange(len(cookie) - 1)
    kind = random.randrange(3)
    if kind == 0:
        other = random.choice([sign for sign in "abcXYZ019-_." if sign != cookie[place]])
        return cookie[:place] + other + cookie[place + 1 :]
    if kind == 1:
        return cookie[:place]
    return cookie[:place] + cookie[place] + cookie[place:]


def _nonsense(random: Random, address: str) -> object:
    """Return claims that are signed, and name nobody with a role."""
    unconfirmed: dict[str, object] = {"email": ADMIN}
    unconfirmed |= {"email_verified": random.choice([False, "false", 0, None, "no"])}
    wrong: dict[str, object] = {"email": random.choice(WRONG_EMAILS)}
    return genuine(address) | random.choice([wrong, unconfirmed]) | random.choice(MORE)


WRONG_EMAILS: tuple[object, ...] = (
    None, 7, [ADMIN], {"email": ADMIN}, "", "@", "admin", f"{ADMIN}.evil.example",
    f"x{ADMIN}", f"{ADMIN}\x00", f"{ADMIN}, x@y.z", "adm\u0131n@example.org",
    "admin@ex\u0430mple.org", "admin@example.or\u0261", f"<{ADMIN}>", f"Admin {ADMIN}",
)  # fmt: skip
MORE: tuple[dict[str, object], ...] = (
    {}, {"roles": ["admin"]}, {"roles": "admin"}, {"groups": ["admin"]}, {"role": "admin"},
    {"preferred_username": ADMIN}, {"upn": ADMIN}, {"name": ADMIN}, {"sub": ADMIN},
    {"roles": {"Store.Analyst": 1}}, {"roles": [["Store.Analyst"]]}, {"roles": "store.analyst"},
)  # fmt: skip


def forged_headers(random: Random) -> list[tuple[str, str]]:
    """Return headers that name the administrator, as proxies do."""
    values = (ADMIN, f"accounts.google.com:{ADMIN}", f"Bearer {ADMIN}", "admin", f'"{ADMIN}"')
    names = random.sample(IDENTITY_HEADERS, random.randrange(1, 4))
    return [(_spelt(random, name), random.choice(values)) for name in names]


def _spelt(random: Random, name: str) -> str:
    return random.choice([name, name.lower(), name.upper()])
