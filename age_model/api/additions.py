"""POST /v1/visits and /v1/receipts: all that is sent is added, or nothing, and only once."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd
from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool

from age_model.access.rights import Action
from age_model.ages import AGE_BINS, AGE_LIMITS, MAX_AGE, under_column
from age_model.api.callers import Caller, KnownCaller, TheService
from age_model.api.problems import ApiError, Wrong, responses
from age_model.api.service import Service
from age_model.i18n.digits import SOURCE_LANGUAGE
from age_model.i18n.translate import in_language
from age_model.store.imports.file_times import TimeReading, recognise_times, time_zones
from age_model.store.imports.rows import (
    RECEIPT_FIELDS,
    VISIT_FIELDS,
    Checked,
    check_receipts,
    check_visits,
    visit_distributions,
)
from age_model.store.record.add_many import add_receipts_within, add_visits_within
from age_model.store.record.add_once import Added as Counted
from age_model.store.record.add_once import OtherRequestError, add_once
from age_model.store.record.add_once import Request as Once
from age_model.store.record.audit_log import Event, log_once_a_day
from age_model.store.record.database import RecordError
from age_model.store.record.links import Span, join_receipts

MOST = 1000  # visits or receipts in a request: so that one transaction is a fraction of a second
MOST_LINES = 1000  # of a receipt
MOST_BYTES = 8 * 2**20
LONGEST_TOKEN = 100  # characters
_LOG = logging.getLogger(__name__)
_ERRORS = responses(400, 401, 403, 409, 413, 422, 429, 503)
router = APIRouter()

Text = Annotated[str, Field(max_length=200)]
Age = Annotated[float, Field(ge=0, le=MAX_AGE, allow_inf_nan=False)]
Chance = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Placed(_Sent):
    time: Text = Field(
        description="local time of the store, ISO 8601; with Z or an offset, `zone` is needed",
        pattern=r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d",
        examples=["2026-11-26T18:30:05"],
    )
    till: Text | None = Field(None, description="may be left out where the key is of a till")
    cashier: Text | None = None


class Visit(_Placed):
    """A buyer in front of a till."""

    number: Text | None = Field(None, description="of the receipt, if it is known")
    age: Age = Field(description="years")
    age_low: Age | None = Field(None, description="lower end of the 90 % range, years")
    age_high: Age | None = Field(None, description="upper end of the 90 % range, years")
    outcome: Text | None = Field(None, examples=["ID shown", "sale refused", "not asked"])
    p_under_18: Chance | None = None
    p_under_25: Chance | None = None
    distribution: list[Chance] | None = Field(
        None,
        description="the probability of each age, as /v1/faces has it",
        min_length=AGE_BINS,
        max_length=AGE_BINS,
    )
    model_version: Text | None = Field(None, description="of the model that estimated the age")

    @model_validator(mode="after")
    def _whole(self) -> "Visit":
        estimate = [self.p_under_18, self.p_under_25, self.distribution, self.model_version]
        some = [value is not None for value in estimate]
        if any(some) and not all(some):
            raise ValueError(
                "send p_under_18, p_under_25, distribution and model_version together, or none"
            )
        if (self.age_low is None) != (self.age_high is None):
            raise ValueError("send age_low and age_high together, or none")
        if self.distribution is not None:
            if abs(sum(self.distribution) - 1) > 0.01:
                raise ValueError("the distribution does not sum to 1")
            if self.age_low is None:
                raise ValueError("send age_low and age_high with the distribution")
        return self


class Line(_Sent):
    """A line of a receipt."""

    product: Text
    category: Text | None = None
    quantity: float = Field(1, allow_inf_nan=False, description="pieces, or kilograms")
    amount: float = Field(allow_inf_nan=False, description="of the line")
    is_alcohol: bool = False


class Receipt(_Placed):
    """A receipt with all its lines."""

    number: Text = Field(description="unique at its till on its day")
    lines: list[Line] = Field(min_length=1, max_length=MOST_LINES)


class _Batch(_Sent):
    store: Text | None = Field(None, description="in open mode only: a key has its store")
    zone: Text | None = Field(
        None, description="of the store, for times with Z or an offset", examples=["Europe/Berlin"]
    )


class Visits(_Batch):
    """Visits of one store."""

    visits: list[Visit] = Field(min_length=1, max_length=MOST)


class Receipts(_Batch):
    """Receipts of one store."""

    receipts: list[Receipt] = Field(min_length=1, max_length=MOST)


class Added(BaseModel):
    """What a request added; the same again where it was sent again."""

    request_id: str
    added: int = Field(description="visits or lines that were new")
    known: int = Field(description="visits or lines that were in the record already")


Token = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        description="any text that names this request, another for each: sent again within a "
        "week, it adds nothing and has the same answer",
        min_length=1,
        max_length=LONGEST_TOKEN,
    ),
]


@router.post("/v1/visits", summary="Add visits", responses=_ERRORS)
async def visits(
    request: Request, sent: Visits, token: Token, caller: KnownCaller, service: TheService
) -> Added:
    """Add buyers with their ages to the record of the key's store; all of them, or none."""
    return await _added(request, service, caller, token, sent, _check_visits, _put_visits)


