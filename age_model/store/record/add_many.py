"""Bulk inserts of receipts and visits, in transactions that do not block tills."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    and_,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.ages import AGE_LIMITS, under_column
from age_model.store.record.copy_lines import PRODUCT, RECEIPT, copy_lines, numbered
from age_model.store.record.database import writing
from age_model.store.record.schema import (
    CHECKS,
    LINES,
    MONEY_PARTS,
    PRODUCTS,
    QUANTITY_PARTS,
    RECEIPTS,
    VISITS,
    pack_distribution,
)

BATCH = 1000  # receipts or visits in a transaction: a fraction of a second
COPIED = 20_000  # receipts in one to a server, where nobody waits for them
ESTIMATE = ("age", "age_low", "age_high", *map(under_column, AGE_LIMITS), "model_version")
_SAME_LINE = ["name", "quantity", "amount"]  # of a receipt; `copy` distinguishes equal ones
_PLACE_IN_TIME = ["time", "store", "till"]


def add_receipts(
    engine: Engine, writer: Visitor, lines: pd.DataFrame, source: int | None = None
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

    Returns:
        How many lines were added.

    Raises:
        AccessDenied: the writer may not import into one of the stores; nothing was written.
        RecordError: a part, or nothing, was written.
    """
    added = 0
    for batch in _receipt_batches(writer, lines, source, engine.dialect.name):
        with writing(engine) as connection:
            added += _add_receipt_batch(connection, batch)
    return added


def add_receipts_within(connection: Connection, writer: Visitor, lines: pd.DataFrame) -> int:
    """Do the same in the transaction of a connection: all of the lines are added, or none.

    Raises:
        AccessDenied: see `add_receipts`.
    """
    batches = _receipt_batches(writer, lines, None, connection.dialect.name)
    return sum(_add_receipt_batch(connection, batch) for batch in batches)


def _receipt_batches(
    writer: Visitor, lines: pd.DataFrame, source: int | None, dialect: str
) -> Iterator[pd.DataFrame]:
    _check_stores(writer, lines)
    lines = lines.assign(day=lines["time"].dt.date, name=lines["product"]).astype(
        dict.fromkeys(("store", "till", "number", "name", "category"), str)
    )
    lines["quantity"] = (lines["quantity"] * QUANTITY_PARTS).round().astype("int64")
    lines["amount"] = (lines["amount"] * MONEY_PARTS).round().astype("int64")
    same = numbered(lines, [*RECEIPT, *_SAME_LINE])
    lines["copy"] = pd.Series(same, lines.index).groupby(same).cumcount()
    lines["import_id"] = pd.Series(source, lines.index, dtype="Int64")
    return _batches(lines, RECEIPT, COPIED if dialect == "postgresql" else BATCH)


def _add_receipt_batch(connection: Connection, batch: pd.DataFrame) -> int:
    """Add the lines of some receipts; return how many are new."""
    server = connection.dialect.name == "postgresql"
    return copy_lines(connection, batch) if server else _add_lines(connection, batch)


def _add_lines(connection: Connection, batch: pd.DataFrame) -> int:
    _insert_new(connection, RECEIPTS, _fields(RECEIPTS, batch.drop_duplicates(RECEIPT)))
    batch["receipt_id"] = _receipt_keys(connection, batch)
    batch["product_id"] = _product_keys(connection, batch)
    _give_cashiers(connection, batch)
    replaced = _remove_outdated(connection, batch)
    new = _insert_new(connection, LINES, batch[[column.name for column in LINES.columns]])
    return new - replaced


def add_visits(
    engine: Engine,
    writer: Visitor,
    visits: pd.DataFrame,
    distributions: np.ndarray,
    source: int | None = None,
) -> int:
    """Add visits; one at the time and till of an existing one is skipped.

    Args:
        engine: of `open_record`.
        writer: who adds them.
        visits: one row a visit: store, till, time (local), cashier, number (of the receipt),
            outcome (these three may be missing), and the columns of `ESTIMATE`.
        distributions: of ages, shape (n, AGE_BINS).
        source: key of the import that they are of, see `past_imports`.

    Returns:
        How many were added.

    Raises:
        AccessDenied: the writer may not import into one of the stores; nothing was written.
        RecordError: a part, or nothing, was written.
    """
    added = 0
    for batch in _visit_batches(writer, visits, distributions, source):
        with writing(engine) as connection:
            added += _add_visit_batch(connection, batch)
    return added


