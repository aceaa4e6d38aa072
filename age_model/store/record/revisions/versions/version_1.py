"""Version 1 of the tables: receipts, visits and ID checks.

It stays as it is when the tables change further.
"""

from alembic import op

revision = "1"
down_revision = None

_TABLES = """
CREATE TABLE products (
    id {key}, name VARCHAR NOT NULL, category VARCHAR NOT NULL, is_alcohol BOOLEAN NOT NULL,
    UNIQUE (name, category, is_alcohol)
);
CREATE TABLE receipts (
    id {key}, store VARCHAR NOT NULL, till VARCHAR NOT NULL, day DATE NOT NULL,
    number VARCHAR NOT NULL, time {time}, cashier VARCHAR, UNIQUE (store, till, day, number)
);
CREATE TABLE schema_version (version INTEGER NOT NULL);
CREATE TABLE receipt_lines (
    receipt_id INTEGER NOT NULL, product_id INTEGER NOT NULL, quantity INTEGER NOT NULL,
    amount INTEGER NOT NULL, copy INTEGER NOT NULL,
    PRIMARY KEY (receipt_id, product_id, quantity, amount, copy),
    FOREIGN KEY (receipt_id) REFERENCES receipts (id),
    FOREIGN KEY (product_id) REFERENCES products (id)
) {keyed};
CREATE TABLE visits (
    id {key}, time {time} NOT NULL, store VARCHAR NOT NULL, till VARCHAR NOT NULL,
    cashier VARCHAR, receipt_id INTEGER, age FLOAT, age_low FLOAT, age_high FLOAT,
    p_under_18 FLOAT, p_under_25 FLOAT, distribution {bytes}, model_version VARCHAR,
    UNIQUE (store, till, time), CHECK (length(distribution) = 234), UNIQUE (receipt_id),
    FOREIGN KEY (receipt_id) REFERENCES receipts (id)
);
CREATE INDEX visits_by_time ON visits (time);
CREATE TABLE id_checks (
    visit_id INTEGER NOT NULL, outcome VARCHAR NOT NULL, PRIMARY KEY (visit_id),
    CHECK (outcome IN ('ID shown', 'sale refused', 'not asked')),
    FOREIGN KEY (visit_id) REFERENCES visits (id)
)
"""
_TYPES = {
    "sqlite": {
        "key": "INTEGER NOT NULL PRIMARY KEY",
        "time": "DATETIME",
        "bytes": "BLOB",
        "keyed": "WITHOUT ROWID",
    },
    "postgresql": {
        "key": "SERIAL PRIMARY KEY",
        "time": "TIMESTAMP",
        "bytes": "BYTEA",
        "keyed": "",
    },
}


def upgrade() -> None:
    """Create the tables of version 1."""
    for statement in _TABLES.format(**_TYPES[op.get_context().dialect.name]).split(";"):
        op.execute(statement)
