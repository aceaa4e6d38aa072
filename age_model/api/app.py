"""The service as an app for a server: its routes behind what counts and limits requests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from age_model import __version__
from age_model.api import additions, faces, state
from age_model.api.problems import Problem, answer_problems
from age_model.api.requests import Counted
from age_model.api.service import Service

TITLE = "Ages from faces"
ABOUT = (
    "Estimates how old the people on a photo look, and takes visits and receipts into a store's "
    "record. An estimate is a hint for people, never a proof of age."
)


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """Return the schema, with the one form of all errors."""
        schema = super().openapi()
        schemas = schema["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own form
            schemas.pop(name, None)
        template = "#/components/schemas/{model}"
        problem = Problem.model_json_schema(ref_template=template)
        schemas |= problem.pop("$defs") | {"Problem": problem}
        return schema


def make_api(service: Service, eager: bool = True, alone: bool = True) -> FastAPI:
    """Return the app of a service.

    Args:
        service: behind the routes.
        eager: whether to load the networks at the start.
        alone: whether the app starts and ends the service with itself; false where another
            server does.
    """

    most = {
        "/v1/faces": faces.MOST_BYTES,
        "/v1/visits": additions.MOST_BYTES,
        "/v1/receipts": additions.MOST_BYTES,
    }

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with service.running(eager):
            yield

    app = _Api(
        title=TITLE,
        description=ABOUT,
        version=__version__,
        docs_url=None,  # FastAPI's pages load their scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=running if alone else None,
        middleware=[Middleware(Counted, service.metrics, most)],
    )
    app.state.service = service
    for module in (faces, additions, state):
        app.include_router(module.router)
    answer_problems(app)
    return app
