"""Queries on the exported record, by DuckDB: each reads only the files of its months and stores."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from age_model.ages import AGE_BINS
from age_model.store.record.database import RecordError, reading
from age_model.store.record.export import FIGURES, SCHEMAS, Export, bring_up_to_date
from age_model.store.record.schema import DISTRIBUTION, DISTRIBUTION_BYTES, PRODUCTS
from age_model.store.record.window import DAY, Window

MEMORY = "1GB"  # beyond, DuckDB writes to its temporary files
_ROWS_A_PART = 50_000
_NO_MORE: Mapping[str, Any] = MappingProxyType({})


def visits(engine: Engine, export: Export, asked: Window, only_alcohol: bool) -> pa.Table:
    """Return the visits with an age in the order of time: the columns of their files."""
    scope = asked.scope
    cashier = (
        "cashier"
        if scope.cashiers is None
        else "CASE WHEN list_contains($named, store) THEN cashier END"
    )
    query = f"""
        SELECT id, time, store, till, {cashier} AS cashier, receipt_id, {", ".join(FIGURES)},
            model_version
        FROM visits WHERE {_with_age(asked, only_alcohol)} ORDER BY time, id
    """
    named = {"named": sorted(scope.cashiers or [])}
    with _open(engine, export, asked, ("visits", "lines")) as ask:
        return ask(query, named).to_arrow_table()


def distributions(
    engine: Engine, export: Export, asked: Window, only_alcohol: bool, ids: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the distributions of visits, which are the bulk, some at a time and in any order.

    Args:
        engine: of `open_record`.
        export: where the record is exported to.
        asked: whose and when.
        only_alcohol: as for `visits`.
        ids: of the visits that `visits` has read.

    Yields:
        The places of some visits among the ids, and their distributions as stored, float16.
    """
    query = f"SELECT id, distribution FROM visits WHERE {_with_age(asked, only_alcohol)}"
    order = np.argsort(ids)
    with _open(engine, export, asked, ("visits", "lines")) as ask:
        for part in ask(query).to_arrow_reader(_ROWS_A_PART):
            found = part.column(0).to_numpy()
            place = np.searchsorted(ids, found, sorter=order)
            known = place < len(ids)  # others are new since
            place = order[place.clip(max=len(ids) - 1)] if len(ids) else place
            known[known] = ids[place[known]] == found[known]
            packed = part.column(1).cast(pa.binary(DISTRIBUTION_BYTES))
            rows = np.frombuffer(packed.buffers()[1], DISTRIBUTION).reshape(-1, AGE_BINS)
            rows = rows[packed.offset : packed.offset + len(packed)]
            yield (place, rows) if known.all() else (place[known], rows[known])


def _with_age(asked: Window, only_alcohol: bool) -> str:
    """Return the condition that selects visits with an age."""
    conditions = [*_seen(asked), "distribution IS NOT NULL"]
    if only_alcohol:
        conditions.append(
            "(outcome IS NOT NULL OR receipt_id IN "
            "(SELECT receipt_id FROM lines WHERE list_contains($alcohol, product_id)))"
        )
    return " AND ".join(conditions)


