"""Requests are answered only if they come the way that the sign-in allows for.

Where the app listens is set in several ways: in .streamlit/config.toml, on the command line, in the
environment, by another server that loads serve.py. So each request is looked at as well.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from age_model.access.configuration import Access
from age_model.access.start import is_loopback, open_to_network

# What proxies add. In open mode, whoever uses one would let others in.
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")

OUTSIDE = (
    "Without access.toml this app answers only the computer it runs on, at http://localhost. "
    "docs/access.md explains how to let others in."
)
PAST_THE_PROXY = "This app is reached through its proxy only."
TWICE = "The proxy must remove the headers that it sets from what visitors send."

Refuse = Callable[[str], ASGIApp]
"""Makes the answer to a request that is refused, from why it is."""


def in_plain_text(why_not: str) -> ASGIApp:
    """Refuse a request in plain text."""
    return PlainTextResponse(why_not, 403)


running = False  # whether requests are looked at: not if streamlit_app.py is run by itself


class KnownCallers:
    """Middleware that refuses requests before anything else sees them.

    Args:
        app: the rest of the server.
        access: what access.toml says; None in open mode.
        headers: in which a proxy names visitors.
        refuse: a request of HTTP.
    """

    def __init__(
        self,
        app: ASGIApp,
        access: Access | None,
        headers: tuple[str, ...],
        refuse: Refuse = in_plain_text,
    ) -> None:
        global running
        running = True
        self._app, self._access, self._headers, self._refuse = app, access, headers, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        why_not = self._why_not(scope) if scope["type"] in ("http", "websocket") else ""
        if not why_not:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._refuse(why_not)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": why_not})

    def _why_not(self, scope: Scope) -> str:
        headers = Headers(scope=scope)
        here = is_loopback((scope.get("server") or ("", 0))[0])
        if self._access is None:
            # Another name may be a foreign site's, which it lets point to this computer.
            named = is_loopback(_host(headers))
            known = here and named and not any(name in headers for name in FORWARDED)
            return "" if known or open_to_network() else OUTSIDE
        if self._access.sign_in == "proxy":
            if not here:
                return PAST_THE_PROXY
            if any(len(headers.getlist(name)) > 1 for name in self._headers):
                return TWICE  # Streamlit would take the first, which the visitor sent
        return ""


def _host(headers: Headers) -> str | None:
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return None
