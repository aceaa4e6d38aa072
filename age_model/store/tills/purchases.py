"""Test purchases: somebody young buys for the manager, who notes whether she was asked for ID."""

from datetime import date
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Engine, delete, insert, select

from age_model.access.rights import Action
from age_model.access.visitor import Scope, Visitor
from age_model.store.record.audit_log import Event, log_event
from age_model.store.record.database import reading, writing
from age_model.store.record.in_scope import in_scope
from age_model.store.record.schema import TEST_PURCHASES

LONGEST = 60  # characters of a name


class Purchase(NamedTuple):
    """A test purchase: where, when, of which goods, and whether the buyer was asked for ID."""

    store: str
    till: str
    day: date
    goods: str
    asked: bool


def add_purchase(engine: Engine, writer: Visitor, purchase: Purchase) -> None:
    """Note a test purchase.

    Raises:
        AccessDenied: the writer may not change rules of the store.
        RecordError: nothing was written.
    """
    writer.check(Action.CHANGE_RULES, purchase.store)
    with writing(engine) as connection:
        values = purchase._asdict() | {"added_by": writer.name}
        connection.execute(insert(TEST_PURCHASES).values(values))
        till, store = purchase.till, purchase.store
        log_event(connection, writer.name, Event.TEST_PURCHASE, store, till=till)


def remove_purchase(engine: Engine, writer: Visitor, key: int) -> None:
    """Remove a test purchase that was noted by mistake.

    Raises:
        AccessDenied: the writer may not change rules of its store.
        RecordError: nothing was removed.
    """
    with writing(engine) as connection:
        this = TEST_PURCHASES.c.id == key
        store = connection.scalar(select(TEST_PURCHASES.c.store).where(this))
        if store is None:  # somebody else was first
            return
        writer.check(Action.CHANGE_RULES, store)
        connection.execute(delete(TEST_PURCHASES).where(this))
        log_event(connection, writer.name, Event.TEST_PURCHASE, store)


def read_purchases(engine: Engine, scope: Scope, first: date, last: date) -> pd.DataFrame:
    """Return the test purchases of some days, both of which count, the latest first.

    Returns:
        The columns id, store, till, day (date), goods, asked (bool).

    Raises:
        RecordError: the record cannot be read.
    """
    names = ("id", *Purchase._fields)
    table = TEST_PURCHASES.c
    query = select(*(table[name] for name in names)).where(
        table.day >= first, table.day <= last, in_scope(TEST_PURCHASES, scope)
    )
    with reading(engine) as connection:
        rows = connection.execute(query.order_by(table.day.desc(), table.id.desc())).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(names)).astype({"asked": bool})
