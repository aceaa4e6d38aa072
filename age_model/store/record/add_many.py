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
from age_model.store.record.batches import Pace, numbered, parts
from age_model.store.record.copy_lines import PRODUCT, RECEIPT, copy_lines, copy_products
from age_model.store.record.copy_visits import copy_visits
from age_model.store.record.database import writing
from age_model.store.record.schema import (
    CHECKS,
    IMPORTS,
    LINES,
    MONEY_PARTS,
    PRODUCTS,
    QUANTITY_PARTS,
    RECEIPTS,
    VISITS,
    pack_distribution,
)

ESTIMATE = ("age", "age_low", "age_high", *map(under_column, AGE_LIMITS), "model_version")
_SAME_LINE = ["name", "quantity", "amount"]  # of a receipt; `copy` distinguishes equal ones
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
    pace, added = pace or Pace(engine.dialect.name), 0
    lines = _prepared(writer, lines, source)
    if engine.dialect.name == "postgresql":
        with writing(engine) as connection:  # short: others may wait for a new product
            lines["product_id"] = copy_products(connection, lines)
    for batch in parts(lines, lines["receipt"].to_numpy(), pace):
        with pace.writing(engine, batch["receipt"].nunique()) as connection:
            added += _counted(connection, source, _add_receipt_batch(connection, batch))
    return added


def add_receipts_within(connection: Connection, writer: Visitor, lines: pd.DataFrame) -> int:
    """Do the same in the transaction of a connection: all of the lines are added, or none.

    Raises:
        AccessDenied: see `add_receipts`.
    """
    dialect = connection.dialect.name
    lines = _prepared(writer, lines, None)
    if dialect == "postgresql":
        lines["product_id"] = copy_products(connection, lines)
    batches = parts(lines, lines["receipt"].to_numpy(), Pace.longest(dialect))
    return sum(_add_receipt_batch(connection, batch) for batch in batches)


def _prepared(writer: Visitor, lines: pd.DataFrame, source: int | None) -> pd.DataFrame:
    """Return lines as the tables have them, with a number for the receipt of each."""
    _check_stores(writer, lines)
    lines = lines.assign(day=lines["time"].dt.normalize(), name=lines["product"]).astype(
        dict.fromkeys(("store", "till", "number", "name", "category"), str)
    )
    lines["quantity"] = (lines["quantity"] * QUANTITY_PARTS).round().astype("int64")
    lines["amount"] = (lines["amount"] * MONEY_PARTS).round().astype("int64")
    lines["receipt"] = numbered(lines, RECEIPT)
    lines["copy"] = lines.groupby(["receipt", *_SAME_LINE], sort=False).cumcount()
    lines["import_id"] = pd.Series(source, lines.index, dtype="Int64")
    return lines


def _counted(connection: Connection, source: int | None, added: int) -> int:
    """Note with the rows of an import how many there are: it can be undone however it ends."""
    if source is not None and added:
        more = update(IMPORTS).where(IMPORTS.c.id == source)
        connection.execute(more.values(added=IMPORTS.c.added + added))
    return added


def _add_receipt_batch(connection: Connection, batch: pd.DataFrame) -> int:
    """Add the lines of some receipts; return how many are new."""
    if connection.dialect.name == "postgresql":
        return copy_lines(connection, batch)
    batch["day"] = batch["day"].dt.date
    _insert_new(connection, RECEIPTS, _fields(RECEIPTS, batch.drop_duplicates("receipt")))
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
    pace, added = pace or Pace(engine.dialect.name), 0
    for batch in _visit_batches(writer, visits, source, pace):
        with pace.writing(engine, len(batch)) as connection:
            new = _add_visit_batch(connection, batch, distributions[batch.index])
            added += _counted(connection, source, new)
    return added


def add_visits_within(
    connection: Connection, writer: Visitor, visits: pd.DataFrame, distributions: np.ndarray
) -> int:
    """Do the same in the transaction of a connection: all of the visits are added, or none.

    Raises:
        AccessDenied: see `add_visits`.
    """
    batches = _visit_batches(writer, visits, None, Pace.longest(connection.dialect.name))
    return sum(_add_visit_batch(connection, batch, distributions[batch.index]) for batch in batches)


def _visit_batches(
    writer: Visitor, visits: pd.DataFrame, source: int | None, pace: Pace
) -> Iterator[pd.DataFrame]:
    _check_stores(writer, visits)
    visits = visits.astype({"store": str, "till": str}).reset_index(drop=True)
    visits["day"] = visits["time"].dt.normalize()
    visits["import_id"] = pd.Series(source, visits.index, dtype="Int64")
    for name in ("cashier", "number", "outcome"):
        if name not in visits:
            visits[name] = None
    return parts(visits, numbered(visits, _PLACE_IN_TIME), pace)


def _add_visit_batch(connection: Connection, batch: pd.DataFrame, distributions: np.ndarray) -> int:
    """Add some visits; return how many are new."""
    if connection.dialect.name == "postgresql":
        return copy_visits(connection, batch, distributions)
    batch["day"] = batch["day"].dt.date
    packed = [pack_distribution(distribution) for distribution in distributions]
    batch["distribution"] = pd.Series(packed, batch.index, dtype=object)
    batch["receipt_id"] = pd.Series(pd.NA, batch.index, dtype="Int64")
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
