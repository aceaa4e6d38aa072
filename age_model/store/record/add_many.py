"""Bulk inserts of receipts and visits, in transactions that do not block tills."""

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, update

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.ages import AGE_LIMITS, under_column
from age_model.store.record.batches import ROWS, Pace
from age_model.store.record.database import writing
from age_model.store.record.receipt_batch import ReceiptBatch
from age_model.store.record.schema import IMPORTS, MONEY_PARTS, QUANTITY_PARTS
from age_model.store.record.visit_batch import VisitBatch

ESTIMATE = ("age", "age_low", "age_high", *map(under_column, AGE_LIMITS), "model_version")


def add_receipts(
    engine: Engine,
    writer: Visitor,
    lines: pd.DataFrame,
    source: int | None = None,
    pace: Pace | None = None,
) -> int:
    """Add receipts with their lines; existing ones are skipped.

    An existing line takes the new category and `is_alcohol`. Receipts without a cashier, and their
    visits, get the cashier.

    If interrupted, a part of the receipts is stored, each with all of its lines; repeating the call
    adds the rest.

    Args:
        engine: of `open_record`.
        writer: who adds them.
        lines: one row a line: store, till, time (local), number (text, of the receipt), cashier
            (may be missing), product, category, quantity, amount (of the line), is_alcohol.
        source: key of the import that they are of, see `past_imports`.
        pace: kept from one call to the next, where there are several.

    Returns:
        How many lines were added.

    Raises:
        AccessDenied: the writer may not import into one of the stores; nothing was written.
        RecordError: a part, or nothing, was written.
    """
    return add_batch(engine, receipt_batch(writer, lines, source), source, pace)


def receipt_batch(writer: Visitor, lines: pd.DataFrame, source: int | None) -> ReceiptBatch:
    """Return lines as `add_batch` adds them; the arguments are those of `add_receipts`.

    Raises:
        AccessDenied: the writer may not import into one of the stores.
    """
    _check_stores(writer, lines)
    lines = lines.assign(day=lines["time"].dt.normalize(), name=lines["product"]).astype(
        dict.fromkeys(("store", "till", "number", "name", "category"), str)
    )
    lines["quantity"] = (lines["quantity"] * QUANTITY_PARTS).round().astype("int64")
    lines["amount"] = (lines["amount"] * MONEY_PARTS).round().astype("int64")
    lines["import_id"] = pd.Series(source, lines.index, dtype="Int64")
    return ReceiptBatch.of(lines)


def add_batch(
    engine: Engine,
    batch: ReceiptBatch | VisitBatch,
    source: int | None = None,
    pace: Pace | None = None,
) -> int:
    """Add a batch; everything else is as `add_receipts` and `add_visits` say."""
    pace, added = pace or Pace(ROWS[engine.dialect.name]), 0
    if isinstance(batch, ReceiptBatch):
        with writing(engine) as connection:  # short: others may wait for a new product
            batch = batch.with_products(connection)
    for part in batch.parts(pace):
        with pace.writing(engine, len(part)) as connection:
            added += _counted(connection, source, part.add(connection))
    return added


def add_receipts_within(connection: Connection, writer: Visitor, lines: pd.DataFrame) -> int:
    """Do the same in the transaction of a connection: all of the lines are added, or none.

    Raises:
        AccessDenied: see `add_receipts`.
    """
    return receipt_batch(writer, lines, None).with_products(connection).add(connection)


def _counted(connection: Connection, source: int | None, added: int) -> int:
    """Note with the rows of an import how many there are: it can be undone however it ends."""
    if source is not None and added:
        more = update(IMPORTS).where(IMPORTS.c.id == source)
        connection.execute(more.values(added=IMPORTS.c.added + added))
    return added


def add_visits(
    engine: Engine,
    writer: Visitor,
    visits: pd.DataFrame,
    distributions: np.ndarray,
    source: int | None = None,
    pace: Pace | None = None,
) -> int:
    """Add visits; one at the time and till of an existing one is skipped.

    Args:
        engine: of `open_record`.
        writer: who adds them.
        visits: one row a visit: store, till, time (local), cashier, number (of the receipt),
            outcome (these three may be missing), and the columns of `ESTIMATE`.
        distributions: of ages, shape (n, AGE_BINS).
        source: key of the import that they are of, see `past_imports`.
        pace: kept from one call to the next, where there are several.

    Returns:
        How many were added.

    Raises:
        AccessDenied: the writer may not import into one of the stores; nothing was written.
        RecordError: a part, or nothing, was written.
    """
    return add_batch(engine, visit_batch(writer, visits, distributions, source), source, pace)


def visit_batch(
    writer: Visitor, visits: pd.DataFrame, distributions: np.ndarray, source: int | None
) -> VisitBatch:
    """Return visits as `add_batch` adds them; the arguments are those of `add_visits`.

    Raises:
        AccessDenied: the writer may not import into one of the stores.
    """
    _check_stores(writer, visits)
    visits = visits.astype({"store": str, "till": str}).reset_index(drop=True)
    visits["day"] = visits["time"].dt.normalize()
    visits["import_id"] = pd.Series(source, visits.index, dtype="Int64")
    return VisitBatch.of(visits, distributions)


def add_visits_within(
    connection: Connection, writer: Visitor, visits: pd.DataFrame, distributions: np.ndarray
) -> int:
    """Do the same in the transaction of a connection: all of the visits are added, or none.

    Raises:
        AccessDenied: see `add_visits`.
    """
    return visit_batch(writer, visits, distributions, None).add(connection)


def _check_stores(writer: Visitor, table: pd.DataFrame) -> None:
    for store in sorted(table["store"].astype(str).unique()):
        writer.check(Action.IMPORT, store)
