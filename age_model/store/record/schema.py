"""The tables of the record, and the storage of a distribution in one field.

No table has a column for a photo, a crop of one or a face embedding.
"""

import numpy as np
from sqlalchemy import (
    DDL,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    column,
    event,
    func,
)
from sqlalchemy.schema import SchemaItem

from age_model.ages import AGE_BINS, AGE_LIMITS, under_column
from age_model.store.record.references import STATEMENTS

VERSION = 10  # of the tables below: the newest file of revisions/versions
OUTCOMES = ("ID shown", "sale refused", "not asked")
MONEY_PARTS = 100  # amounts are stored as whole hundredths of the currency, so that sums are exact
QUANTITY_PARTS = 1000  # and quantities as whole thousandths, such as grams
DISTRIBUTION = np.dtype("<f2")  # half precision: a relative error of 0.05 %, half the size
DISTRIBUTION_BYTES = AGE_BINS * DISTRIBUTION.itemsize  # the only size allowed in the field

METADATA = MetaData()
ONLY = "only"  # in `info` of what one kind of database has; Alembic knows nothing of `ddl_if`


def _by_import(table: str) -> Index:
    """Return the index that finds the rows of an import: of a few pages, and on a server only."""
    return Index(
        f"{table}_by_import",
        "import_id",
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
        info={ONLY: "postgresql"},
    ).ddl_if(dialect="postgresql")


def _in_a_file(column: str, key: str) -> ForeignKeyConstraint:
    """Return a foreign key in place of which a server has something quicker: `references`."""
    rule = ForeignKeyConstraint([column], [key], info={ONLY: "sqlite"})
    return rule.ddl_if(dialect="sqlite")


SCHEMA_VERSION = Table("schema_version", METADATA, Column("version", Integer, nullable=False))
ALEMBIC_VERSION = Table(
    "alembic_version", METADATA, Column("version_num", String(32), primary_key=True)
)

# Receipt numbers restart with each day or shift, and each till has its own.
RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("store", String, nullable=False),
    Column("till", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("number", String, nullable=False),
    Column("time", DateTime),  # local; needed to link visits, deleted from old receipts
    Column("cashier", String),
    UniqueConstraint("store", "till", "day", "number"),
)

PRODUCTS = Table(
    "products",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False),
    Column("category", String, nullable=False),
    Column("is_alcohol", Boolean, nullable=False),
    UniqueConstraint("name", "category", "is_alcohol"),
)

# The content of a line is its key, and `copy` numbers equal lines of a receipt from 0, so that
# importing a receipt twice, or in another order, adds nothing.
LINES = Table(
    "receipt_lines",
    METADATA,
    Column("receipt_id", Integer, primary_key=True),
    Column("product_id", Integer, primary_key=True),
    Column("quantity", Integer, primary_key=True),  # thousandths
    Column("amount", Integer, primary_key=True),  # hundredths
    Column("copy", Integer, primary_key=True),
    Column("import_id", Integer),  # of `imports`; null where it came in another way
    _in_a_file("receipt_id", "receipts.id"),
    _in_a_file("product_id", "products.id"),
    _by_import("receipt_lines"),
    sqlite_with_rowid=False,
)

VISITS = Table(
    "visits",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("time", DateTime, nullable=False),  # local
    Column("store", String, nullable=False),
    Column("till", String, nullable=False),
    Column("cashier", String),
    Column("receipt_id", ForeignKey("receipts.id"), unique=True),
    # The estimate; all of these are null where no age could be estimated.
    Column("age", Float),
    Column("age_low", Float),
    Column("age_high", Float),
    *(Column(under_column(limit), Float) for limit in AGE_LIMITS),
    Column("distribution", LargeBinary),
    Column("model_version", String),
    # The rule by which the till was to ask for ID; null where none is known.
    Column("challenge_age", Integer),
    Column("likelihood", Float),
    # Of the picture; null where it was not measured. See `FaceQuality`.
    Column("sharpness", Float),
    Column("light", Float),
    Column("import_id", Integer),  # of `imports`; null where it came in another way
    UniqueConstraint("store", "till", "time"),
    CheckConstraint(func.length(column("distribution")) == DISTRIBUTION_BYTES),
    Index("visits_by_time", "time"),
    _by_import("visits"),
)

CHECKS = Table(
    "id_checks",
    METADATA,
    Column("visit_id", ForeignKey("visits.id"), primary_key=True),
    Column("outcome", String, nullable=False),
    CheckConstraint(column("outcome").in_(OUTCOMES)),
)

# ---- Files that were imported, and how their columns were read

