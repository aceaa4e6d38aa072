"""The HTTP service beside the pages, in the same process and with the same model.

It is made for the first request to it: torch takes long to load, and no page waits for that.
"""

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from age_model.predict.predictor import Predictor

PATHS = (
    "/v1/faces",
    "/v1/visits",
    "/v1/receipts",
    "/health",
    "/ready",
    "/metrics",
    "/docs",
    "/openapi.json",
)


class LateService:
    """The service, made when it is first asked.

    Args:
        keys_needed: whether nobody is answered without a key; false in open mode.
    """

    def __init__(self, keys_needed: bool) -> None:
        self._keys_needed = keys_needed
        self._app: ASGIApp | None = None
        self._making = asyncio.Lock()
        self._end = AsyncExitStack()

    @property
    def routes(self) -> list[BaseRoute]:
        """Routes that lead to the service's own."""
        return [Route(path, self) for path in PATHS]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer until the end of the context; what was begun is finished."""
        async with self._end:
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        async with self._making:
            if self._app is None:
                self._app = await self._made()
        await self._app(scope, receive, send)

    async def _made(self) -> ASGIApp:
        await asyncio.to_thread(importlib.import_module, "age_model.api.app")
        from age_model.api.app import make_api
        from age_model.api.requests import write_lines
        from age_model.api.service import Service
        from age_model.store.record.database import open_record
        from app_pages.widgets.record import configured_record

        write_lines()
        service = Service(
            _shared_predictor, lambda: open_record(configured_record()), self._keys_needed
        )
        await self._end.enter_async_context(service.running(eager=False))
        return make_api(service, alone=False)


def _shared_predictor() -> "Predictor":
    """Return the pages' model with a detector of its own, as certain as that of `score`."""
    from age_model.predict.predictor import Predictor
    from app_pages.widgets.model import shared_predictor

    return Predictor(shared_predictor().model)
