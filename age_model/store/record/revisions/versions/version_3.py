"""Version 3 of the tables: imports, which can be undone.

It stays as it is when the tables change further.
"""

from alembic import op

revision = "3"
down_revision = "2"

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


def upgrade() -> None:
    """Alter the tables of version 2 to those of version 3."""
    for statement in _TABLES.format(**_TYPES[op.get_context().dialect.name]).split(";"):
        op.execute(statement)
