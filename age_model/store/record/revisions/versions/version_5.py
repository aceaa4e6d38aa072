"""Version 5 of the tables: restricted goods, test purchases, pictures.

It stays as it is when the tables change further.
"""

from alembic import op

revision = "5"
down_revision = "4"

_TABLES = """
ALTER TABLE visits ADD COLUMN sharpness FLOAT;
ALTER TABLE visits ADD COLUMN light FLOAT;
CREATE TABLE restricted_goods (
    store VARCHAR NOT NULL, goods VARCHAR NOT NULL, categories VARCHAR NOT NULL,
    minimum_age INTEGER NOT NULL, sold_from VARCHAR, sold_until VARCHAR,
    PRIMARY KEY (store, goods)
);
CREATE TABLE test_purchases (
    id {key}, store VARCHAR NOT NULL, till VARCHAR NOT NULL, day DATE NOT NULL,
    goods VARCHAR NOT NULL, asked BOOLEAN NOT NULL, added_by VARCHAR NOT NULL
);
CREATE TABLE record_settings (name VARCHAR NOT NULL PRIMARY KEY, value VARCHAR NOT NULL)
"""
_KEYS = {"sqlite": "INTEGER NOT NULL PRIMARY KEY", "postgresql": "SERIAL PRIMARY KEY"}


def upgrade() -> None:
    """Alter the tables of version 4 to those of version 5."""
    for statement in _TABLES.format(key=_KEYS[op.get_context().dialect.name]).split(";"):
        op.execute(statement)
