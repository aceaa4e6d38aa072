"""What the record has of one cashier: handed over, or erased."""

import json
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, select, union, update

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.message import Sentence
from age_model.store.record.audit_log import (
    Event,
    cashier_key,
    log_event,
)
from age_model.store.record.database import clear_log, reading, writing
from age_model.store.record.export import after_deletion
from age_model.store.record.schema import AUDIT_LOG, CASHIERS, CHECKS, RECEIPTS, VISITS

_ACCOUNT = ("id", "name", "active", "pin_set")
_VISIT = ("id", "time", "till", "challenge_age", "likelihood")  # ages are the buyers' own
_RECEIPT = ("time", "till", "number")
_ENTRY = ("time", "who", "what", "store", "detail")


class UnknownCashierError(Exception):
    """The record has nothing of a cashier; the message is a `Sentence`."""


def cashier_names(engine: Engine, reader: Visitor, store: str) -> list[str]:
    """Return the names of the cashiers of a store that the record has, sorted.

    Raises:
        AccessDenied: the reader may not see them.
        RecordError: the record cannot be read.
    """
    reader.check(Action.FORGET, store)
    served = (
        select(table.c.cashier).where(table.c.store == store, table.c.cashier.is_not(None))
        for table in (VISITS, RECEIPTS)
    )
    with reading(engine) as connection:
        accounts = select(CASHIERS.c.name).where(CASHIERS.c.store == store)
        return sorted(connection.scalars(union(accounts, *served)))


def export_cashier(engine: Engine, writer: Visitor, store: str, name: str) -> str:
    """Return all that the record has of a cashier of a store, as JSON.

    That is the account without the PIN, the visits at which she served with their outcomes, the
    receipts and the entries of the audit log.

    Raises:
        AccessDenied: the writer may not see it.
        RecordError: the record cannot be read.
        UnknownCashierError: the record has nothing of her.
    """
    writer.check(Action.FORGET, store)
    with writing(engine) as connection:  # the export is an entry of the audit log
        key = _known(connection, store, name)
        outcome = CHECKS.c.outcome
        visits = select(*(VISITS.c[column] for column in _VISIT), outcome).outerjoin(CHECKS)
        receipts = select(*(RECEIPTS.c[column] for column in _RECEIPT))
        content = {
            "store": store,
            "name": name,
            "account": _account(connection, key),
            "visits": _rows(connection, visits.where(*_hers(VISITS, store, name))),
            "receipts": _rows(connection, receipts.where(*_hers(RECEIPTS, store, name))),
            "audit_log": [] if key is None else _entries(connection, key),
        }
        log_event(connection, writer.name, Event.EXPORTED, store, cashier=key)
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def erase_cashier(engine: Engine, writer: Visitor, store: str, name: str) -> int:
    """Erase a cashier of a store; return from how many visits and receipts.

    Her account goes, and her name from visits and receipts; these stay. Her receipts lose the time
    of day too, so that importing them again does not bring the name back. The audit log has only
    the number of her account.

    Raises:
        AccessDenied: the writer may not do so.
        RecordError: nothing was erased.
        UnknownCashierError: the record has nothing of her.
    """
    writer.check(Action.FORGET, store)
    with writing(engine) as connection:
        key = _known(connection, store, name)
        visits = update(VISITS).where(*_hers(VISITS, store, name)).values(cashier=None)
        receipts = update(RECEIPTS).where(*_hers(RECEIPTS, store, name))
        changed = connection.execute(visits).rowcount
        changed += connection.execute(receipts.values(cashier=None, time=None)).rowcount
        connection.execute(delete(CASHIERS).where(*_account_of(store, name)))
        log_event(connection, writer.name, Event.ERASED, store, cashier=key, rows=changed)
    clear_log(engine)
    after_deletion(engine)
    return changed


def _known(connection: Connection, store: str, name: str) -> int | None:
    """Return the key of a cashier's account; None if she has none, but is named elsewhere."""
    key = connection.scalar(select(CASHIERS.c.id).where(*_account_of(store, name)))
    if key is not None:
        return int(key)
    for table in (VISITS, RECEIPTS):
        if connection.scalar(select(table.c.id).where(*_hers(table, store, name)).limit(1)):
            return None
    raise UnknownCashierError(
        Sentence("The record has no cashier {name} in the store {store}.", name=name, store=store)
    )


def _hers(table: Table, store: str, name: str) -> tuple[Any, ...]:
    return table.c.store == store, table.c.cashier == name


def _account_of(store: str, name: str) -> tuple[Any, ...]:
    return CASHIERS.c.store == store, CASHIERS.c.name == name


def _account(connection: Connection, key: int | None) -> dict[str, Any] | None:
    query = select(*(CASHIERS.c[column] for column in _ACCOUNT)).where(CASHIERS.c.id == key)
    return next(iter(_rows(connection, query)), None)


def _entries(connection: Connection, key: int) -> list[dict[str, Any]]:
    """Return the entries of the audit log by a cashier or about her."""
    query = select(*(AUDIT_LOG.c[column] for column in _ENTRY)).order_by(AUDIT_LOG.c.id)
    about = [row | {"detail": json.loads(row["detail"])} for row in _rows(connection, query)]
    return [
        row
        for row in about
        if row["who"] == cashier_key(key) or row["detail"].get("cashier") == key
    ]


def _rows(connection: Connection, query: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [dict(row) for row in connection.execute(query).mappings()]
