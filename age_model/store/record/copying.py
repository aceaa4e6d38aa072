"""Rows to PostgreSQL by COPY."""

from io import BytesIO
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError


def stage(connection: Connection, name: str, columns: dict[str, str], rows: pd.DataFrame) -> None:
    """Copy rows into a table of the connection's own, which is emptied with the transaction.

    Args:
        connection: of `writing`.
        name: of the table.
        columns: their types, by name.
        rows: with these columns.
    """
    described = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    connection.execute(
        text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} ({described}) ON COMMIT DELETE ROWS")
    )
    connection.execute(text(f"TRUNCATE {name}"))  # of another part in the same transaction
    copy_in(connection, name, rows[list(columns)])
    connection.execute(text(f"ANALYZE {name}"))


def copy_in(connection: Connection, table: str, rows: pd.DataFrame) -> None:
    """Copy rows into a table with these columns."""
    content = BytesIO()
    options = pyarrow.csv.WriteOptions(include_header=False)
    values = pa.table({name: pa.array(rows[name], from_pandas=True) for name in rows.columns})
    pyarrow.csv.write_csv(values, content, options)
    columns = ", ".join(rows.columns)
    statement = f"COPY {table} ({columns}) FROM STDIN (FORMAT csv)"
    driver: Any = connection.connection.cursor()
    try:
        with driver.copy(statement) as copy:
            copy.write(content.getbuffer())
    except connection.dialect.loaded_dbapi.Error as error:  # as SQLAlchemy tells of it
        raise DBAPIError(statement, None, error) from error
