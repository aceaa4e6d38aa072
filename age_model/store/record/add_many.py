"""Bulk inserts of receipts and visits, in transactions that do not block tills."""

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, update

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.ages import AGE_LIMITS, under_column
from age_model.store.record.batches import ROWS, Pace, numbered, parts
from age_model.store.record.database import writing
from age_model.store.record.receipt_batch import RECEIPT, ReceiptBatch, add_products
from age_model.store.record.schema import IMPORTS, MONEY_PARTS, QUANTITY_PARTS
from age_model.store.record.visit_batch import VisitBatch

ESTIMATE = ("age", "age_low", "age_high", *map(under_column, AGE_LIMITS), "model_version")
# Equal lines of a receipt are distinguished by `copy`.
_SAME_LINE = ["receipt", "name", "quantity", "amount"]
_PLACE_IN_TIME = ["time", "store", "till"]


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
    pace, added = pace or Pace(ROWS[engine.dialect.name]), 0
    lines = _prepared(writer, lines, source)
    with writing(engine) as connection:  # short: others may wait for a new product
        lines["product_id"] = add_products(connection, lines)
    for some in parts(lines, lines["receipt"].to_numpy(), pace):
        batch = ReceiptBatch.of(some)
        with pace.writing(engine, len(batch.receipts)) as connection:
            added += _counted(connection, source, batch.add(connection))
    return added


def add_receipts_within(connection: Connection, writer: Visitor, lines: pd.DataFrame) -> int:
    """Do the same in the transaction of a connection: all of the lines are added, or none.

    Raises:
        AccessDenied: see `add_receipts`.
    """
    lines = _prepared(writer, lines, None)
    lines["product_id"] = add_products(connection, lines)
    return ReceiptBatch.of(lines).add(connection)


def _prepared(writer: Visitor, lines: pd.DataFrame, source: int | None) -> pd.DataFrame:
    """Return lines as the tables have them, with a number for the receipt of each."""
    _check_stores(writer, lines)
    lines = lines.assign(day=lines["time"].dt.normalize(), name=lines["product"]).astype(
        dict.fromkeys(("store", "till", "number", "name", "category"), str)
    )
    lines["quantity"] = (lines["quantity"] * QUANTITY_PARTS).round().astype("int64")
    lines["amount"] = (lines["amount"] * MONEY_PARTS).round().astype("int64")
    lines["receipt"] = numbered(lines, RECEIPT)
    lines["copy"] = lines.groupby(_SAME_LINE, sort=False).cumcount()
    lines["import_id"] = pd.Series(source, lines.index, dtype="Int64")
    return lines


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
    pace, added = pace or Pace(ROWS[engine.dialect.name]), 0
    visits = _with_places(writer, visits, source)
    for some in parts(visits, numbered(visits, _PLACE_IN_TIME), pace):
        batch = VisitBatch.of(some, distributions[some.index])
        with pace.writing(engine, len(some)) as connection:
            added += _counted(connection, source, batch.add(connection))
    return added


def add_visits_within(
    connection: Connection, writer: Visitor, visits: pd.DataFrame, distributions: np.ndarray
) -> int:
    """Do the same in the transaction of a connection: all of the visits are added, or none.

    Raises:
        AccessDenied: see `add_visits`.
    """
    return VisitBatch.of(_with_places(writer, visits, None), distributions).add(connection)


def _with_places(writer: Visitor, visits: pd.DataFrame, source: int | None) -> pd.DataFrame:
    """Return visits with the columns of the table, but for key, receipt and distribution."""
    _check_stores(writer, visits)
    visits = visits.astype({"store": str, "till": str}).reset_index(drop=True)
    visits["day"] = visits["time"].dt.normalize()
    visits["import_id"] = pd.Series(source, visits.index, dtype="Int64")
    for name in ("cashier", "number", "outcome"):
        if name not in visits:
            visits[name] = None
    return visits


def _check_stores(writer: Visitor, table: pd.DataFrame) -> None:
    for store in sorted(table["store"].astype(str).unique()):
        writer.check(Action.IMPORT, store)
