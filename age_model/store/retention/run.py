"""Removes what a store keeps no longer: once a day, by one of the servers, or by the command."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event as Stop

from sqlalchemy import Connection, Engine, delete, select, update

from age_model.store.record.audit_log import Event, log_event, utc_now
from age_model.store.record.database import RecordError, clear_log, reading, writing
from age_model.store.record.export import after_deletion
from age_model.store.record.links import forget_before
from age_model.store.record.schema import CHECKS, RETENTION, VISITS
from age_model.store.retention.settings import Removed, Retention, select_retention

BY_ITSELF = "retention"  # who did it, in the audit log
EVERY = timedelta(days=1)
LOOK_EVERY = 600  # seconds
_LOG = logging.getLogger(__name__)


def run_retention(engine: Engine, now: datetime, who: str, only_due: bool) -> dict[str, Removed]:
    """Remove what is too old in the stores whose settings are confirmed.

    Args:
        engine: of `open_record`.
        now: local, as the visits' times.
        who: starts it, for the audit log.
        only_due: leave out stores whose last run is less than a day ago.

    Returns:
        What was removed, by store.

    Raises:
        RecordError: some of the stores are as they were.
    """
    with reading(engine) as connection:
        stores = [one.store for one in select_retention(connection) if _is_due(one, only_due)]
    done: dict[str, Removed] = {}
    for store in stores:
        with writing(engine) as connection:
            removed = _run_store(connection, store, now, who, only_due)
        if removed is not None:
            done[store] = removed
    if any(map(any, done.values())):
        clear_log(engine)
        after_deletion(engine)
    return done


def run_daily(open_engine: Callable[[], Engine | None], stop: Stop) -> None:
    """Run what is due, again and again, until stopped; for a thread of a server.

    What was deleted and is still in the export, because that could not be written or the server
    ended before it was, vanishes from there as well.

    Args:
        open_engine: opens the record anew; returns None as long as there is none.
        stop: ends it.
    """
    behind = True
    while not stop.wait(LOOK_EVERY):
        try:
            engine = open_engine()
            if engine is not None:
                run_retention(engine, datetime.now(), BY_ITSELF, only_due=True)
                if behind:
                    after_deletion(engine)
                behind = False
                engine.dispose()
        except RecordError as error:
            behind = True
            _LOG.warning("Old data could not be removed: %s", error)


def _is_due(retention: Retention, only_due: bool) -> bool:
    if retention.confirmed_at is None:
        return False
    last = retention.last_run
    return not only_due or last is None or utc_now() - last >= EVERY


def _run_store(
    connection: Connection, store: str, now: datetime, who: str, only_due: bool
) -> Removed | None:
    """Remove a store's old data; None where another server, which was first, has done so.

    The store's row is locked until the end, so that only one of several servers removes anything.
    """
    connection.execute(select(RETENTION).where(RETENTION.c.store == store).with_for_update())
    (retention,) = (one for one in select_retention(connection) if one.store == store)
    if not _is_due(retention, only_due):
        return None
    links, visits = retention.limits(now)
    gone = 0 if visits is None else _remove_visits(connection, store, visits)
    removed = Removed(0 if links is None else forget_before(connection, links, store), gone)
    connection.execute(
        update(RETENTION)
        .where(RETENTION.c.store == store)
        .values(last_run=utc_now(), links_removed=removed.links, visits_removed=removed.visits)
    )
    if any(removed):
        log_event(connection, who, Event.REMOVED_OLD, store, **removed._asdict())
    return removed


def _remove_visits(connection: Connection, store: str, limit: datetime) -> int:
    old = VISITS.c.store == store, VISITS.c.time < limit
    connection.execute(delete(CHECKS).where(CHECKS.c.visit_id.in_(select(VISITS.c.id).where(*old))))
    return connection.execute(delete(VISITS).where(*old)).rowcount
