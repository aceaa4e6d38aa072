"""The record as Parquet files, for analyses: one file a kind of row, store and month.

The database keeps the truth. What has changed is exported anew before it is read, and at once when
something was deleted, so that nothing outlives its deletion.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from io import BytesIO
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.fs
import pyarrow.parquet
from filelock import FileLock
from fsspec.implementations.arrow import ArrowFSWrapper
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Subquery,
    case,
    func,
    select,
    text,
)
from sqlalchemy.dialects import postgresql

from age_model.access.visitor import Scope
from age_model.ages import AGE_LIMITS, under_column
from age_model.i18n.translate import tr
from age_model.store.record.database import RecordError, reading, writing
from age_model.store.record.export_changes import Month, changed, forget_notes, is_watched, watch
from age_model.store.record.schema import (
    CHECKS,
    DISTRIBUTION_BYTES,
    LINES,
    PRODUCTS,
    RECEIPTS,
    VISITS,
)

VARIABLE = "AGE_EXPORT"  # a folder, or the address of one in an object store
_OWN = ("s3", "gs", "hdfs")  # the stores that pyarrow knows itself
FIGURES = ("age", "age_low", "age_high", *map(under_column, AGE_LIMITS))
PICTURE = ("sharpness", "light")  # of a face
_LOCK = 5118_2027  # identifies an export in a shared PostgreSQL database
_NOTES_AT_ONCE = 10_000
_PLACE = {"store": pa.string(), "till": pa.string()}
_TIME = pa.timestamp("us")
SCHEMAS = {
    "visits": pa.schema(
        {
            "id": pa.int64(),
            "time": _TIME,
            **_PLACE,
            "cashier": pa.string(),
            "receipt_id": pa.int64(),
            **dict.fromkeys((*FIGURES, *PICTURE), pa.float64()),
            "model_version": pa.string(),
            "outcome": pa.string(),
            "distribution": pa.binary(DISTRIBUTION_BYTES),
        }
    ),
    # With the sums over its lines, and over those of alcohol; null where there are none.
    "receipts": pa.schema(
        {
            "id": pa.int64(),
            **_PLACE,
            "day": pa.date32(),
            "time": _TIME,
            "amount": pa.int64(),
            "alcohol": pa.int64(),
        }
    ),
    "lines": pa.schema(
        {
            "receipt_id": pa.int64(),
            "product_id": pa.int64(),
            "quantity": pa.int64(),
            "amount": pa.int64(),
            **_PLACE,
            "day": pa.date32(),
            "time": _TIME,
        }
    ),
}


@dataclass(frozen=True)
class Export:
    """Where a record is exported to.

    Attributes:
        root: the folder, or its address.
    """

    root: str

    def file(self, kind: str, store: str, month: str) -> str:
        """Return the path of a file; a store's name may have any sign, so its digest is used."""
        return f"{self.system()[1]}/{kind}/{_folder(store)}/{month}.parquet"

    def by_store(
        self, kind: str, scope: Scope, first: str = "", last: str = "9"
    ) -> dict[str, list[str]]:
        """Return the paths of some months' files, such as 2026-06 to 2026-08, by a store's folder."""
        system, root = self.system()
        wanted = None if scope.stores is None else set(map(_folder, scope.stores))
        found: dict[str, list[str]] = {}
        for path in sorted(system.glob(f"{root}/{kind}/*/*.parquet")):
            _, store, name = path.rsplit("/", 2)
            if first <= name[: -len(".parquet")] <= last and (wanted is None or store in wanted):
                found.setdefault(store, []).append(path)
        return found

    def system(self) -> tuple[Any, str]:
        """Return the file system, and the root in it."""
        return _system(self.root)

    @property
    def is_remote(self) -> bool:
        """Whether it is in an object store."""
        return "://" in self.root


