"""Files that were imported: what each added, and how to take it out again."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select, update

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.store.record.audit_log import Event, log_event, utc_now
from age_model.store.record.database import reading, writing
from age_model.store.record.export import after_deletion
from age_model.store.record.schema import CHECKS, IMPORTS, LINES, RECEIPTS, VISITS

LATEST = 50  # imports are listed
KEYS_AT_ONCE = 500  # in a query


class PastImport(NamedTuple):
    """A file that was imported.

    Attributes:
        key: identifies it.
        time: when, UTC without a time zone.
        who: did it; "" in open mode.
        kind: "receipts" or "visits".
        file: its name.
        stores: of its rows.
        added: rows that were new.
    """

    key: int
    time: datetime
    who: str
    kind: str
    file: str
    stores: list[str]
    added: int


def begin_import(
    engine: Engine, writer: Visitor, kind: str, file: str, stores: Collection[str]
) -> int:
    """Note an import before its rows are added; return its key.

    Raises:
        AccessDenied: the writer may not import into one of the stores.
        RecordError: nothing was written.
    """
    for store in stores:
        writer.check(Action.IMPORT, store)
    with writing(engine) as connection:
        new = insert(IMPORTS).values(
            time=utc_now(),
            who=writer.name,
            kind=kind,
            file=file,
            stores=json.dumps(sorted(stores), ensure_ascii=False),
            added=0,
        )
        return int(connection.execute(new.returning(IMPORTS.c.id)).scalar_one())


def end_import(engine: Engine, writer: Visitor, key: int) -> None:
    """Log what an import added, also one that failed; one that added nothing is not kept.

    Raises:
        RecordError: nothing was written.
    """
    with writing(engine) as connection:
        this = IMPORTS.c.id == key
        row = connection.execute(select(IMPORTS).where(this)).one()
        for store in json.loads(row.stores):
            log_event(connection, writer.name, Event.IMPORTED, store, kind=row.kind, rows=row.added)
        if not row.added:
            connection.execute(delete(IMPORTS).where(this))


def past_imports(engine: Engine, reader: Visitor) -> list[PastImport]:
    """Return the `LATEST` imports of which the reader may undo every row, the newest first.

    Raises:
        RecordError: the record cannot be read.
    """
    query = select(IMPORTS).order_by(IMPORTS.c.id.desc())
    with reading(engine) as connection:
        found = [
            PastImport(
                key=row.id,
                time=row.time,
                who=row.who,
                kind=row.kind,
                file=row.file,
                stores=json.loads(row.stores),
                added=row.added,
            )
            for row in connection.execute(query)
        ]
    mine = [one for one in found if all(reader.may(Action.IMPORT, store) for store in one.stores)]
    return mine[:LATEST]


def undo_import(engine: Engine, writer: Visitor, key: int) -> int:
    """Remove the rows that an import added; return how many.

    What it changed in rows that were there before stays: a product's new category, a cashier.

    Raises:
        AccessDenied: the writer may not import into one of its stores; nothing was removed.
        RecordError: nothing was removed.
    """
    with writing(engine) as connection:
        row = connection.execute(select(IMPORTS).where(IMPORTS.c.id == key)).one_or_none()
        if row is None:  # somebody was first
            return 0
        stores = json.loads(row.stores)
        for store in stores:
            writer.check(Action.IMPORT, store)
        removed = _remove(connection, key)
        connection.execute(delete(IMPORTS).where(IMPORTS.c.id == key))
        for store in stores:
            log_event(connection, writer.name, Event.UNDID_IMPORT, store, rows=removed)
    after_deletion(engine)
    return removed


def _remove(connection: Connection, key: int) -> int:
    """Remove lines and visits of an import, and the receipts that then have neither."""
    lines, visits = LINES.c.import_id == key, VISITS.c.import_id == key
    touched = set(connection.scalars(select(LINES.c.receipt_id).where(lines).distinct()))
    touched |= set(connection.scalars(select(VISITS.c.receipt_id).where(visits))) - {None}
    mine = select(VISITS.c.id).where(visits)
    connection.execute(delete(CHECKS).where(CHECKS.c.visit_id.in_(mine)))
    removed = connection.execute(delete(VISITS).where(visits)).rowcount
    removed += connection.execute(delete(LINES).where(lines)).rowcount
    keys = sorted(touched)
    for start in range(0, len(keys), KEYS_AT_ONCE):
        _remove_empty(connection, keys[start : start + KEYS_AT_ONCE])
    return removed


def _remove_empty(connection: Connection, receipts: list[int]) -> None:
    """Remove those of some receipts that have no lines, and the links of visits to them."""
    full = select(LINES.c.receipt_id).where(LINES.c.receipt_id.in_(receipts)).distinct()
    empty = sorted(set(receipts) - set(connection.scalars(full)))
    connection.execute(update(VISITS).where(VISITS.c.receipt_id.in_(empty)).values(receipt_id=None))
    connection.execute(delete(RECEIPTS).where(RECEIPTS.c.id.in_(empty)))
