"""Files that were imported: what each added, and how to take it out again."""

import json
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from itertools import chain
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import (
    Connection,
    Engine,
    Select,
    TableClause,
    column,
    delete,
    insert,
    select,
    table,
    update,
)

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.store.record.audit_log import Event, log_event, utc_now
from age_model.store.record.batches import ROWS, Pace, slices
from age_model.store.record.database import reading, writing
from age_model.store.record.export import after_deletion
from age_model.store.record.schema import CHECKS, IMPORTS, LINES, RECEIPTS, VISITS
from age_model.store.record.staging import analyze, stage

LATEST = 50  # imports are listed
KEYS_AT_ONCE = 100_000  # read
# Of the connection's own: keys of visits or receipts whose rows go, and of receipts that had some.
_REMOVED, _TOUCHED = table("removed_keys", column("id")), table("touched_receipts", column("id"))


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

    Rows are removed some at a time. If interrupted, the import stays in the list with those that
    are left, and repeating the call removes them.

    Raises:
        AccessDenied: the writer may not import into one of its stores; nothing was removed.
        RecordError: a part, or nothing, was removed.
    """
    with reading(engine) as connection:
        row = connection.execute(select(IMPORTS).where(IMPORTS.c.id == key)).one_or_none()
    if row is None:  # somebody was first
        return 0
    stores = json.loads(row.stores)
    for store in stores:
        writer.check(Action.IMPORT, store)
    removed, is_done = 0, False
    try:
        for count in chain(_without_visits(engine, key), _without_lines(engine, key)):
            removed += count
        is_done = True
    finally:
        with writing(engine) as connection:
            for store in stores if removed else ():
                log_event(connection, writer.name, Event.UNDID_IMPORT, store, rows=removed)
            if is_done:
                connection.execute(delete(IMPORTS).where(IMPORTS.c.id == key))
    after_deletion(engine)
    return removed


def _without_visits(engine: Engine, key: int) -> Iterator[int]:
    """Remove the visits of an import, and receipts of theirs without lines; yield how many."""
    mine = VISITS.c.import_id == key
    query = select(VISITS.c.id).where(mine).order_by(VISITS.c.id)

    def remove(connection: Connection) -> int:
        # Still of the import: a file gives the keys of removed rows to new ones.
        these = VISITS.c.id.in_(select(_REMOVED.c.id)), mine
        receipts = set(connection.scalars(select(VISITS.c.receipt_id).where(*these))) - {None}
        checked = select(VISITS.c.id).where(*these)
        connection.execute(delete(CHECKS).where(CHECKS.c.visit_id.in_(checked)))
        removed = connection.execute(delete(VISITS).where(*these)).rowcount
        _remove_empty(connection, receipts)
        return removed

    return _in_parts(engine, key, query, remove)


def _without_lines(engine: Engine, key: int) -> Iterator[int]:
    """Remove the lines of an import, and receipts that then have none; yield how many lines."""
    mine = LINES.c.import_id == key
    query = select(LINES.c.receipt_id).where(mine).distinct().order_by(LINES.c.receipt_id)

    def remove(connection: Connection) -> int:
        these = LINES.c.receipt_id.in_(select(_REMOVED.c.id)), mine
        receipts = set(connection.scalars(select(LINES.c.receipt_id).where(*these).distinct()))
        removed = connection.execute(delete(LINES).where(*these)).rowcount
        _remove_empty(connection, receipts)
        return removed

    return _in_parts(engine, key, query, remove)


def _in_parts(
    engine: Engine, key: int, query: Select[tuple[int]], remove: Callable[[Connection], int]
) -> Iterator[int]:
    """Stage the keys of a query and have their rows removed, in short transactions.

    Yields:
        How many rows were removed in each.
    """
    with reading(engine) as connection:
        found = connection.execution_options(yield_per=KEYS_AT_ONCE).scalars(query)
        keys = np.fromiter(found, np.int64)
    pace, this = Pace(ROWS[engine.dialect.name]), IMPORTS.c.id == key
    for places in slices(np.arange(len(keys)), pace):
        some = keys[places].tolist()
        with pace.writing(engine, len(some)) as connection:
            # Whoever removes the same waits here, and finds nothing left.
            connection.execute(select(IMPORTS.c.id).where(this).with_for_update())
            _stage(connection, _REMOVED, some)
            removed = remove(connection)
            connection.execute(update(IMPORTS).where(this).values(added=IMPORTS.c.added - removed))
        yield removed


def _remove_empty(connection: Connection, receipts: Collection[int]) -> None:
    """Remove those of some receipts that have no lines, and the links of visits to them."""
    _stage(connection, _TOUCHED, receipts)
    lines = select(LINES.c.receipt_id).where(LINES.c.receipt_id == _TOUCHED.c.id)
    empty = select(_TOUCHED.c.id).where(~lines.exists())
    connection.execute(update(VISITS).where(VISITS.c.receipt_id.in_(empty)).values(receipt_id=None))
    connection.execute(delete(RECEIPTS).where(RECEIPTS.c.id.in_(empty)))


def _stage(connection: Connection, into: TableClause, keys: Collection[int]) -> None:
    stage(connection, into.name, {"id": "integer"}, pd.DataFrame({"id": sorted(keys)}))
    analyze(connection, into.name)
