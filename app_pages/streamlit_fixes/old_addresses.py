"""Addresses that pages had before lead to those that they have now, with all that is in them."""

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app_pages.widgets.doors import ENTRIES, TAB

NEW = {entry.old: entry.address for entry in ENTRIES if entry.old} | {
    old: f"{entry.address}?{TAB}={old}" for entry in ENTRIES for old in entry.merged
}


class OldAddresses:
    """Middleware that leads the browser on.

    A page that only switches to another would stay in the browser's history, where Back would lead
    to it, and it forward again.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or lead it to the new address."""
        new = NEW.get(scope["path"].rpartition("/")[2]) if _opens_a_page(scope) else None
        if new is None:
            await self._app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        join = "&" if "?" in new else "?"
        await RedirectResponse(f"{new}{join}{query}" if query else new)(scope, receive, send)


def _opens_a_page(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
