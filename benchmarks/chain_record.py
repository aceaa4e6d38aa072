"""Generates the exported record of a chain of stores, with planted effects to be found.

The months are those of `age_model.store.demo`, under other names and dates: what age groups love is
known. They are written as the files of an export, to a record that notes no change, since a
database of that size takes hours to fill.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
from sqlalchemy import Engine, insert, select

from age_model.store.demo.goods import GOODS
from age_model.store.demo.month import START, demo_month
from age_model.store.record.database import open_record, writing
from age_model.store.record.export import SCHEMAS, Export
from age_model.store.record.export_changes import watch
from age_model.store.record.read import NO_RECEIPT, StoreTables
from age_model.store.record.schema import (
    MONEY_PARTS,
    PRODUCTS,
    QUANTITY_PARTS,
    VISITS,
    pack_distribution,
)

STORES = 3  # of a demonstration month
DAYS = 30  # which it has


def make_chain(folder: Path, groups: int, visits: int, months: int, made: int) -> None:
    """Write the record and the export of a chain.

    Args:
        folder: for `store.sqlite` and `export/`.
        groups: of `STORES` stores.
        visits: of a group in a month; there are nearly five lines for each.
        months: from June 2026 on.
        made: how many of them are made up; later ones repeat these, on other days.
    """
    engine = open_record(f"sqlite:///{folder / 'store.sqlite'}")
    with writing(engine) as connection:
        watch(connection)
        goods = [
            {"name": one.name, "category": one.category, "is_alcohol": one.category == "Alcohol"}
            for one in GOODS
        ]
        connection.execute(insert(PRODUCTS), goods)
        keys = dict(connection.execute(select(PRODUCTS.c.name, PRODUCTS.c.id)).tuples().all())
    export, first = Export(str(folder / "export")), 1
    for number in range(groups * made):
        group, month = divmod(number, made)
        tables, _ = demo_month(number, visits, culprit=False)
        for name, rows in exported(tables, keys, group, month, first).items():
            write_stores(export, name, rows)
        first += visits
    for month in range(made, months):
        for kind in SCHEMAS:
            repeat_month(export, kind, month % made, month, (month // made) * first)
    _begin_and_end(engine, START + pd.DateOffset(months=months - 1) + pd.Timedelta(days=DAYS))
    engine.dispose()


def repeat_month(export: Export, kind: str, of: int, month: int, further: int) -> None:
    """Write a month's rows as another one's, with other keys; what is past its end is left out."""
    begin, start, end = (START + pd.DateOffset(months=number) for number in (of, month, month + 1))
    apart = pa.scalar((start - begin).to_pytimedelta(), pa.duration("us"))
    for path in (Path(export.root) / kind).glob(f"*/{begin:%Y-%m}.parquet"):
        rows = pyarrow.parquet.read_table(path)
        for name in ("id", "receipt_id", "time", "day"):
            if name not in rows.column_names:
                continue
            column = rows[name]
            if name == "day":
                moved = rows["time"].cast(pa.date32(), safe=False)  # which was moved before
            elif name == "time":
                moved = pc.add(column, apart)
            else:
                moved = pc.add(column, further)
            rows = rows.set_column(rows.column_names.index(name), name, moved)
        limit = pa.scalar(end.to_pydatetime(), pa.timestamp("us"))
        rows = rows.filter(pc.less(rows["time"], limit))
        pyarrow.parquet.write_table(rows, path.with_stem(f"{start:%Y-%m}"), compression="zstd")


def exported(
    tables: StoreTables, keys: dict[str, int], group: int, month: int, first: int
) -> dict[str, pd.DataFrame]:
    """Return a month's rows as they are exported, of a group of stores, from a key on."""
    names = {name: f"{name} {group + 1:03}" for name in tables.visits["store"].cat.categories}
    moved = tables.visits["time"] + (START + pd.DateOffset(months=month) - START)
    visits = tables.visits.assign(
        id=tables.visits["visit_id"] + first,
        time=moved,
        store=tables.visits["store"].astype(object).map(names),
        till=tables.visits["till"].astype(object),
        cashier=tables.visits["cashier"].astype(object),
        model_version=tables.visits["model_version"].astype(object),
        receipt_id=(tables.visits["receipt"] + first)
        .where(tables.visits["receipt"] != NO_RECEIPT)
        .astype("Int64"),
    )
    outcome = tables.checks.set_index("visit_id")["outcome"].astype(object)
    visits["outcome"] = visits["visit_id"].map(outcome)
    visits["distribution"] = [pack_distribution(row) for row in tables.distributions]
    issued = visits.dropna(subset="receipt_id").set_index("receipt")
    places = issued[["store", "till", "time"]].assign(day=issued["time"].dt.date)
    lines = tables.lines.join(places, on="receipt").assign(
        receipt_id=tables.lines["receipt"] + first,
        product_id=tables.lines["product"].astype(object).map(keys),
        quantity=(tables.lines["quantity"] * QUANTITY_PARTS).round().astype("int64"),
        amount=(tables.lines["amount"] * MONEY_PARTS).round().astype("int64"),
    )
    alcohol = lines["amount"].where(lines["is_alcohol"])
    receipts = places.assign(
        id=issued["receipt_id"].astype("int64"),
        amount=lines.groupby("receipt")["amount"].sum().astype("Int64"),
        alcohol=alcohol.groupby(lines["receipt"]).sum(min_count=1).astype("Int64"),
    )
    return {"visits": visits, "receipts": receipts, "lines": lines}


def write_stores(export: Export, kind: str, rows: pd.DataFrame) -> None:
    """Write the rows of some stores and one month."""
    schema = SCHEMAS[kind]
    for store, part in rows.groupby("store"):
        month = f"{part['time'].min():%Y-%m}"
        path = Path(export.file(kind, str(store), month))
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = part.reindex(columns=schema.names)
        table = pa.Table.from_pandas(whole, schema, preserve_index=False)
        content = BytesIO()
        pyarrow.parquet.write_table(table, content, compression="zstd")
        path.write_bytes(content.getvalue())


def _begin_and_end(engine: Engine, end: pd.Timestamp) -> None:
    """Give the record its first and last visit, which tell the span of its months."""
    from tests.support.store_made_up import estimate

    one = estimate()
    values = one._asdict() | {"distribution": pack_distribution(one.distribution)}
    with writing(engine) as connection:
        for time in (START, end - pd.Timedelta(seconds=1)):
            connection.execute(
                insert(VISITS).values(
                    time=time.to_pydatetime(), store="Demo Central 001", till="1", **values
                )
            )
        connection.exec_driver_sql("DELETE FROM changed_months")


def sizes(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield each kind of file and the bytes of all of them."""
    for kind in SCHEMAS:
        yield kind, sum(path.stat().st_size for path in (folder / "export" / kind).rglob("*.*"))


def count_lines(folder: Path) -> int:
    """Return the number of receipt lines of a chain."""
    paths = (folder / "export" / "lines").rglob("*.parquet")
    return sum(pyarrow.parquet.read_metadata(path).num_rows for path in paths)
