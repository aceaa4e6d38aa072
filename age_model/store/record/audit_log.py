"""The audit log: who did what, and when; the database refuses to change or delete what is in it.

It has no names of cashiers, only the keys of their accounts, so that one who is erased is gone from
it too.
"""

import json
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, insert, select

from age_model.i18n.message import mark
from age_model.store.record.database import reading, writing
from age_model.store.record.schema import AUDIT_LOG, CASHIERS

COMMAND = "command line"  # who, for what a command does
CASHIER = "cashier "  # before the key of an account, in place of a name
COLUMNS = ("time", "who", "what", "store", "detail")


class Event(StrEnum):
    """What is recorded."""

    VIEWED_CASHIERS = "viewed cashiers' figures"
    EXPORTED = "exported"
    IMPORTED = "imported"
    UNDID_IMPORT = "undid an import"
    CHANGED_RULE = "changed a rule"
    UNDID_OUTCOME = "undid an outcome"
    MADE_CODE = "made a pairing code"
    PAIRED_TILL = "paired a till"
    REVOKED_TILL = "revoked a till"
    MADE_KEY = "made a key of the service"
    REVOKED_KEY = "revoked a key of the service"
    ADDED_CASHIER = "added a cashier"
    CHANGED_CASHIER = "changed a cashier"
    RESET_PIN = "reset a PIN"
    LOCKED_PIN = "locked a cashier after wrong PINs"
    SET_GOODS = "set restricted goods"
    SET_REGION = "set the region of a store"
    SET_CURRENCY = "set the currency"
    TEST_PURCHASE = "noted a test purchase"
    SET_RETENTION = "set retention"
    REMOVED_OLD = "removed old data"
    ERASED = "erased a cashier"


EVENTS = {  # as they are shown
    Event.VIEWED_CASHIERS: mark("Viewed cashiers' figures"),
    Event.EXPORTED: mark("Exported"),
    Event.IMPORTED: mark("Imported"),
    Event.UNDID_IMPORT: mark("Undid an import"),
    Event.CHANGED_RULE: mark("Changed a rule"),
    Event.UNDID_OUTCOME: mark("Undid an outcome"),
    Event.MADE_CODE: mark("Made a pairing code"),
    Event.PAIRED_TILL: mark("Paired a till"),
    Event.REVOKED_TILL: mark("Revoked a till"),
    Event.MADE_KEY: mark("Made a key of the service"),
    Event.REVOKED_KEY: mark("Revoked a key of the service"),
    Event.ADDED_CASHIER: mark("Added a cashier"),
    Event.CHANGED_CASHIER: mark("Activated or deactivated a cashier"),
    Event.RESET_PIN: mark("Reset a PIN"),
    Event.LOCKED_PIN: mark("Locked a cashier after wrong PINs"),
    Event.SET_GOODS: mark("Set restricted goods"),
    Event.SET_REGION: mark("Set a store's region"),
    Event.SET_CURRENCY: mark("Set the currency"),
    Event.TEST_PURCHASE: mark("Noted or removed a test purchase"),
    Event.SET_RETENTION: mark("Set retention"),
    Event.REMOVED_OLD: mark("Removed old data"),
    Event.ERASED: mark("Erased a cashier"),
}


def utc_now() -> datetime:
    """Return the time as it is stored: UTC, without a time zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def log_event(
    connection: Connection, who: str, what: Event, store: str | None, **detail: object
) -> None:
    """Add an entry, in the same transaction as what it tells of.

    Args:
        connection: of `writing`.
        who: name of the visitor, "" in open mode; of a cashier `cashier_key`.
        what: that was done.
        store: where; None for all or none.
        detail: numbers, settings and names of tills, never of people.
    """
    connection.execute(
        insert(AUDIT_LOG).values(
            time=utc_now(),
            who=who,
            what=str(what),
            store=store,
            detail=_written(detail),
        )
    )


def log_once_a_day(
    connection: Connection, who: str, what: Event, store: str | None, **detail: object
) -> None:
    """Add an entry that the day, in UTC, has not yet: of what happens too often to note each time.

    Args: see `log_event`.
    """
    today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    same = (
        AUDIT_LOG.c.time >= today,
        AUDIT_LOG.c.who == who,
        AUDIT_LOG.c.what == str(what),
        AUDIT_LOG.c.store.is_not_distinct_from(store),
        AUDIT_LOG.c.detail == _written(detail),
    )
    if connection.scalar(select(AUDIT_LOG.c.id).where(*same).limit(1)) is None:
        log_event(connection, who, what, store, **detail)


def log_alone(
    engine: Engine, who: str, what: Event, stores: Collection[str | None], **detail: object
) -> None:
    """Add an entry for each store, in a transaction of their own.

    Raises:
        RecordError: nothing was written.
    """
    with writing(engine) as connection:
        for store in stores:
            log_event(connection, who, what, store, **detail)


def cashier_key(key: int) -> str:
    """Return what stands for a cashier's name.

    >>> cashier_key(7)
    'cashier 7'
    """
    return f"{CASHIER}{key}"


def read_log(engine: Engine, since: datetime, until: datetime) -> pd.DataFrame:
    """Return the entries of a time, the latest first, with the names of the cashiers.

    Args:
        engine: of `open_record`.
        since: UTC, without a time zone.
        until: exclusive.

    Returns:
        The columns `COLUMNS`; `store` is empty for all or none, `detail` holds dictionaries. A
        cashier who was erased stays "cashier 7".

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(*(AUDIT_LOG.c[name] for name in COLUMNS)).where(
        AUDIT_LOG.c.time >= since, AUDIT_LOG.c.time < until
    )
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(AUDIT_LOG.c.id.desc())).all()
        cashiers = connection.execute(select(CASHIERS.c.id, CASHIERS.c.name)).all()
    names = {cashier_key(key): name for key, name in cashiers}
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"time": "datetime64[ns]"})
    table["who"] = table["who"].map(lambda who: names.get(who, who))
    table["detail"] = [_with_name(json.loads(detail), names) for detail in table["detail"]]
    return table.fillna({"store": ""})


def _written(detail: Mapping[str, object]) -> str:
    return json.dumps(detail, ensure_ascii=False, default=str)


def _with_name(detail: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the details of an entry with the name of the cashier whom it is about."""
    key = detail.get("cashier")
    if key is None:
        return detail
    return detail | {"cashier": names.get(cashier_key(key), cashier_key(key))}
