"""Queries on the exported record, by DuckDB: each reads only the files of its months and stores."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from types import MappingProxyType
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
from sqlalchemy import Engine, select

from age_model.access.visitor import Scope
from age_model.store.record.database import RecordError, reading
from age_model.store.record.export import FIGURES, SCHEMAS, Export, bring_up_to_date
from age_model.store.record.schema import PRODUCTS
from age_model.store.record.window import DAY, Window

MEMORY = "1GB"  # beyond, DuckDB writes to its temporary files
# Of all kinds. What belongs together is of one store: the tables that join some are small enough
# for the processor's cache.
_FILES_AT_ONCE = 600
_NO_MORE: Mapping[str, Any] = MappingProxyType({})


def alcohol_sales(engine: Engine, export: Export, asked: Window) -> pa.Table:
    """Return what `LongTables.alcohol_sales` does: the columns of the files."""
    scope = asked.scope
    cashier = (
        "cashier"
        if scope.cashiers is None
        else "CASE WHEN list_contains($named, store) THEN cashier END"
    )
    query = f"""
        SELECT id, time, store, till, {cashier} AS cashier, {", ".join(FIGURES)}, model_version,
            outcome
        FROM visits WHERE {_with_age(asked)} AND (outcome IS NOT NULL OR receipt_id IN
            (SELECT id FROM receipts WHERE alcohol > 0 AND {_issued(asked)}))
    """
    named = {"named": sorted(scope.cashiers or [])}
    found = _ask(engine, export, asked, query, ("visits", "receipts"), named)
    return found.take(np.lexsort((found["id"].to_numpy(), found["time"].to_numpy())))


def categories(engine: Engine, export: Export, asked: Window) -> pd.Series:
    """Return the category of each product, text by product: that of the first line with it."""
    query = f"""
        SELECT product_id, min(receipt_id) AS first FROM lines WHERE {_issued(asked)} GROUP BY ALL
    """
    known = _frame(engine, export, asked, query, ("lines",))
    table = goods_of(engine).merge(known, left_on="id", right_on="product_id")
    return table.sort_values("first").drop_duplicates("product").set_index("product")["category"]


def estimates(engine: Engine, export: Export, asked: Window, no_range: float) -> pd.DataFrame:
    """Return how many visits have an estimate of each age, as in `LongTables`."""
    query = f"""
        SELECT store, coalesce(model_version, '') AS model_version,
            CAST(trunc(age) AS INTEGER) AS year, count(*) AS visits,
            count(*) FILTER (age_high - age_low <= $no_range) AS bare,
            coalesce(sum(age) FILTER (age_high - age_low <= $no_range), 0) AS bare_ages,
            coalesce(sum(age_high - age_low) FILTER (age_high - age_low > $no_range), 0) AS ranges
        FROM visits WHERE {_with_age(asked)} GROUP BY ALL
    """
    return _frame(engine, export, asked, query, ("visits",), {"no_range": no_range})


def days(engine: Engine, export: Export, asked: Window) -> pd.Series:
    """Return the days with visits that have an age, datetime64."""
    query = f"SELECT DISTINCT CAST(time AS DATE) AS day FROM visits WHERE {_with_age(asked)}"
    found = _frame(engine, export, asked, query, ("visits",))["day"]
    return found.drop_duplicates().astype("datetime64[ns]")


def daily_visits(
    engine: Engine, export: Export, scope: Scope, first: date, last: date
) -> pd.DataFrame:
    """Return what `daily.daily_visits` does."""
    asked = Window.of_days(scope, first, last)
    query = f"""
        SELECT store, till, CAST(time AS DATE) AS day, count(age) AS visits,
            count(*) - count(age) AS without_age, avg(age) AS mean_age,
            avg(sharpness) AS sharpness, avg(light) AS light
        FROM visits WHERE {_seen(asked)} GROUP BY ALL
    """
    return _frame(engine, export, asked, query, ("visits",))


def daily_sales(
    engine: Engine, export: Export, scope: Scope, first: date, last: date
) -> pd.DataFrame:
    """Return what `daily.daily_sales` does, with the revenue as stored."""
    asked = Window.of_days(scope, first, last)
    query = f"""
        SELECT store, till, day, count(*) AS receipts, CAST(sum(amount) AS DOUBLE) AS revenue
        FROM receipts WHERE amount IS NOT NULL AND {_of_days()} GROUP BY ALL
    """
    return _frame(engine, export, asked, query, ("receipts",))


def daily_unlinked(
    engine: Engine, export: Export, scope: Scope, first: date, last: date
) -> pd.DataFrame:
    """Return what `daily.daily_unlinked` does."""
    asked = Window.of_days(scope, first, last)
    query = f"""
        SELECT store, till, day, count(*) AS timed, count(*) - count(receipt_id) AS unlinked
        FROM receipts LEFT JOIN
            (SELECT receipt_id FROM visits WHERE receipt_id IS NOT NULL) ON receipt_id = id
        WHERE time IS NOT NULL AND {_of_days()} GROUP BY ALL
    """
    return _frame(engine, export, asked, query, ("receipts", "visits"))


def _seen(asked: Window) -> str:
    """Return the condition that selects visits; their store is that of their files."""
    conditions = [
        *(["time >= $start"] if asked.start else []),
        *(["time < $finish"] if asked.end else []),
        "true",
    ]
    return " AND ".join(conditions)


def _with_age(asked: Window) -> str:
    """Return the condition that selects visits with an age; all of those have a distribution."""
    return f"{_seen(asked)} AND age IS NOT NULL"


def _issued(asked: Window) -> str:
    """Return the condition that selects receipts or lines; old ones have a day, but no time."""
    found = ["true"]
    if asked.start:
        found.append("(time >= $start OR (time IS NULL AND day >= CAST($start AS DATE)))")
    if asked.end:
        # Of the last day, unless it ends at its very beginning.
        found.append("(time < $finish OR (time IS NULL AND day < $finish))")
    return " AND ".join(found)


def _of_days() -> str:
    return "day >= CAST($start AS DATE) AND day < CAST($finish AS DATE)"


def _frame(
    engine: Engine,
    export: Export,
    asked: Window,
    query: str,
    kinds: Sequence[str],
    more: Mapping[str, Any] = _NO_MORE,
) -> pd.DataFrame:
    """Do what `_ask` does; days are datetime64."""
    found = _ask(engine, export, asked, query, kinds, more)
    table: pd.DataFrame = found.to_pandas(date_as_object=False)
    return table


def _ask(
    engine: Engine,
    export: Export,
    asked: Window,
    query: str,
    kinds: Sequence[str],
    more: Mapping[str, Any] = _NO_MORE,
) -> pa.Table:
    """Bring the months up to date, and return what DuckDB answers, asked of some stores at a time.

    Args:
        engine: of `open_record`.
        export: where the record is exported to.
        asked: whose and when.
        query: that finds the same rows, in any order, if it is asked store by store.
        kinds: of files, which it reads as views.
        more: values for the query, beside the window's ends.

    Raises:
        RecordError: the record or its export cannot be read.
    """
    months = asked.months(DAY)
    every = {"start": asked.start, "finish": asked.end, **more}
    values = {name: value for name, value in every.items() if f"${name}" in query}
    with _failures():
        bring_up_to_date(engine, export, *months, asked.scope)
        found = {kind: export.by_store(kind, asked.scope, *months) for kind in kinds}
        answers = []
        with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
            connection.execute("SET enable_progress_bar = false")  # in the server's output
            for stores in _some_at_once(found):
                for kind in kinds:
                    files = [path for store in stores for path in found[kind].get(store, [])]
                    _view(connection, export, kind, files)
                answers.append(connection.sql(query, params=values).to_arrow_table())
    return pa.concat_tables(answers)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise RecordError(str(error)) from error


def _some_at_once(found: Mapping[str, Mapping[str, list[str]]]) -> list[np.ndarray]:
    """Divide the stores that have files; without any, one part is empty."""
    stores = sorted({store for of_kind in found.values() for store in of_kind})
    count = sum(len(paths) for of_kind in found.values() for paths in of_kind.values())
    return np.array_split(np.array(stores, dtype=object), count // _FILES_AT_ONCE + 1)


def _view(
    connection: duckdb.DuckDBPyConnection, export: Export, kind: str, files: list[str]
) -> None:
    """Have a name of files, as DuckDB reads them, for the queries that follow."""
    if files and export.is_remote:
        there = pyarrow.dataset.dataset(files, SCHEMAS[kind], filesystem=export.system()[0])
        rows = connection.from_arrow(there)
    elif files:
        rows = connection.read_parquet(files)
    else:
        rows = connection.from_arrow(SCHEMAS[kind].empty_table())
    rows.create_view(kind, replace=True)


def goods_of(engine: Engine) -> pd.DataFrame:
    """Return the products of the record: id, product, category, is_alcohol."""
    columns = PRODUCTS.c.id, PRODUCTS.c.name, PRODUCTS.c.category, PRODUCTS.c.is_alcohol
    with reading(engine) as connection:
        rows = connection.execute(select(*columns)).all()
    names = ["id", "product", "category", "is_alcohol"]
    return pd.DataFrame(rows, columns=names).astype({"is_alcohol": bool})
