"""Many rows at once to the database: into tables of the connection's own, and from there on.

A server gets them by COPY. What is not in this module reads alike for both kinds of database.
"""

from io import BytesIO
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError


def stage(connection: Connection, name: str, columns: dict[str, str], rows: pd.DataFrame) -> None:
    """Write rows into a table of the connection's own, once in a transaction.

    Args:
        connection: of `writing`.
        name: of the table.
        columns: their types, by name.
        rows: with these columns.
    """
    described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    server = connection.dialect.name == "postgresql"
    kept = " ON COMMIT DELETE ROWS" if server else ""
    connection.execute(text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({described}){kept}"))
    if not server:
        connection.execute(text(f"DELETE FROM {name}"))
    insert(connection, name, rows[list(columns)])


def analyze(connection: Connection, name: str) -> None:
    """Let a server know how large a staged table is, before other tables are searched for it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ANALYZE {name}"))


def insert(connection: Connection, table: str, rows: pd.DataFrame) -> None:
    """Insert rows, none of which is there, into a table with these columns."""
    driver: Any = connection.connection.cursor()
    columns = ", ".join(rows.columns)
    try:
        if connection.dialect.name == "postgresql":
            content = _csv(rows)
            with driver.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)") as copy:
                copy.write(content)
        else:
            signs = ", ".join("?" * len(rows.columns))
            values = zip(*map(_values, (column for _, column in rows.items())), strict=True)
            driver.executemany(f"INSERT INTO {table} ({columns}) VALUES ({signs})", values)
    except connection.dialect.loaded_dbapi.Error as error:
        kind = DBAPIError.instance(table, None, error, connection.dialect.loaded_dbapi.Error)
        raise kind from error


def _csv(rows: pd.DataFrame) -> memoryview:
    content = BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False)
    values = {name: _hexadecimal(column) for name, column in rows.items()}
    table = pa.table({name: pa.array(each, from_pandas=True) for name, each in values.items()})
    pyarrow.csv.write_csv(table, content, options)
    return content.getbuffer()


def _hexadecimal(column: pd.Series) -> pd.Series:
    """Return bytes as PostgreSQL reads them, and other values as they are."""
    is_bytes = len(column) and isinstance(column.iloc[0], bytes)
    return column.map(lambda value: f"\\x{value.hex()}") if is_bytes else column


def _values(column: pd.Series) -> list[Any]:
    """Return values as SQLite keeps them: times as texts, missing ones as None."""
    if column.dtype.kind == "M":
        days = column.name == "day"
        column = column.dt.strftime("%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S.%f")
    return column.astype(object).where(column.notna(), None).tolist()