def add_visits_within(
    connection: Connection, writer: Visitor, visits: pd.DataFrame, distributions: np.ndarray
) -> int:
    """Do the same in the transaction of a connection: all of the visits are added, or none.

    Raises:
        AccessDenied: see `add_visits`.
    """
    batches = _visit_batches(writer, visits, distributions, None)
    return sum(_add_visit_batch(connection, batch) for batch in batches)


def _visit_batches(
    writer: Visitor, visits: pd.DataFrame, distributions: np.ndarray, source: int | None
) -> Iterator[pd.DataFrame]:
    _check_stores(writer, visits)
    visits = visits.astype({"store": str, "till": str}).reset_index(drop=True)
    visits["day"] = visits["time"].dt.date
    visits["import_id"] = pd.Series(source, visits.index, dtype="Int64")
    for batch in _batches(visits, _PLACE_IN_TIME, BATCH):
        packed = [pack_distribution(distributions[row]) for row in batch.index]
        batch["distribution"] = pd.Series(packed, batch.index, dtype=object)
        batch["receipt_id"] = pd.Series(pd.NA, batch.index, dtype="Int64")
        yield batch


def _add_visit_batch(connection: Connection, batch: pd.DataFrame) -> int:
    """Add some visits; return how many are new."""
    with_receipt = batch.dropna(subset="number").astype({"number": str})
    if len(with_receipt):
        first = with_receipt.drop_duplicates(RECEIPT)
        _insert_new(connection, RECEIPTS, _fields(RECEIPTS, first))
        batch.loc[with_receipt.index, "receipt_id"] = _receipt_keys(connection, with_receipt)
    added = _insert_new(connection, VISITS, _fields(VISITS, batch))
    if len(with_receipt):
        _give_cashiers(connection, batch.dropna(subset="receipt_id"))
    _add_outcomes(connection, batch.dropna(subset="outcome"))
    return added


def _check_stores(writer: Visitor, table: pd.DataFrame) -> None:
    for store in sorted(table["store"].astype(str).unique()):
        writer.check(Action.IMPORT, store)


def _remove_outdated(connection: Connection, lines: pd.DataFrame) -> int:
    """Remove lines whose product has a new category or `is_alcohol`; return how many.

    The lines that take their place stay of the import that they came with.
    """
    receipts = LINES.c.receipt_id.in_(lines["receipt_id"].unique().tolist())
    query = select(LINES, PRODUCTS.c.name).join(PRODUCTS).where(receipts)
    columns = ["receipt_id", *_SAME_LINE, "copy"]
    keys = [column.name for column in LINES.primary_key]
    rows = enumerate(zip(*(lines[name] for name in columns), strict=True))
    places = {values: place for place, values in rows}
    products, imports = lines["product_id"].tolist(), lines["import_id"].tolist()
    outdated = []
    for row in connection.execute(query).mappings():
        place = places.get(tuple(row[name] for name in columns))
        if place is not None and products[place] != row["product_id"]:
            outdated.append({f"old_{key}": row[key] for key in keys})
            imports[place] = row["import_id"]
    lines["import_id"] = pd.array(imports, dtype="Int64")
    if outdated:
        same = (LINES.c[key] == bindparam(f"old_{key}") for key in keys)
        connection.execute(delete(LINES).where(*same), outdated)
    return len(outdated)


