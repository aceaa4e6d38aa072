"""Who sends a request: a key, which is for a store or a till, or this computer in open mode."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from age_model.access.visitor import ANYBODY, Visitor
from age_model.api.problems import ApiError
from age_model.api.service import Service
from age_model.store.tills.keys import ApiKey, find_key

_BEARER = HTTPBearer(
    scheme_name="key",
    description="Authorization: Bearer KEY; in open mode a key may be left out",
    auto_error=False,
)


@dataclass(frozen=True)
class Caller:
    """Who sends a request.

    Attributes:
        key: what the key is for; None in open mode.
    """

    key: ApiKey | None

    @property
    def name(self) -> str:
        """The key's id; "" in open mode."""
        return self.key.id if self.key else ""

    @property
    def visitor(self) -> Visitor:
        """Who writes to the record."""
        return self.key.visitor if self.key else ANYBODY


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    service: Service = request.app.state.service
    return service


async def known_caller(
    request: Request,
    shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> Caller:
    """Return who sends a request, once it is known that she may.

    Raises:
        ApiError: the key is missing or unknown, or there were too many requests.
        RecordError: keys cannot be looked up.
    """
    service = service_of(request)
    host = request.client.host if request.client else ""
    key = None
    if shown is not None:
        key = await run_in_threadpool(lambda: find_key(service.record, shown.credentials))
    service.limit.take(key.id if key else host)
    if key is None and (shown is not None or service.keys_needed):
        raise _no_key(unknown=shown is not None)
    request.state.key = key.id if key else None
    return Caller(key)


def _no_key(unknown: bool) -> ApiError:
    title = "This key is unknown or revoked." if unknown else "A key is missing."
    detail = "Send Authorization: Bearer KEY, with a key made by “age-model key create”."
    code = "key_unknown" if unknown else "key_missing"
    return ApiError(401, code, title, detail, {"WWW-Authenticate": "Bearer"})


KnownCaller = Annotated[Caller, Depends(known_caller)]
TheService = Annotated[Service, Depends(service_of)]
