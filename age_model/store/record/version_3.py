"""The step from version 2 of the tables to version 3: imports, which can be undone.

It stays as it is when the tables change further.
"""

from sqlalchemy import Connection, text

_TABLES = """
ALTER TABLE receipt_lines ADD COLUMN import_id INTEGER;
ALTER TABLE visits ADD COLUMN import_id INTEGER;
CREATE TABLE imports (
    id {key}, time {time} NOT NULL, who VARCHAR NOT NULL, kind VARCHAR NOT NULL,
    file VARCHAR NOT NULL, stores VARCHAR NOT NULL, added INTEGER NOT NULL
);
CREATE TABLE column_choices (
    who VARCHAR NOT NULL, kind VARCHAR NOT NULL, headings VARCHAR NOT NULL,
    choice VARCHAR NOT NULL, PRIMARY KEY (who, kind, headings)
)
"""
_TYPES = {
    "sqlite": {"key": "INTEGER NOT NULL PRIMARY KEY", "time": "DATETIME"},
    "postgresql": {"key": "SERIAL PRIMARY KEY", "time": "TIMESTAMP"},
}


def to_version_3(connection: Connection) -> None:
    """Alter the tables of version 2 to those of version 3."""
    for statement in _TABLES.format(**_TYPES[connection.dialect.name]).split(";"):
        connection.execute(text(statement))