@cache
def _system(root: str) -> tuple[Any, str]:
    """Return the file system of fsspec's kind for an address, and its path there.

    S3 and its like are reached by pyarrow, which every installation has.
    """
    if root.partition("://")[0] in _OWN:
        system, path = pyarrow.fs.FileSystem.from_uri(root)
        return ArrowFSWrapper(system), path.rstrip("/")
    system, path = fsspec.core.url_to_fs(root)
    return system, path.rstrip("/")


def configured_export() -> Export | None:
    """Return where the record is exported to, if it is.

    Raises:
        RecordError: the exported record could not be read.
    """
    root = os.environ.get(VARIABLE, "").rstrip("/")
    if not root:
        return None
    if find_spec("duckdb") is None:
        raise RecordError(
            tr("AGE_EXPORT needs DuckDB, which is not installed: pip install 'age-model[store]'.")
        )
    return Export(root)


def bring_up_to_date(
    engine: Engine, export: Export, first: str = "", last: str = "9", scope: Scope | None = None
) -> int:
    """Export what has changed; return how many months of stores.

    Args:
        engine: of `open_record`.
        export: where to.
        first: month; changes of earlier ones are left for later.
        last: month; both count.
        scope: whose changes; by default all.

    Raises:
        RecordError: the record cannot be read, or not written; a part was exported.
        OSError: the export cannot be written.
    """
    with _alone(engine):
        with reading(engine) as connection:
            watched = is_watched(connection)
        if not watched:
            with writing(engine) as connection:
                watch(connection)
        with reading(engine) as connection:
            if engine.dialect.name == "postgresql":  # notes and rows of one moment
                connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            notes = {
                place: keys
                for place, keys in changed(connection).items()
                if first <= place.month <= last and (scope is None or scope.includes(place.store))
            }
            for place in sorted(notes):
                for kind in SCHEMAS:
                    _write(export, kind, place, fetch(connection, _query(connection, kind, place)))
        if notes:
            with writing(engine) as connection:
                forget_notes(connection, [key for keys in notes.values() for key in keys])
    return len(notes)


