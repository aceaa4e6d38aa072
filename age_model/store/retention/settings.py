"""How many days each store keeps the links of its visits, and the visits themselves.

Nothing is removed before somebody has seen how much it will be and confirmed it.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine, func, insert, select, update

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.message import Sentence
from age_model.store.record.audit_log import Event, log_event, utc_now
from age_model.store.record.database import reading, writing
from age_model.store.record.links import linked_before
from age_model.store.record.schema import RETENTION, VISITS

MOST_DAYS = 3650


class RetentionError(Exception):
    """Settings that cannot be; the message is a `Sentence`."""


class Removed(NamedTuple):
    """How many visits lose, or lost, their cashier and receipt, and how many go altogether."""

    links: int
    visits: int


class Retention(NamedTuple):
    """What a store keeps.

    Attributes:
        links_days: after so many days a visit loses cashier and receipt; None: never.
        visits_days: after so many it is removed; None: never.
        confirmed_at: when the first run was confirmed, UTC; None: nothing is removed yet.
        last_run: UTC; None if there was none.
        removed: in the last run.
    """

    store: str
    links_days: int | None
    visits_days: int | None
    confirmed_at: datetime | None = None
    last_run: datetime | None = None
    removed: Removed = Removed(0, 0)

    def limits(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """Return before which local times links and visits go; links go with the visits at last."""
        now = now.replace(tzinfo=None)
        links, visits = (
            None if days is None else now - timedelta(days=days)
            for days in (self.links_days, self.visits_days)
        )
        return max(filter(None, (links, visits)), default=None), visits


def read_retention(engine: Engine) -> dict[str, Retention]:
    """Return what each store keeps that has settings, by its name.

    Raises:
        RecordError: the record cannot be read.
    """
    with reading(engine) as connection:
        return {one.store: one for one in select_retention(connection)}


def select_retention(connection: Connection) -> list[Retention]:
    """Return the settings of all stores, by name."""
    rows = connection.execute(select(RETENTION).order_by(RETENTION.c.store)).mappings()
    return [
        Retention(
            **{name: row[name] for name in Retention._fields if name != "removed"},
            removed=Removed(row["links_removed"], row["visits_removed"]),
        )
        for row in rows
    ]


def set_retention(
    engine: Engine, writer: Visitor, store: str, links_days: int | None, visits_days: int | None
) -> None:
    """Set how long a store keeps what; until it is confirmed anew, nothing more is removed.

    Raises:
        AccessDenied: the writer may not set it.
        RetentionError: it would remove visits before their links, or the number of days is none.
        RecordError: nothing was written.
    """
    writer.check(Action.SET_RETENTION, store)
    for days in (links_days, visits_days):
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise RetentionError(Sentence("Write 1 to {most} days.", most=MOST_DAYS))
    if links_days is not None and visits_days is not None and visits_days < links_days:
        raise RetentionError(Sentence("Visits cannot be removed before their links."))
    values = {"links_days": links_days, "visits_days": visits_days}
    with writing(engine) as connection:
        known = update(RETENTION).where(RETENTION.c.store == store)
        if not connection.execute(known.values(**values, confirmed_at=None)).rowcount:
            none = {"links_removed": 0, "visits_removed": 0}
            connection.execute(insert(RETENTION).values(store=store, **values, **none))
        log_event(connection, writer.name, Event.SET_RETENTION, store, **values)


def count_old(engine: Engine, retention: Retention, now: datetime) -> Removed:
    """Return what a run would remove now, and remove nothing.

    Args:
        engine: of `open_record`.
        retention: of a store.
        now: local.

    Raises:
        RecordError: the record cannot be read.
    """
    links, visits = retention.limits(now)
    of_store = VISITS.c.store == retention.store
    with reading(engine) as connection:
        gone = 0
        if visits is not None:
            every = select(func.count()).where(of_store, VISITS.c.time < visits)
            gone = connection.scalar(every) or 0
        if links is None:
            return Removed(0, gone)
        linked = select(func.count()).where(*linked_before(links, retention.store))
        if visits is not None:
            linked = linked.where(VISITS.c.time >= visits)
        return Removed(connection.scalar(linked) or 0, gone)


def confirm(engine: Engine, writer: Visitor, retention: Retention) -> None:
    """Allow the runs with these settings, those that a person saw.

    Raises:
        AccessDenied: the writer may not set it.
        RetentionError: somebody has changed the settings meanwhile.
        RecordError: nothing was written.
    """
    writer.check(Action.SET_RETENTION, retention.store)
    with writing(engine) as connection:
        seen = update(RETENTION).where(
            RETENTION.c.store == retention.store,
            RETENTION.c.links_days.is_not_distinct_from(retention.links_days),
            RETENTION.c.visits_days.is_not_distinct_from(retention.visits_days),
        )
        if not connection.execute(seen.values(confirmed_at=utc_now())).rowcount:
            raise RetentionError(
                Sentence("The settings have changed meanwhile. Look at them, and confirm again.")
            )
        log_event(connection, writer.name, Event.SET_RETENTION, retention.store, confirmed=True)
