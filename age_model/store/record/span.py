"""The days that the record has something of, found by look-ups in indices."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Engine, Select, func, select

from age_model.access.visitor import Scope
from age_model.store.record.database import reading
from age_model.store.record.read import read_span
from age_model.store.record.schema import RECEIPTS


class RecordSpan(NamedTuple):
    """Days of the visits and receipts of the stores in some scope.

    Attributes:
        first: of the first visit with an estimated age, or receipt.
        last: of the last one.
        seen: of the first visit with an estimated age; None where there is none.
    """

    first: date
    last: date
    seen: date | None

    @property
    def begun(self) -> date:
        """The first day to compare with: a camera comes later than the first receipts."""
        return self.seen or self.first


def record_span(engine: Engine, scope: Scope) -> RecordSpan | None:
    """Return the days of the visits and receipts in scope; None if there are neither.

    Raises:
        RecordError: the record cannot be read.
    """
    visits = read_span(engine, scope)
    seen = [] if visits is None else [time.date() for time in visits]
    with reading(engine) as connection:
        tills = connection.execute(_days_of_tills()).all()
    issued = [day for store, *days in tills if scope.includes(store) for day in days]
    days = seen + issued
    return RecordSpan(min(days), max(days), seen[0] if seen else None) if days else None


def _days_of_tills() -> Select[Any]:
    """Return the query of the first and last day with receipts of each till.

    It looks up four entries of an index for each; the plain minimum would read all receipts.
    """
    store, till, day = RECEIPTS.c.store, RECEIPTS.c.till, RECEIPTS.c.day
    stores = select(func.min(store).label("store")).cte("stores", recursive=True)
    following = select(func.min(store)).where(store > stores.c.store).scalar_subquery()
    stores = stores.union_all(select(following).where(stores.c.store.is_not(None)))
    first = select(func.min(till)).where(store == stores.c.store).scalar_subquery()
    tills = select(stores.c.store, first.label("till")).cte("tills", recursive=True)
    here = store == tills.c.store
    following = select(func.min(till)).where(here, till > tills.c.till).scalar_subquery()
    tills = tills.union_all(select(tills.c.store, following).where(tills.c.till.is_not(None)))

    def end(which: ColumnElement[date]) -> ColumnElement[date]:
        found = select(which).where(store == tills.c.store, till == tills.c.till)
        return found.scalar_subquery()

    ends = end(func.min(day)).label("first"), end(func.max(day)).label("last")
    return select(tills.c.store, *ends).where(tills.c.till.is_not(None))
