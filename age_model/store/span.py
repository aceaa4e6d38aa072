"""The time that the record covers."""

from datetime import datetime

from sqlalchemy import Engine, select

from age_model.store.record import reading
from age_model.store.schema import VISITS


def read_span(engine: Engine) -> tuple[datetime, datetime] | None:
    """Return the times of the first and the last visit with an estimated age, if there is one.

    Raises:
        RecordError: the record cannot be read.
    """
    seen = select(VISITS.c.time).where(VISITS.c.distribution.is_not(None)).limit(1)
    with reading(engine) as connection:  # two looks at an index; min and max would read everything
        first = connection.scalar(seen.order_by(VISITS.c.time))
        last = connection.scalar(seen.order_by(VISITS.c.time.desc()))
    return None if first is None or last is None else (first, last)