@router.post("/v1/receipts", summary="Add receipts", responses=_ERRORS)
async def receipts(
    request: Request, sent: Receipts, token: Token, caller: KnownCaller, service: TheService
) -> Added:
    """Add receipts to the record of the key's store; all of them, or none."""
    return await _added(request, service, caller, token, sent, _check_receipts, _put_receipts)


Check = Callable[[Any, str, str | None], Checked]
Put = Callable[[Connection, Caller, pd.DataFrame], int]


async def _added(
    request: Request,
    service: Service,
    caller: Caller,
    token: str,
    sent: Visits | Receipts,
    check: Check,
    put: Put,
) -> Added:
    digest = hashlib.sha256(request.url.path.encode() + await request.body()).hexdigest()

    def add() -> Counted:
        with in_language(SOURCE_LANGUAGE):
            store, till = _place(caller, sent)
            rows = _all_good(check(sent, store, till))

            def within(connection: Connection) -> Counted:
                added = put(connection, caller, rows)
                kind = "visits" if isinstance(sent, Visits) else "receipts"
                who = caller.visitor.name
                log_once_a_day(connection, who, Event.IMPORTED, store, kind=kind)
                return Counted(added, len(rows) - added)

            done = add_once(service.record, Once(caller.name, token, digest), within)
            _link(service, caller, store, rows["time"])
            return done

    try:
        done = await run_in_threadpool(add)
    except OtherRequestError as error:
        raise ApiError(
            409,
            "token_used",
            "This Idempotency-Key was used for another request.",
            "Give each request its own; nothing was added.",
        ) from error
    request.state.noted = {"added": done.added, "known": done.known}
    return Added(request_id=request.state.request_id, **done._asdict())


def _place(caller: Caller, sent: Visits | Receipts) -> tuple[str, str | None]:
    """Return store and, where the key has one, till of what was sent.

    Raises:
        ApiError: there is none, or another than the key's.
    """
    if caller.key is None:
        if not sent.store:
            raise _invalid([Wrong(pointer="/store", detail="is needed without a key")])
        return sent.store, None
    rows: Sequence[_Placed] = sent.visits if isinstance(sent, Visits) else sent.receipts
    tills = {row.till for row in rows} - {None, ""}
    if sent.store not in (None, caller.key.store) or (
        caller.key.till and tills - {caller.key.till}
    ):
        raise ApiError(
            403,
            "out_of_scope",
            "This key is for another store or till.",
            "Use a key of that store or till; nothing was added.",
        )
    return caller.key.store, caller.key.till


def _all_good(checked: Checked) -> pd.DataFrame:
    if len(checked.bad):
        places = checked.bad["pointer"], checked.bad["reason"]
        raise _invalid(
            [Wrong(pointer=place, detail=reason) for place, reason in zip(*places, strict=True)]
        )
    return checked.good


