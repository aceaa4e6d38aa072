"""The tables of the record, and how a distribution is kept in one field.

No table has a place for a photo, a crop of one or a face vector.
"""

import numpy as np
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    column,
    func,
)

from age_model.ages import AGE_BINS, AGE_LIMITS, under_column

VERSION = 1  # of the tables below; see migrations.py
OUTCOMES = ("ID shown", "sale refused", "not asked")
MONEY_PARTS = 100  # amounts are kept as whole hundredths of the currency, so that sums are exact
QUANTITY_PARTS = 1000  # and quantities as whole thousandths: grams of what is weighed
_DISTRIBUTION = np.dtype("<f2")  # half precision: 0.05 % of a probability, half the size
DISTRIBUTION_BYTES = AGE_BINS * _DISTRIBUTION.itemsize  # nothing else fits into the field

METADATA = MetaData()

SCHEMA_VERSION = Table("schema_version", METADATA, Column("version", Integer, nullable=False))

# A receipt's number starts again with each day or shift, and each till counts for itself.
RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("store", String, nullable=False),
    Column("till", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("number", String, nullable=False),
    Column("time", DateTime),  # local; without it no visit can be joined: old receipts lose it
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

# What is on the line is its key, with `copy` counting equal lines of a receipt from 0: a receipt
# read twice, or in another order, adds nothing.
LINES = Table(
    "receipt_lines",
    METADATA,
    Column("receipt_id", ForeignKey("receipts.id"), primary_key=True),
    Column("product_id", ForeignKey("products.id"), primary_key=True),
    Column("quantity", Integer, primary_key=True),  # thousandths
    Column("amount", Integer, primary_key=True),  # hundredths
    Column("copy", Integer, primary_key=True),
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
    # The estimate; all of these are null where no age could be told.
    Column("age", Float),
    Column("age_low", Float),
    Column("age_high", Float),
    *(Column(under_column(limit), Float) for limit in AGE_LIMITS),
    Column("distribution", LargeBinary),
    Column("model_version", String),
    UniqueConstraint("store", "till", "time"),
    CheckConstraint(func.length(column("distribution")) == DISTRIBUTION_BYTES),
    Index("visits_by_time", "time"),
)

CHECKS = Table(
    "id_checks",
    METADATA,
    Column("visit_id", ForeignKey("visits.id"), primary_key=True),
    Column("outcome", String, nullable=False),
    CheckConstraint(column("outcome").in_(OUTCOMES)),
)


def pack_distribution(distribution: np.ndarray) -> bytes:
    """Return an age distribution, shape (AGE_BINS,), as it is kept."""
    return distribution.astype(_DISTRIBUTION).tobytes()


def unpack_distributions(packed: list[bytes]) -> np.ndarray:
    """Return kept age distributions: float16, shape (n, AGE_BINS), rows summing to nearly 1."""
    return np.frombuffer(b"".join(packed), _DISTRIBUTION).reshape(-1, AGE_BINS)
