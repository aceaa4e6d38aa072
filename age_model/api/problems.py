"""Errors of the service, all in one form: RFC 9457, which says what is wrong and what to do."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from age_model.access.visitor import AccessDenied
from age_model.model.card import ModelError
from age_model.store.record.database import RecordError
from age_model.vision.detector import DetectorError

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger(__name__)

Handler = Callable[[Request, Any], Awaitable[Response]]


class Wrong(BaseModel):
    """What is wrong with one part of a body."""

    pointer: str = Field(description="of the part, RFC 6901", examples=["/visits/3/time"])
    detail: str = Field(description="what is wrong with it")


class Problem(BaseModel):
    """Why a request was not answered."""

    status: int = Field(description="the HTTP status")
    code: str = Field(description="for programs; it does not change", examples=["too_large"])
    title: str = Field(description="what is wrong")
    detail: str = Field(description="what to do")
    request_id: str = Field(description="of the request, as in the log")
    errors: list[Wrong] = Field(default=[], description="each part that is wrong")


class ApiError(Exception):
    """A request that is not answered.

    Args:
        status: of HTTP.
        code: for programs.
        title: what is wrong, a sentence.
        detail: what to do, a sentence.
        headers: of the answer.
        errors: the parts of the body that are wrong.
    """

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Wrong] = (),
    ) -> None:
        super().__init__(title)
        self.status, self.code, self.title, self.detail = status, code, title, detail
        self.headers, self.errors = headers, errors


def too_large(limit: int) -> ApiError:
    """Return the error for a body of more than `limit` bytes."""
    detail = f"At most {limit // 2**20} MB are taken: send a smaller photo, or fewer rows."
    return ApiError(413, "too_large", "The body is too large.", detail)


def try_later(code: str, title: str, seconds: int) -> ApiError:
    """Return the error for who has to wait."""
    detail = f"Send the request again in {seconds} s; Retry-After has that number."
    return ApiError(429, code, title, detail, {"Retry-After": f"{seconds}"})


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the schema says about errors."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: schema}}
        for status in statuses
    }


def answer_problems(app: FastAPI) -> None:
    """Make an app answer every error in the one form."""
    handlers: dict[type[Exception], Handler] = {
        ApiError: _known,
        HTTPException: _of_http,
        RequestValidationError: _invalid,
        ClientDisconnect: _left,
        AccessDenied: _denied,
        RecordError: _record_failed,
        ModelError: _model_failed,
        DetectorError: _model_failed,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


def _answer(request: Request, error: ApiError) -> Response:
    problem = Problem(
        status=error.status,
        code=error.code,
        title=error.title,
        detail=error.detail,
        request_id=getattr(request.state, "request_id", ""),
        errors=list(error.errors),
    )
    return JSONResponse(
        problem.model_dump(),
        error.status,
        headers={"X-Request-ID": problem.request_id, **(error.headers or {})},
        media_type=MEDIA_TYPE,
    )


async def _known(request: Request, error: ApiError) -> Response:
    return _answer(request, error)


async def _of_http(request: Request, error: HTTPException) -> Response:
    """Answer an error of Starlette or FastAPI: a wrong path or method, a body that is too large."""
    known = {
        404: ("not_found", "There is nothing at this address.", "See /openapi.json for all."),
        405: ("method", "This address is not for this method.", "See /openapi.json for all."),
        413: ("too_large", "The body is too large.", "Send a smaller photo, or fewer rows."),
    }
    usual = ("bad_request", "The request cannot be read.", str(error.detail))
    code, title, detail = known.get(error.status_code, usual)
    headers = dict(error.headers or {})
    return _answer(request, ApiError(error.status_code, code, title, detail, headers))


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    wrong = [
        Wrong(
            pointer="".join(f"/{part}" for part in each["loc"][1:]),
            detail=str(each["msg"]),
        )
        for each in error.errors()
    ]
    return _answer(
        request,
        ApiError(
            422,
            "invalid",
            "The body is not as the schema has it.",
            "Correct what “errors” lists, with Content-Type: application/json; nothing was added.",
            errors=wrong,
        ),
    )


async def _left(request: Request, error: ClientDisconnect) -> Response:
    """Answer somebody who left before all was sent; only the log and the metrics see it."""
    detail = "Send the request again."
    return _answer(request, ApiError(400, "left", "The body did not arrive whole.", detail))


async def _denied(request: Request, error: AccessDenied) -> Response:
    detail = "Use a key of that store or till: see “age-model key”."
    return _answer(request, ApiError(403, "out_of_scope", str(error), detail))


async def _record_failed(request: Request, error: RecordError) -> Response:
    _LOG.error("The record failed: %s", error)
    return _answer(
        request,
        ApiError(
            503,
            "record_unavailable",
            "The store's record cannot be used now; nothing was added.",
            "Send the request again later, with the same Idempotency-Key.",
            {"Retry-After": "5"},
        ),
    )


async def _model_failed(request: Request, error: Exception) -> Response:
    _LOG.error("The model failed: %s", error)
    return _answer(
        request,
        ApiError(
            503,
            "model_unavailable",
            "The age model cannot be used now.",
            "Ask who runs the service: its log says what is wrong.",
            {"Retry-After": "60"},
        ),
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    return _answer(
        request,
        ApiError(
            500,
            "failed",
            "The service failed at this request.",
            "Tell who runs the service the request_id: its log says why.",
        ),
    )
