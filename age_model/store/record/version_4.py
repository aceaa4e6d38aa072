"""The step from version 3 of the tables to version 4: keys of the HTTP service, and its requests.

It stays as it is when the tables change further.
"""

from sqlalchemy import Connection, text

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


def to_version_4(connection: Connection) -> None:
    """Alter the tables of version 3 to those of version 4."""
    for statement in _TABLES.format(**_TYPES[connection.dialect.name]).split(";"):
        connection.execute(text(statement))