IMPORTS = Table(
    "imports",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("time", DateTime, nullable=False),  # UTC, without a time zone
    Column("who", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("file", String, nullable=False),
    Column("stores", String, nullable=False),  # JSON, a list
    Column("added", Integer, nullable=False),  # rows
)

COLUMN_CHOICES = Table(
    "column_choices",
    METADATA,
    Column("who", String, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("headings", String, primary_key=True),  # their digest
    Column("choice", String, nullable=False),  # JSON
)

# ---- Tills, cashiers and what was done; times are UTC, without a time zone

STORE_RULES = Table(
    "store_rules",
    METADATA,
    Column("store", String, primary_key=True),
    Column("challenge_age", Integer, nullable=False),
    Column("may_pass", String),  # percent of people under age, one of a model's limits
)


def _restricted(table: str, place: str) -> Table:
    """Return a table of goods that are restricted at places of some kind."""
    return Table(
        table,
        METADATA,
        Column(place, String, primary_key=True),
        Column("goods", String, primary_key=True),
        Column("categories", String, nullable=False),  # of products; JSON, a list
        Column("minimum_age", Integer, nullable=False),
        Column("sold_from", String),  # "08:00", local; null: all day
        Column("sold_until", String),
    )


# The row of a store counts before that of its region, and this before that of the region "", which
# is everywhere.
RESTRICTED_GOODS = _restricted("restricted_goods", "store")
REGION_GOODS = _restricted("region_goods", "region")

STORE_REGIONS = Table(
    "store_regions",
    METADATA,
    Column("store", String, primary_key=True),
    Column("region", String, nullable=False),
)

TEST_PURCHASES = Table(
    "test_purchases",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("store", String, nullable=False),
    Column("till", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("goods", String, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("added_by", String, nullable=False),
)

RECORD_SETTINGS = Table(
    "record_settings",
    METADATA,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

PAIRED_TILLS = Table(
    "paired_tills",
    METADATA,
    Column("serial", String, primary_key=True),  # random, in the signed token of the device
    Column("store", String, nullable=False),
    Column("till", String, nullable=False),
    Column("paired_by", String, nullable=False),
    Column("paired_at", DateTime, nullable=False),
    Column("last_seen", DateTime),
    Column("revoked_at", DateTime),
)

PAIRING_CODES = Table(
    "pairing_codes",
    METADATA,
    Column("digest", String, primary_key=True),  # of the code, which is kept nowhere
    Column("store", String, nullable=False),
    Column("till", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("expires", DateTime, nullable=False),
)

WRONG_CODES = Table(
    "wrong_codes",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("time", DateTime, nullable=False),
)

SIGNING_KEYS = Table(
    "signing_keys",
    METADATA,
    Column("purpose", String, primary_key=True),
    Column("value", String, nullable=False),
)

API_KEYS = Table(
    "api_keys",
    METADATA,
    Column("id", String, primary_key=True),  # random; names the key in lists and logs
    Column("digest", String, nullable=False, unique=True),  # of the key, which is kept nowhere
    Column("store", String, nullable=False),
    Column("till", String),  # null for all tills of the store
    Column("made_by", String, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("last_used", DateTime),
    Column("revoked_at", DateTime),
)

API_REQUESTS = Table(
    "api_requests",
    METADATA,
    Column("sender", String, primary_key=True),  # id of the key; "" in open mode
    Column("token", String, primary_key=True),  # the sender's own name for the request
    Column("digest", String, nullable=False),  # of its body
    Column("added", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("time", DateTime, nullable=False),
    Index("api_requests_by_time", "time"),
)

CASHIERS = Table(
    "cashiers",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("store", String, nullable=False),
    Column("name", String, nullable=False),
    Column("pin", String, nullable=False),  # its argon2 hash
    Column("pin_set", DateTime, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("wrong_pins", Integer, nullable=False),  # since the last right one
    Column("locked_until", DateTime),
    UniqueConstraint("store", "name"),
)

RETENTION = Table(
    "retention",
    METADATA,
    Column("store", String, primary_key=True),
    Column("links_days", Integer),  # null: kept
    Column("visits_days", Integer),
    Column("confirmed_at", DateTime),  # null: nothing is removed yet
    Column("last_run", DateTime),
    Column("links_removed", Integer, nullable=False),  # in the last run
    Column("visits_removed", Integer, nullable=False),
)

AUDIT_LOG = Table(
    "audit_log",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("time", DateTime, nullable=False),
    Column("who", String, nullable=False),
    Column("what", String, nullable=False),
    Column("store", String),
    Column("detail", String, nullable=False),  # JSON
    Index("audit_log_by_time", "time"),
)

# What keeps the audit log as it was written, by kind of database.
_APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_log_no_{change.lower()} BEFORE {change} ON audit_log "
        "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        for change in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
        "CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only()",
    ),
}
for _dialect, _statements in _APPEND_ONLY.items():
    for _statement in _statements:
        event.listen(AUDIT_LOG, "after_create", DDL(_statement).execute_if(dialect=_dialect))
for _statement in STATEMENTS:
    event.listen(LINES, "after_create", DDL(_statement).execute_if(dialect="postgresql"))


def is_of(dialect: str, item: SchemaItem) -> bool:
    """Return whether a kind of database has a table, a column, a rule or an index."""
    return item.info.get(ONLY, dialect) == dialect


def pack_distribution(distribution: np.ndarray) -> bytes:
    """Return an age distribution, shape (AGE_BINS,), as it is stored."""
    return distribution.astype(DISTRIBUTION).tobytes()


def pack_distributions(distributions: np.ndarray) -> list[bytes]:
    """Return age distributions, shape (n, AGE_BINS), as they are stored."""
    packed = distributions.astype(DISTRIBUTION).tobytes()
    return [
        packed[at : at + DISTRIBUTION_BYTES] for at in range(0, len(packed), DISTRIBUTION_BYTES)
    ]


def unpack_distributions(packed: list[bytes]) -> np.ndarray:
    """Return stored age distributions: float16, shape (n, AGE_BINS), rows summing to nearly 1."""
    return np.frombuffer(b"".join(packed), DISTRIBUTION).reshape(-1, AGE_BINS)
