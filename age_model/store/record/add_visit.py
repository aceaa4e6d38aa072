"""Records one visit at a time, for a checkout."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import Connection, Engine, delete, insert, select, update

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.predict.id_rule import AskRule
from age_model.store.record.audit_log import Event, log_event
from age_model.store.record.database import writing
from age_model.store.record.schema import CHECKS, VISITS, pack_distribution
from age_model.vision.quality import FaceQuality


class Place(NamedTuple):
    """Where a visit is: a till's name is unique within its store only.

    Attributes:
        rule: by which the till asks for ID; None if that is not known.
    """

    store: str
    till: str
    cashier: str
    rule: AskRule | None = None


class Estimate(NamedTuple):
    """How old a buyer looks: ages in years, the ends those of the 90 % interval.

    Attributes:
        distribution: float, shape (AGE_BINS,).
        sharpness: of the last picture, see `FaceQuality`; None where it was not measured.
        light: of the same.
    """

    age: float
    age_low: float
    age_high: float
    p_under_18: float
    p_under_25: float
    distribution: np.ndarray
    model_version: str
    sharpness: float | None = None
    light: float | None = None

    def with_picture(self, quality: FaceQuality) -> "Estimate":
        """Return the estimate with what was measured of its last picture."""
        return self._replace(sharpness=quality.sharpness, light=quality.light)


def record_visit(
    engine: Engine,
    writer: Visitor,
    time: datetime,
    place: Place,
    estimate: Estimate | None,
    visit_id: int | None = None,
) -> int:
    """Record a buyer in front of a till; return the visit's key.

    Args:
        engine: of `open_record`.
        writer: who uses the till.
        time: with or without a time zone; its local time is kept. Where the till has a visit at
            that time, because the clock repeats an hour or was set, a later one by microseconds.
        place: where.
        estimate: None if no age could be estimated.
        visit_id: of a visit to update, for instance from a better picture.

    Raises:
        AccessDenied: the writer may not use a till of the store.
        RecordError: nothing was written.
    """
    writer.check(Action.USE_TILL, place.store)
    values = {
        "store": place.store,
        "till": place.till,
        "cashier": place.cashier or None,
        "challenge_age": place.rule.challenge_age if place.rule else None,
        "likelihood": place.rule.likelihood if place.rule else None,
        **estimate_values(estimate),
    }
    with writing(engine) as connection:
        values["time"] = _free_time(connection, place, time.replace(tzinfo=None), visit_id)
        if visit_id is not None:
            _check_visit(connection, writer, visit_id)
            connection.execute(update(VISITS).where(VISITS.c.id == visit_id).values(values))
            return visit_id
        key = connection.execute(insert(VISITS).values(values)).inserted_primary_key
        assert key is not None
        return int(key[0])


def _free_time(
    connection: Connection, place: Place, time: datetime, visit_id: int | None
) -> datetime:
    """Return the first time from `time` on at which a till has no visit, but perhaps this one."""
    there = select(VISITS.c.time).where(
        VISITS.c.store == place.store, VISITS.c.till == place.till, VISITS.c.id != (visit_id or 0)
    )
    while connection.scalar(there.where(VISITS.c.time == time)) is not None:
        time += timedelta(microseconds=1)
    return time


def estimate_values(estimate: Estimate | None) -> dict[str, Any]:
    """Return the columns of a visit for an estimate."""
    if estimate is None:
        return dict.fromkeys(Estimate._fields)
    return estimate._asdict() | {"distribution": pack_distribution(estimate.distribution)}


def record_outcome(engine: Engine, writer: Visitor, visit_id: int, outcome: str) -> None:
    """Record the outcome of an ID check, in place of an earlier one.

    Args:
        engine: of `open_record`.
        writer: who uses the till.
        visit_id: of `record_visit`.
        outcome: one of `OUTCOMES`.

    Raises:
        AccessDenied: the writer may not use a till of the visit's store.
        RecordError: nothing was written.
    """
    with writing(engine) as connection:
        _check_visit(connection, writer, visit_id)
        connection.execute(delete(CHECKS).where(CHECKS.c.visit_id == visit_id))
        connection.execute(insert(CHECKS).values(visit_id=visit_id, outcome=outcome))


def take_back_outcome(engine: Engine, writer: Visitor, visit_id: int) -> None:
    """Delete an outcome that was recorded by mistake.

    Raises:
        AccessDenied: the writer may not use a till of the visit's store.
        RecordError: nothing was written.
    """
    with writing(engine) as connection:
        store = _check_visit(connection, writer, visit_id)
        connection.execute(delete(CHECKS).where(CHECKS.c.visit_id == visit_id))
        log_event(connection, writer.name, Event.UNDID_OUTCOME, store, visit=visit_id)


def _check_visit(connection: Connection, writer: Visitor, visit_id: int) -> str | None:
    """Check that the writer may use a till of the visit's store; return the store."""
    store: str | None = connection.scalar(select(VISITS.c.store).where(VISITS.c.id == visit_id))
    writer.check(Action.USE_TILL, store)
    return store