def lines(
    engine: Engine, export: Export, asked: Window, only_alcohol: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return receipt, product, quantity and amount of each line, as stored, int64."""
    conditions = _issued(asked)
    if only_alcohol:
        conditions.append("list_contains($alcohol, product_id)")
    query = f"""
        SELECT receipt_id, product_id, quantity, amount FROM lines
        WHERE {" AND ".join(conditions)} ORDER BY receipt_id
    """
    with _open(engine, export, asked, ("lines",)) as ask:
        found = ask(query).fetchnumpy()
    receipt, product, quantity, amount = (np.asarray(column) for column in found.values())
    return receipt, product, quantity, amount


def categories(engine: Engine, export: Export, asked: Window) -> pd.Series:
    """Return the category of each product, text by product: that of the first line with it."""
    where = " AND ".join(_issued(asked))
    query = f"SELECT product_id, min(receipt_id) AS first FROM lines WHERE {where} GROUP BY ALL"
    known = _table(engine, export, asked, query, "lines")
    table = goods_of(engine).merge(known, left_on="id", right_on="product_id")
    return table.sort_values("first").drop_duplicates("product").set_index("product")["category"]


def checks(engine: Engine, export: Export, asked: Window) -> pd.DataFrame:
    """Return visit and outcome of the checks of visits with an age, in the order of time."""
    conditions = [*_seen(asked), "distribution IS NOT NULL", "outcome IS NOT NULL"]
    query = f"SELECT id, outcome FROM visits WHERE {' AND '.join(conditions)} ORDER BY time, id"
    return _table(engine, export, asked, query, "visits")


def estimates(engine: Engine, export: Export, asked: Window, no_range: float) -> pd.DataFrame:
    """Return how many visits have an estimate of each age, as in `LongTables`."""
    query = f"""
        SELECT store, coalesce(model_version, '') AS model_version,
            CAST(trunc(age) AS INTEGER) AS year, count(*) AS visits,
            count(*) FILTER (age_high - age_low <= $no_range) AS bare,
            coalesce(sum(age) FILTER (age_high - age_low <= $no_range), 0) AS bare_ages,
            coalesce(sum(age_high - age_low) FILTER (age_high - age_low > $no_range), 0) AS ranges
        FROM visits WHERE {" AND ".join([*_seen(asked), "distribution IS NOT NULL"])} GROUP BY ALL
    """
    with _open(engine, export, asked, ("visits",)) as ask:
        table: pd.DataFrame = ask(query, {"no_range": no_range}).df()
    return table


def days(engine: Engine, export: Export, asked: Window) -> pd.Series:
    """Return the days with visits that have an age, datetime64."""
    conditions = " AND ".join([*_seen(asked), "distribution IS NOT NULL"])
    query = f"SELECT DISTINCT CAST(time AS DATE) AS day FROM visits WHERE {conditions}"
    return _table(engine, export, asked, query, "visits")["day"].astype("datetime64[ns]")


def daily_visits(
    engine: Engine, export: Export, scope: Scope, first: date, last: date
) -> pd.DataFrame:
    """Return what `daily.daily_visits` does."""
    asked = Window.of_days(scope, first, last)
    query = f"""
        SELECT store, till, CAST(time AS DATE) AS day, count(age) AS visits,
            count(*) - count(age) AS without_age, avg(age) AS mean_age,
            avg(sharpness) AS sharpness, avg(light) AS light
        FROM visits WHERE {" AND ".join(_seen(asked))} GROUP BY ALL
    """
    return _table(engine, export, asked, query, "visits")


def daily_sales(
    engine: Engine, export: Export, scope: Scope, first: date, last: date
) -> pd.DataFrame:
    """Return what `daily.daily_sales` does, with the revenue as stored."""
    asked = Window.of_days(scope, first, last)
    query = f"""
        SELECT store, till, day, count(DISTINCT receipt_id) AS receipts,
            CAST(sum(amount) AS DOUBLE) AS revenue
        FROM lines WHERE {" AND ".join(_of_days(asked))} GROUP BY ALL
    """
    return _table(engine, export, asked, query, "lines")


def daily_unlinked(
    engine: Engine, export: Export, scope: Scope, first: date, last: date
) -> pd.DataFrame:
    """Return what `daily.daily_unlinked` does."""
    asked = Window.of_days(scope, first, last)
    query = f"""
        SELECT r.store, r.till, r.day, count(*) AS timed, count(*) - count(v.id) AS unlinked
        FROM receipts AS r LEFT JOIN visits AS v ON v.receipt_id = r.id
        WHERE r.time IS NOT NULL AND {" AND ".join(f"r.{one}" for one in _of_days(asked))}
        GROUP BY ALL
    """
    return _table(engine, export, asked, query, "receipts", "visits")


def _seen(asked: Window) -> list[str]:
    """Return the conditions that select visits; their store is that of their files."""
    return [
        *(["time >= $start"] if asked.start else []),
        *(["time < $finish"] if asked.end else []),
        "true",
    ]


def _issued(asked: Window) -> list[str]:
    """Return the conditions that select lines; those of old receipts have a day, but no time."""
    found = ["true"]
    if asked.start:
        found.append("(time >= $start OR (time IS NULL AND day >= CAST($start AS DATE)))")
    if asked.end:
        # Of the last day, unless it ends at its very beginning.
        found.append("(time < $finish OR (time IS NULL AND day < $finish))")
    return found


def _of_days(asked: Window) -> list[str]:
    return ["day >= CAST($start AS DATE)", "day < CAST($finish AS DATE)"]


def _table(engine: Engine, export: Export, asked: Window, query: str, *kinds: str) -> pd.DataFrame:
    with _open(engine, export, asked, kinds) as ask:
        table: pd.DataFrame = ask(query).df()
        return table


@contextmanager
def _open(
    engine: Engine,
    export: Export,
    asked: Window,
    kinds: Sequence[str],
) -> Iterator[Callable[..., duckdb.DuckDBPyRelation]]:
    """Bring the months up to date; provide a function that asks DuckDB.

    Raises:
        RecordError: the record or its export cannot be read.
    """
    months = asked.months(DAY)
    try:
        bring_up_to_date(engine, export, *months, asked.scope)
        with duckdb.connect(config={"memory_limit": MEMORY}) as connection:
            connection.execute("SET enable_progress_bar = false")  # in the server's output
            for kind in kinds:
                files = export.files(kind, asked.scope, *months)
                if files and export.is_remote:
                    system = export.system()[0]
                    there = pyarrow.dataset.dataset(files, SCHEMAS[kind], filesystem=system)
                    connection.from_arrow(there).create_view(kind)
                elif files:
                    connection.read_parquet(files).create_view(kind)
                else:
                    connection.from_arrow(SCHEMAS[kind].empty_table()).create_view(kind)
            values = {"start": asked.start, "finish": asked.end, "alcohol": _alcohol(engine)}

            def ask(query: str, more: Mapping[str, Any] = _NO_MORE) -> duckdb.DuckDBPyRelation:
                every = {**values, **more}
                used = {name: value for name, value in every.items() if f"${name}" in query}
                return connection.sql(query, params=used)

            yield ask
    except (duckdb.Error, OSError) as error:
        raise RecordError(str(error)) from error


def _alcohol(engine: Engine) -> list[int]:
    goods = goods_of(engine)
    keys: list[int] = goods.loc[goods["is_alcohol"], "id"].tolist()
    return keys


def goods_of(engine: Engine) -> pd.DataFrame:
    """Return the products of the record: id, product, category, is_alcohol."""
    columns = PRODUCTS.c.id, PRODUCTS.c.name, PRODUCTS.c.category, PRODUCTS.c.is_alcohol
    with reading(engine) as connection:
        rows = connection.execute(select(*columns)).all()
    names = ["id", "product", "category", "is_alcohol"]
    return pd.DataFrame(rows, columns=names).astype({"is_alcohol": bool})
