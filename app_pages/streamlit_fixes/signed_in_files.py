"""Pictures and downloads are given to, and uploads taken from, who is signed in.

Streamlit gives a file to whoever knows its address, a digest of the content, and to everybody how
much its caches hold.
"""

import time
from functools import cache

import streamlit as st
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import (
    _get_signed_cookie_with_chunks,
    _parse_decoded_user_cookie,
    gather_user_info,
)

from age_model.access.configuration import Access
from age_model.store.record.database import RecordError, open_record
from app_pages.widgets.record import configured_record
from app_pages.widgets.till import COOKIE, find_known_till, remembered_till

# Behind the app's own path; its icons and letters, which everybody needs, are at /static/media/.
PATHS = ("/media/", "/_stcore/upload_file/", "/_stcore/metrics")
SIGN_IN_FIRST = "Sign in to the app first."


class SignedInFiles:
    """Middleware that refuses files to, and of, whoever is neither signed in nor a paired till.

    Args:
        app: the rest of the server.
        access: what access.toml says; None in open mode, where everybody may.
    """

    def __init__(self, app: ASGIApp, access: Access | None) -> None:
        self._app, self._access = app, access
        base = st.get_option("server.baseUrlPath").strip("/")
        self._paths = tuple(f"/{base}{path}" if base else path for path in PATHS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        access = self._access
        of_files = scope["type"] == "http" and scope["path"].startswith(self._paths)
        if (
            access is None
            or not of_files
            or await run_in_threadpool(_is_known, access, HTTPConnection(scope))
        ):
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(SIGN_IN_FIRST, 403)(scope, receive, send)


def _is_known(access: Access, request: HTTPConnection) -> bool:
    """Tell whether a request comes from somebody with a role, or from a paired till."""
    if access.visitor(_claims(access, request), time.time()).grants:
        return True
    token = request.cookies.get(COOKIE, "")
    try:
        till = find_known_till(_record(configured_record()), token) if token else None
    except RecordError:  # a till goes on without it
        till = remembered_till(token)
    return till is not None


def _claims(access: Access, request: HTTPConnection) -> dict[str, object]:
    """Return what is told of who sends a request, as `st.user` has it."""
    if access.sign_in == "proxy":
        return dict(gather_user_info(request.headers))
    cookie = _get_signed_cookie_with_chunks(request.cookies, USER_COOKIE_NAME)
    origin = get_origin_from_redirect_uri()
    return _parse_decoded_user_cookie(cookie, origin) if cookie and origin else {}


@cache
def _record(url: str) -> Engine:
    return open_record(url)
