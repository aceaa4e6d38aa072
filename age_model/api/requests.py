"""Each request gets an id, a limit to its size, a line in the log and its place in the metrics."""

import json
import logging
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from age_model.api.metrics import Metrics

LOG = logging.getLogger("age_model.requests")
_OTHER = "other"  # route of what there is none for


def write_lines() -> None:
    """Write the lines to the standard error output, as they are, whatever else is logged there."""
    if not LOG.handlers:
        LOG.addHandler(logging.StreamHandler())
    LOG.setLevel(logging.INFO)
    LOG.propagate = False


class Counted:
    """Middleware that counts requests and writes a line of JSON for each.

    The line has nothing that was sent: no name of a file, no address, no header.

    Args:
        app: the rest of the service.
        metrics: that count.
        most: bytes of the largest body, by path; elsewhere none is read.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, most: Mapping[str, int]) -> None:
        self._app, self._metrics, self._most = app, metrics, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = secrets.token_hex(8)
        started, status = time.perf_counter(), 500
        left = self._most.get(scope["path"], 0)

        async def receive_so_much() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413)
            return message

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = state["request_id"]
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Cache-Control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, receive_so_much, send_with_id)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        state, route = scope["state"], _OTHER
        with suppress(KeyError, AttributeError):
            route = scope["route"].path
        self._metrics.requests.labels(route, status).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        line = {
            "request_id": state["request_id"],
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(1000 * seconds),
            "key": state.get("key"),
            **state.get("noted", {}),
        }
        LOG.info(json.dumps(line))
