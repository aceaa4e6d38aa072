"""Version 2 of the tables: tills, cashiers, retention, audit log.

It stays as it is when the tables change further.
"""

from alembic import op

revision = "2"
down_revision = "1"

_TABLES = """
ALTER TABLE visits ADD COLUMN challenge_age INTEGER;
ALTER TABLE visits ADD COLUMN likelihood FLOAT;
CREATE TABLE store_rules (
    store VARCHAR NOT NULL PRIMARY KEY, challenge_age INTEGER NOT NULL, may_pass VARCHAR
);
CREATE TABLE paired_tills (
    serial VARCHAR NOT NULL PRIMARY KEY, store VARCHAR NOT NULL, till VARCHAR NOT NULL,
    paired_by VARCHAR NOT NULL, paired_at {time} NOT NULL, last_seen {time}, revoked_at {time}
);
CREATE TABLE pairing_codes (
    digest VARCHAR NOT NULL PRIMARY KEY, store VARCHAR NOT NULL, till VARCHAR NOT NULL,
    made_by VARCHAR NOT NULL, expires {time} NOT NULL
);
CREATE TABLE wrong_codes (id {key}, time {time} NOT NULL);
CREATE TABLE signing_keys (purpose VARCHAR NOT NULL PRIMARY KEY, value VARCHAR NOT NULL);
CREATE TABLE cashiers (
    id {key}, store VARCHAR NOT NULL, name VARCHAR NOT NULL, pin VARCHAR NOT NULL,
    pin_set {time} NOT NULL, active BOOLEAN NOT NULL, wrong_pins INTEGER NOT NULL,
    locked_until {time}, UNIQUE (store, name)
);
CREATE TABLE retention (
    store VARCHAR NOT NULL PRIMARY KEY, links_days INTEGER, visits_days INTEGER,
    confirmed_at {time}, last_run {time}, links_removed INTEGER NOT NULL,
    visits_removed INTEGER NOT NULL
);
CREATE TABLE audit_log (
    id {key}, time {time} NOT NULL, who VARCHAR NOT NULL, what VARCHAR NOT NULL, store VARCHAR,
    detail VARCHAR NOT NULL
);
CREATE INDEX audit_log_by_time ON audit_log (time)
"""
_TYPES = {
    "sqlite": {"key": "INTEGER NOT NULL PRIMARY KEY", "time": "DATETIME"},
    "postgresql": {"key": "SERIAL PRIMARY KEY", "time": "TIMESTAMP"},
}
_APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
        "CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only()",
    ),
}


def upgrade() -> None:
    """Alter the tables of version 1 to those of version 2."""
    dialect = op.get_context().dialect.name
    for statement in _TABLES.format(**_TYPES[dialect]).split(";"):
        op.execute(statement)
    for statement in _APPEND_ONLY[dialect]:
        op.execute(statement)