def after_deletion(engine: Engine) -> None:
    """Have what was deleted from the record vanish from its export, if it has one.

    Raises:
        RecordError: it is still in the export, until that is next brought up to date.
    """
    try:
        export = configured_export()
        if export is not None:
            bring_up_to_date(engine, export)
    except Exception as error:  # each kind of store has its own; a full disk, a server that is away
        reason = str(error) or type(error).__name__
        raise RecordError(
            tr(
                "It is removed from the record, but not yet from its export, which could not be "
                "written: {reason}. The app tries again every ten minutes; “age-model "
                "export-record” does so at once."
            ).format(reason=reason.rstrip("."))
        ) from error


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Wait until nobody else exports: an older state must not follow a newer one."""
    if engine.dialect.name == "postgresql":
        with reading(engine) as connection:
            connection.execute(select(func.pg_advisory_lock(_LOCK)))
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(_LOCK)))
        return
    file = engine.url.database
    with FileLock(f"{file}.export-lock") if file else nullcontext():
        yield


def _query(connection: Connection, kind: str, place: Month) -> Select[Any]:
    """Return the rows of a month of a store, in the order in which they are read."""
    start = datetime.strptime(place.month, "%Y-%m")
    end = (start + timedelta(days=32)).replace(day=1)
    table = VISITS if kind == "visits" else RECEIPTS
    tills = connection.scalars(
        select(table.c.till).where(table.c.store == place.store).distinct()
    ).all()  # with them, the unique indices lead to the rows
    here = [table.c.store == place.store, table.c.till.in_(tills)]
    if kind == "visits":
        columns: list[Column[Any]] = [
            CHECKS.c.outcome if name == "outcome" else VISITS.c[name]
            for name in SCHEMAS["visits"].names
        ]
        query = select(*columns).outerjoin_from(VISITS, CHECKS)
        query = query.where(*here, VISITS.c.time >= start, VISITS.c.time < end)
        return query.order_by(VISITS.c.time, VISITS.c.id)
    here += [RECEIPTS.c.day >= start.date(), RECEIPTS.c.day < end.date()]
    if kind == "receipts":
        sums = _sums(here)
        columns = [
            (sums if name in ("amount", "alcohol") else RECEIPTS).c[name]
            for name in SCHEMAS["receipts"].names
        ]
        query = select(*columns).outerjoin_from(RECEIPTS, sums, sums.c.receipt_id == RECEIPTS.c.id)
        return query.where(*here).order_by(RECEIPTS.c.id)
    columns = [(LINES if name in LINES.c else RECEIPTS).c[name] for name in SCHEMAS["lines"].names]
    query = select(*columns).join_from(LINES, RECEIPTS).where(*here)
    return query.order_by(LINES.c.receipt_id, LINES.c.product_id)


def _sums(here: Sequence[ColumnElement[bool]]) -> Subquery:
    """Return the sums over the lines of some receipts; a product is alcohol, or not, for ever."""
    amount = LINES.c.amount
    query = select(
        LINES.c.receipt_id,
        func.sum(amount).label("amount"),
        func.sum(case((PRODUCTS.c.is_alcohol, amount))).label("alcohol"),
    )
    query = query.join_from(LINES, RECEIPTS).join(PRODUCTS).where(*here)
    return query.group_by(LINES.c.receipt_id).subquery()


def fetch(connection: Connection, query: Select[Any]) -> pa.Table:
    """Return the rows of a query on columns of `SCHEMAS` as an Arrow table."""
    if connection.dialect.name == "postgresql":
        return _copied(connection, query)
    rows = connection.execute(query).all()
    names = list(query.selected_columns.keys())
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pa.table({name: list(values) for name, values in zip(names, columns, strict=True)})


def _copied(connection: Connection, query: Select[Any]) -> pa.Table:
    """Return the rows by COPY, which takes a tenth of the time of rows in Python."""
    options = {"literal_binds": True}
    sql = str(query.compile(dialect=postgresql.dialect(paramstyle="named"), compile_kwargs=options))
    names = list(query.selected_columns.keys())
    driver: Any = connection.connection.cursor()
    content = BytesIO()
    with driver.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copy:
        for block in copy:
            content.write(block)
    content.seek(0)
    kinds = {name: kind for schema in SCHEMAS.values() for name, kind in _types(schema)}
    if not content.getbuffer().nbytes:
        return pa.table({name: pa.array([], kinds[name]) for name in names})
    texts = {name: pa.string() if name == "distribution" else kinds[name] for name in names}
    table = pyarrow.csv.read_csv(
        content,
        pyarrow.csv.ReadOptions(column_names=names),
        pyarrow.csv.ParseOptions(newlines_in_values=True),
        pyarrow.csv.ConvertOptions(
            column_types=texts,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    if "distribution" in names:
        place = names.index("distribution")
        table = table.set_column(place, "distribution", _bytes(table["distribution"]))
    return table


def _types(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in schema]


def _bytes(texts: pa.ChunkedArray) -> pa.Array:
    """Return PostgreSQL's texts of bytes as bytes."""
    found = [None if text is None else bytes.fromhex(text[2:]) for text in texts.to_pylist()]
    return pa.array(found, pa.binary(DISTRIBUTION_BYTES))


def _write(export: Export, kind: str, place: Month, table: pa.Table) -> None:
    """Replace a file as a whole; one without rows goes."""
    path = export.file(kind, *place)
    system, _ = export.system()
    if not table.num_rows:
        if system.exists(path):
            system.rm(path)
        return
    content = BytesIO()
    pyarrow.parquet.write_table(table.cast(SCHEMAS[kind]), content, compression="zstd")
    system.makedirs(path.rpartition("/")[0], exist_ok=True)
    if export.is_remote:  # there a file appears when it is whole
        system.pipe_file(path, content.getvalue())
        return
    system.pipe_file(f"{path}.new", content.getvalue())
    system.mv(f"{path}.new", path)


def _folder(store: str) -> str:
    return sha256(store.encode()).hexdigest()[:20]
