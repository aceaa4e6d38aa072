"""Whether the service works, what it counts, and what it can do."""

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from age_model import __version__
from age_model.api.callers import KnownCaller, TheService
from age_model.api.examiner import State
from age_model.api.problems import responses
from age_model.store.record.database import RecordError

router = APIRouter()


class Health(BaseModel):
    """That the service runs."""

    version: str


class Ready(BaseModel):
    """Whether requests are answered now."""

    ready: bool
    model: State
    record: bool = Field(description="whether the store's record can be used")


@router.get("/health", summary="Does it run?")
async def health() -> Health:
    """Answer as long as the process runs: if not, start it again."""
    return Health(version=__version__)


@router.get("/ready", summary="Can it answer?", responses={503: {"model": Ready}})
async def ready(service: TheService) -> Response:
    """Answer 200 once photos are examined at once, 503 until then: send others no requests."""
    record = True
    if service.keys_needed:
        try:
            await run_in_threadpool(lambda: service.record.connect().close())
        except (RecordError, OSError):
            record = False
    model = service.examiner.state
    able = record and model in (State.ON_DEMAND, State.LOADED)
    answer = Ready(ready=able, model=model, record=record)
    return JSONResponse(answer.model_dump(), 200 if able else 503)


@router.get(
    "/metrics",
    summary="What is counted",
    responses=responses(401, 429)
    | {200: {"content": {"text/plain": {}}, "description": "for Prometheus"}},
    response_class=Response,
)
async def metrics(_: KnownCaller, service: TheService) -> Response:
    """Numbers for Prometheus."""
    return Response(service.metrics.text(), media_type="text/plain; version=0.0.4")


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> HTMLResponse:
    """Show the schema as a page, which loads nothing from anywhere."""
    return HTMLResponse(
        _page(request.app.openapi()),
        headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"},
    )


_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code,pre{font:14px monospace}pre{background:#f2f5f7;padding:1rem;overflow:auto}"
    "table{border-collapse:collapse}td,th{border:1px solid #d3dbe1;padding:.3rem .6rem;"
    "text-align:left;vertical-align:top}"
)
_EXAMPLE = """curl -H "Authorization: Bearer $KEY" -H "Content-Type: image/jpeg" \\
    --data-binary @photo.jpg ADDRESS/v1/faces"""


def _page(schema: dict[str, Any]) -> str:
    """Return the schema as HTML: the routes, and the fields of what is sent and answered."""
    routes = "".join(
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td>"
        f"<td>{escape(entry['summary'])}<br>{escape(entry.get('description', ''))}</td></tr>"
        for path, methods in schema["paths"].items()
        for method, entry in methods.items()
    )
    models = "".join(
        f"<h3 id='{escape(name)}'>{escape(name)}</h3><p>{escape(model.get('description', ''))}</p>"
        f"<table>{_fields(model)}</table>"
        for name, model in schema["components"]["schemas"].items()
        if "properties" in model
    )
    title = escape(schema["info"]["title"])
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<style>{_STYLE}</style><h1>{title}</h1><p>{escape(schema['info']['description'])} "
        f"<a href=openapi.json>openapi.json</a></p><pre>{escape(_EXAMPLE)}</pre>"
        f"<table>{routes}</table><h2>What is sent and answered</h2>{models}</html>"
    )


def _fields(model: dict[str, Any]) -> str:
    required = model.get("required", [])
    return "".join(
        f"<tr><td><code>{escape(name)}</code>{' *' if name in required else ''}</td>"
        f"<td>{escape(_kind(field))}</td><td>{escape(field.get('description', ''))}</td></tr>"
        for name, field in model["properties"].items()
    )


def _kind(field: dict[str, Any]) -> str:
    """Return a field's type in words.

    >>> _kind({"anyOf": [{"type": "array", "items": {"type": "number"}}, {"type": "null"}]})
    'list of number or null'
    """
    if "anyOf" in field:
        return " or ".join(map(_kind, field["anyOf"]))
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}))}"
    return str(field.get("$ref", field.get("type", "any"))).rpartition("/")[2]