def _invalid(errors: list[Wrong]) -> ApiError:
    return ApiError(
        422,
        "invalid",
        "Some of this cannot be added.",
        "Correct what “errors” lists and send all again; nothing was added.",
        errors=errors,
    )


def _check_visits(sent: Visits, store: str, till: str | None) -> Checked:
    rows = (
        {"pointer": f"/visits/{number}", **visit.model_dump(exclude={"distribution"})}
        for number, visit in enumerate(sent.visits)
    )
    table, columns, reading = _table(rows, sent, store, till, list(VISIT_FIELDS))
    if not any(table["age_low"]):
        columns = {name: column for name, column in columns.items() if name not in _ENDS}
    elif not all(table["age_low"]):
        without = table.index[table["age_low"] == ""]
        raise _invalid(
            [
                Wrong(pointer=f"/visits/{number}", detail="has no age_low, and others have one")
                for number in without
            ]
        )
    checked = check_visits(table, columns, {}, reading)
    checked.good.attrs["sent"] = [sent.visits[number] for number in checked.good.index]
    return checked


_ENDS = ("age_low", "age_high")


def _check_receipts(sent: Receipts, store: str, till: str | None) -> Checked:
    rows = (
        {
            "pointer": f"/receipts/{number}/lines/{place}",
            **receipt.model_dump(exclude={"lines"}),
            **line.model_dump(),
            "is_alcohol": "yes" if line.is_alcohol else "no",
        }
        for number, receipt in enumerate(sent.receipts)
        for place, line in enumerate(receipt.lines)
    )
    table, columns, reading = _table(rows, sent, store, till, list(RECEIPT_FIELDS))
    return check_receipts(table, columns, {}, reading)


def _table(
    rows: Iterator[dict[str, Any]],
    sent: Visits | Receipts,
    store: str,
    till: str | None,
    fields: Sequence[str],
) -> tuple[pd.DataFrame, dict[str, str], TimeReading]:
    """Return rows as an import reads them from a file, all of it text."""
    table = pd.DataFrame(list(rows)).assign(store=store)
    if till is not None:
        table["till"] = till
    table = table.map(lambda value: "" if pd.isna(value) else str(value).strip()).astype(str)
    zoned = recognise_times(table["time"]).zoned
    if zoned and sent.zone is None:
        detail = "is needed for times with Z or an offset, such as Europe/Berlin"
        raise _invalid([Wrong(pointer="/zone", detail=detail)])
    if sent.zone is not None and sent.zone not in time_zones():
        raise _invalid([Wrong(pointer="/zone", detail="is no time zone, such as Europe/Berlin")])
    columns = {name: name for name in fields if name in table}
    return table, columns, TimeReading(zone=sent.zone or TimeReading().zone)


def _put_visits(connection: Connection, caller: Caller, rows: pd.DataFrame) -> int:
    visits, distributions = visit_distributions(rows)
    names = [*map(under_column, AGE_LIMITS), "model_version"]
    visits = visits.astype({"model_version": object})
    for row, (place, sent) in enumerate(zip(visits.index, rows.attrs["sent"], strict=True)):
        if sent.distribution is not None:  # of this model, in place of one as wide as the range
            visits.loc[place, names] = [getattr(sent, name) for name in names]
            distributions[row] = np.asarray(sent.distribution, np.float32)
    return add_visits_within(connection, caller.visitor, visits, distributions)


def _put_receipts(connection: Connection, caller: Caller, rows: pd.DataFrame) -> int:
    return add_receipts_within(connection, caller.visitor, rows)


def _link(service: Service, caller: Caller, store: str, times: pd.Series) -> None:
    """Link visits and receipts of about that time; what is added stays if that fails."""
    scope = caller.visitor.scope(Action.IMPORT).narrowed([store])
    span = Span(times.min().to_pydatetime(), times.max().to_pydatetime())
    try:
        join_receipts(service.record, scope, spans={store: span})
    except RecordError as error:
        _LOG.warning("Visits and receipts were not linked: %s", error)
