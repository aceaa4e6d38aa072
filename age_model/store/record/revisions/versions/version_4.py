"""Version 4 of the tables: keys of the HTTP service, and its requests.

It stays as it is when the tables change further.
"""

from alembic import op

revision = "4"
down_revision = "3"

_TABLES = """
CREATE TABLE api_keys (
    id VARCHAR NOT NULL PRIMARY KEY, digest VARCHAR NOT NULL UNIQUE, store VARCHAR NOT NULL,
    till VARCHAR, made_by VARCHAR NOT NULL, made_at {time} NOT NULL, last_used {time},
    revoked_at {time}
);
CREATE TABLE api_requests (
    sender VARCHAR NOT NULL, token VARCHAR NOT NULL, digest VARCHAR NOT NULL,
    added INTEGER NOT NULL, known INTEGER NOT NULL, time {time} NOT NULL,
    PRIMARY KEY (sender, token)
);
CREATE INDEX api_requests_by_time ON api_requests (time)
"""
_TYPES = {"sqlite": {"time": "DATETIME"}, "postgresql": {"time": "TIMESTAMP"}}


def upgrade() -> None:
    """Alter the tables of version 3 to those of version 4."""
    for statement in _TABLES.format(**_TYPES[op.get_context().dialect.name]).split(";"):
        op.execute(statement)
