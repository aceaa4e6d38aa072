"""The record as tables for analysis."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    and_,
    case,
    func,
    or_,
    select,
)

from age_model.access.visitor import Scope
from age_model.store.record.bought import Bought
from age_model.store.record.database import reading
from age_model.store.record.export import FIGURES
from age_model.store.record.in_scope import in_scope
from age_model.store.record.schema import (
    CHECKS,
    LINES,
    MONEY_PARTS,
    OUTCOMES,
    PRODUCTS,
    QUANTITY_PARTS,
    RECEIPTS,
    VISITS,
    unpack_distributions,
)

# Below the threshold of Python's garbage collection, which took a third of the time with parts of
# 10,000 rows.
ROWS_A_PART = 500
NO_RECEIPT = 0  # in `visits.receipt`: no receipt is known for the visit


@dataclass(frozen=True)
class StoreTables:
    """Visits, receipt lines and ID checks of a time and of stores.

    Lines, what they come to and checks are read from the record on first use: lines take much of
    the reading time, and most analyses need only the sums over them.

    Texts (store, till, cashier, product, category, outcome, model_version) are pandas
    categoricals: group with `observed=True`. Every table has a plain RangeIndex.

    Attributes:
        visits: one row a visit with an estimated age, in the order of time: visit_id (int64),
            time (datetime64[ns], local), store, till (its name is unique within a store only),
            cashier (missing where unknown, or deleted after some days), receipt (int64 key into
            `lines`, `NO_RECEIPT` where unknown or deleted; no two visits share a receipt),
            age, age_low, age_high (years, ends of the 90 % interval), p_under_18, p_under_25
            (calibrated probabilities), model_version. Visits without an estimate are left out.
        distributions: predicted age distributions, float16 as stored, or float32, shape
            (n, AGE_BINS), rows summing to nearly 1; row i belongs to row i of `visits`.
        read_lines: returns the receipt lines, all or (given True) only those of alcohol, in the
            order of receipts, including receipts without a visit: receipt (int64), product,
            category, quantity (float, pieces or kilograms), amount (float, of the whole line, in
            the store's currency; negative for returns), is_alcohol (bool).
        read_checks: returns at most one row a visit, also for visits that were left out: visit_id
            (int64), asked (bool), outcome ("ID shown", "sale refused", "not asked"). A cashier
            records a check when alcohol is bought; after "sale refused" the receipt has no
            alcohol.
        read_sums: sums over the lines; by default these are read and added up.
        read_at: identifies this reading.
    """

    visits: pd.DataFrame
    distributions: np.ndarray
    read_lines: Callable[[bool], pd.DataFrame]
    read_checks: Callable[[], pd.DataFrame]
    read_sums: Bought | None = None
    read_at: datetime = field(default_factory=datetime.now)

    @classmethod
    def of(
        cls,
        visits: pd.DataFrame,
        distributions: np.ndarray,
        lines: pd.DataFrame,
        checks: pd.DataFrame,
    ) -> "StoreTables":
        """Return tables from existing data frames."""

        def read_lines(only_alcohol: bool) -> pd.DataFrame:
            return lines[lines["is_alcohol"]] if only_alcohol else lines

        return cls(visits, distributions, read_lines, lambda: checks)

    @property
    def count(self) -> int:
        """The number of visits."""
        return len(self.visits)

    @property
    def stores(self) -> list[str]:
        """The stores of the visits, sorted."""
        return sorted(self.visits["store"].unique())

    @property
    def days(self) -> pd.Series:
        """The days with visits, datetime64."""
        return self.visits["time"].dt.normalize().drop_duplicates()

    @property
    def versions(self) -> dict[str, int]:
        """The number of visits of each model version, "" where there is none."""
        counts = self.visits["model_version"].astype(object).fillna("").value_counts()
        return {str(version): int(count) for version, count in counts.items()}

    @cached_property
    def bought(self) -> Bought:
        """Sums over the lines. Its functions raise a RecordError if the record cannot be read."""
        return self.read_sums or Bought.of(self.read_lines)

    @property
    def lines(self) -> pd.DataFrame:
        """The receipt lines. Raises a RecordError if the record cannot be read."""
        return self.read_lines(False)

    @property
    def alcohol_lines(self) -> pd.DataFrame:
        """The receipt lines of alcohol. Raises a RecordError if the record cannot be read."""
        return self.read_lines(True)

    @property
    def checks(self) -> pd.DataFrame:
        """The ID checks. Raises a RecordError if the record cannot be read."""
        return self.read_checks()


def read_tables(
    engine: Engine,
    scope: Scope,
    start: datetime | None = None,
    end: datetime | None = None,
    only_alcohol: bool = False,
) -> StoreTables:
    """Read the record, as the database has it.

    Args:
        engine: of `open_record`.
        scope: what may be read; other stores' rows, and the names of other stores' cashiers, are
            left out.
        start: the first moment, local; by default the first one.
        end: exclusive, local.
        only_alcohol: whether to leave out the visits that have neither an ID check nor alcohol on
            their receipt, which are most.

    Raises:
        RecordError: the record cannot be read.
    """

    @cache
    def lines(only_alcohol: bool) -> pd.DataFrame:
        with reading(engine) as connection:
            found = _lines(connection, only_alcohol, scope, start, end)
            return _lines_of(connection, *found)

    @cache
    def checks() -> pd.DataFrame:
        with reading(engine) as connection:
            return _checks_of(*_checks(connection, scope, start, end))

    with reading(engine) as connection:
        visits, distributions = _visits(connection, scope, start, end, only_alcohol)
    return StoreTables(visits, distributions, lines, checks, Bought.of(lines))


def read_stores(engine: Engine, scope: Scope) -> list[str]:
    """Return the names of the stores in scope that have visits or receipts, sorted.

    Raises:
        RecordError: the record cannot be read.
    """
    with reading(engine) as connection:
        known = {name for each in (VISITS, RECEIPTS) for name in connection.scalars(_stores(each))}
    return sorted(filter(scope.includes, known))


def _stores(table: Table) -> Select[Any]:
    """Return the query of the stores of a table: an index look-up for each, however many rows."""
    name = table.c.store
    found = select(func.min(name).label("store")).cte(recursive=True)
    after = select(func.min(name)).where(name > found.c.store).scalar_subquery()
    found = found.union_all(select(after).where(found.c.store.is_not(None)))
    return select(found.c.store).where(found.c.store.is_not(None))


def _visits(
    connection: Connection,
    scope: Scope,
    start: datetime | None,
    end: datetime | None,
    only_alcohol: bool,
) -> tuple[pd.DataFrame, np.ndarray]:
    names = ["id", "time", "store", "till", "cashier", "receipt_id", *FIGURES, "model_version"]
    asked: list[ColumnElement[Any]] = [VISITS.c[name] for name in names]
    if scope.cashiers is not None:
        named = case((VISITS.c.store.in_(scope.cashiers), VISITS.c.cashier))
        asked[names.index("cashier")] = named.label("cashier")
    query = select(*asked, VISITS.c.distribution)
    query = query.where(*_seen(scope, start, end), *([_with_alcohol()] if only_alcohol else []))
    columns = _columns(connection, query.order_by(*_IN_TIME))
    read = dict(zip(names, columns, strict=False))
    visits = pd.DataFrame(  # column by column: pandas takes longer to infer the types
        {
            "visit_id": np.array(read["id"], dtype=np.int64),
            "time": pd.to_datetime(read["time"], format="ISO8601").astype("datetime64[ns]"),
            **{name: _categorical(read[name]) for name in ("store", "till", "cashier")},
            "receipt": np.array([key or NO_RECEIPT for key in read["receipt_id"]], dtype=np.int64),
            **{name: np.array(read[name], dtype=float) for name in FIGURES},
            "model_version": _categorical(read["model_version"]),
        }
    )
    return visits, unpack_distributions(columns[-1])


def _lines(
    connection: Connection,
    only_alcohol: bool,
    scope: Scope,
    start: datetime | None,
    end: datetime | None,
) -> np.ndarray:
    query = select(LINES.c.receipt_id, LINES.c.product_id, LINES.c.quantity, LINES.c.amount)
    if only_alcohol:
        query = query.where(_is_alcohol())
    wanted = _issued(scope, start, end)
    if wanted:
        query = query.join(RECEIPTS).where(*wanted)
    return _integers(connection, query.order_by(LINES.c.receipt_id))


def _lines_of(
    connection: Connection,
    receipt: np.ndarray,
    product: np.ndarray,
    quantity: np.ndarray,
    amount: np.ndarray,
) -> pd.DataFrame:
    columns = PRODUCTS.c.id, PRODUCTS.c.name, PRODUCTS.c.category, PRODUCTS.c.is_alcohol
    ids, names, categories, alcohol = _columns(connection, select(*columns).order_by(columns[0]))
    row = np.searchsorted(np.array(ids, dtype=np.int64), product)  # of the product
    return pd.DataFrame(
        {
            "receipt": receipt,
            "product": pd.Series(names, dtype="category").take(row).array,
            "category": pd.Series(categories, dtype="category").take(row).array,
            "quantity": quantity / QUANTITY_PARTS,
            "amount": amount / MONEY_PARTS,
            "is_alcohol": np.array(alcohol, dtype=bool)[row],
        }
    )


def _checks(
    connection: Connection, scope: Scope, start: datetime | None, end: datetime | None
) -> list[list[Any]]:
    query = select(CHECKS.c.visit_id, CHECKS.c.outcome).join(VISITS)
    return _columns(connection, query.where(*_seen(scope, start, end)).order_by(*_IN_TIME))


def _checks_of(visit: list[int], outcome: list[str]) -> pd.DataFrame:
    outcomes = pd.Categorical(outcome, categories=OUTCOMES)
    return pd.DataFrame(
        {
            "visit_id": np.array(visit, dtype=np.int64),
            "asked": outcomes != "not asked",
            "outcome": outcomes,
        }
    )


def _categorical(texts: list[str | None]) -> pd.Categorical:
    """Return `pd.Categorical(texts)`, which takes several times as long for a few texts."""
    names = sorted({text for text in texts if text is not None})
    place: dict[str | None, int] = {None: -1, **{name: i for i, name in enumerate(names)}}
    codes = np.fromiter(map(place.__getitem__, texts), np.intp, len(texts))
    return pd.Categorical.from_codes(codes, names)


def _is_alcohol() -> ColumnElement[bool]:
    return LINES.c.product_id.in_(select(PRODUCTS.c.id).where(PRODUCTS.c.is_alcohol))


def _with_alcohol() -> ColumnElement[bool]:
    return or_(
        VISITS.c.id.in_(select(CHECKS.c.visit_id)),
        VISITS.c.receipt_id.in_(select(LINES.c.receipt_id).where(_is_alcohol())),
    )


_IN_TIME = VISITS.c.time, VISITS.c.id


def _seen(scope: Scope, start: datetime | None, end: datetime | None) -> list[ColumnElement[bool]]:
    """Return the conditions that select visits."""
    conditions = [VISITS.c.distribution.is_not(None), in_scope(VISITS, scope)]
    if start is not None:
        conditions.append(VISITS.c.time >= start)
    if end is not None:
        conditions.append(VISITS.c.time < end)
    return conditions


def _issued(
    scope: Scope, start: datetime | None, end: datetime | None
) -> list[ColumnElement[bool]]:
    """Return the conditions that select receipts; old ones have a day, but no time."""
    time, day = RECEIPTS.c.time, RECEIPTS.c.day
    conditions: list[ColumnElement[bool]] = []
    if start is not None:
        conditions.append(or_(time >= start, and_(time.is_(None), day >= start.date())))
    if end is not None:
        midnight = datetime.combine(end.date(), datetime.min.time())
        last = day < end.date() if end == midnight else day <= end.date()
        conditions.append(or_(time < end, and_(time.is_(None), last)))
    if scope.stores is not None:  # else all lines are read, without a look at their receipts
        conditions.append(in_scope(RECEIPTS, scope))
    return conditions


def _parts(connection: Connection, query: Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the driver's own rows, as SQLAlchemy's cost more than the reading.

    A part at a time, since many rows at once keep Python's garbage collection busy. SQLite's
    times are texts, and its booleans numbers.
    """
    cursor = connection.execute(query).cursor
    assert cursor is not None
    while part := list(cursor.fetchmany(ROWS_A_PART)):
        yield part


def _columns(connection: Connection, query: Select[Any]) -> list[list[Any]]:
    columns: list[list[Any]] = [[] for _ in query.selected_columns]
    for part in _parts(connection, query):
        for column, values in zip(columns, zip(*part, strict=True), strict=True):
            column.extend(values)
    return columns


def _integers(connection: Connection, query: Select[Any]) -> np.ndarray:
    """Return the columns of a query of integers, int64, shape (columns, rows)."""
    count = len(query.selected_columns)
    parts = [
        np.fromiter(chain.from_iterable(part), np.int64, len(part) * count)
        for part in _parts(connection, query)
    ]
    return np.concatenate([np.empty(0, np.int64), *parts]).reshape(-1, count).T.copy()


def read_span(engine: Engine, scope: Scope) -> tuple[datetime, datetime] | None:
    """Return the times of the first and last visit in scope with an estimated age, if there is one.

    Raises:
        RecordError: the record cannot be read.
    """
    seen = select(VISITS.c.time).where(*_seen(scope, None, None)).limit(1)
    with reading(engine) as connection:  # two index look-ups; min and max would read everything
        first = connection.scalar(seen.order_by(VISITS.c.time))
        last = connection.scalar(seen.order_by(VISITS.c.time.desc()))
    return None if first is None or last is None else (first, last)
