"""The time that the record covers."""

from datetime import datetime

from sqlalchemy import Engine, func, select

from age_model.store.record import reading
from age_model.store.schema import VISITS


def read_span(engine: Engine) -> tuple[datetime, datetime] | None:
    """Return the times of the first and the last visit with an estimated age, if there is one.

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(func.min(VISITS.c.time), func.max(VISITS.c.time))
    with reading(engine) as connection:
        first, last = connection.execute(query.where(VISITS.c.distribution.is_not(None))).one()
    return None if first is None else (first, last)