def _give_cashiers(connection: Connection, table: pd.DataFrame) -> None:
    """Fill in missing cashiers of receipts, and those of visits from their receipts.

    Old receipts, whose time and cashier were deleted, stay without.
    """
    keys = table["receipt_id"].unique().tolist()
    lacking = connection.scalars(
        select(RECEIPTS.c.id).where(
            RECEIPTS.c.id.in_(keys), RECEIPTS.c.cashier.is_(None), RECEIPTS.c.time.is_not(None)
        )
    ).all()
    known = table[table["receipt_id"].isin(lacking)].dropna(subset="cashier")
    first = known.drop_duplicates("receipt_id")
    for receipt, who in zip(first["receipt_id"].tolist(), first["cashier"], strict=True):
        receipts = update(RECEIPTS).where(RECEIPTS.c.id == receipt)
        connection.execute(receipts.values(cashier=str(who)))
    who_served = select(RECEIPTS.c.cashier).where(RECEIPTS.c.id == VISITS.c.receipt_id)
    visits = update(VISITS).where(VISITS.c.receipt_id.in_(keys), VISITS.c.cashier.is_(None))
    connection.execute(visits.values(cashier=who_served.scalar_subquery()))


def _add_outcomes(connection: Connection, visits: pd.DataFrame) -> None:
    if visits.empty:
        return
    within = VISITS.c.time.between(visits["time"].min(), visits["time"].max())
    keys = _keys(connection, VISITS, _PLACE_IN_TIME, within, visits)
    known = visits.assign(visit_id=keys).dropna(subset="visit_id")
    _insert_new(connection, CHECKS, known[["visit_id", "outcome"]].astype({"outcome": str}))


def _batches(table: pd.DataFrame, keys: list[str], size: int) -> Iterator[pd.DataFrame]:
    """Yield about `size` groups of rows with equal keys at a time, sorted by key.

    All writers use one order, which prevents deadlocks.
    """
    group = numbered(table, keys) // size
    order = np.argsort(group, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        if len(rows):
            yield table.iloc[rows].copy()


def _receipt_keys(connection: Connection, table: pd.DataFrame) -> pd.Series:
    near = and_(
        RECEIPTS.c.day.between(table["day"].min(), table["day"].max()),
        RECEIPTS.c.store.in_(table["store"].unique().tolist()),
        RECEIPTS.c.till.in_(table["till"].unique().tolist()),
    )
    return _keys(connection, RECEIPTS, RECEIPT, near, table)


def _product_keys(connection: Connection, table: pd.DataFrame) -> pd.Series:
    _insert_new(connection, PRODUCTS, table[PRODUCT].drop_duplicates().sort_values(PRODUCT))
    named = PRODUCTS.c.name.in_(table["name"].unique().tolist())
    return _keys(connection, PRODUCTS, PRODUCT, named, table)


def _keys(
    connection: Connection,
    target: Table,
    columns: list[str],
    within: ColumnElement[bool],
    table: pd.DataFrame,
) -> pd.Series:
    """Return the keys of the rows of `target` that have the same values as those of a table."""
    query = select(target.c.id, *(target.c[name] for name in columns))
    rows = connection.execute(query.where(within)).all()
    known = {tuple(row[1:]): row[0] for row in rows}
    wanted = zip(*(table[name] for name in columns), strict=True)
    return pd.Series([known.get(values) for values in wanted], table.index, dtype="Int64")


def _fields(target: Table, table: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a table that `target` has; one that the table lacks becomes null."""
    return table[[column.name for column in target.columns if column.name in table]]


def _insert_new(connection: Connection, target: Table, table: pd.DataFrame) -> int:
    """Insert the rows of a table that violate no unique constraint; return how many."""
    if table.empty:
        return 0
    columns = [values.astype(object).where(values.notna(), None) for _, values in table.items()]
    rows = [dict(zip(table, row, strict=True)) for row in zip(*columns, strict=True)]
    if connection.dialect.name == "sqlite":
        return connection.execute(sqlite.insert(target).on_conflict_do_nothing(), rows).rowcount
    insert = postgresql.insert(target).on_conflict_do_nothing()
    (key, *_) = target.primary_key.columns
    return len(connection.execute(insert.returning(key), rows).all())  # it counts no rows itself
