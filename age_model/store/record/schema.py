"""The tables of the record, and the storage of a distribution in one field.

No table has a column for a photo, a crop of one or a face embedding.
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
MONEY_PARTS = 100  # amounts are stored as whole hundredths of the currency, so that sums are exact
QUANTITY_PARTS = 1000  # and quantities as whole thousandths, such as grams
_DISTRIBUTION = np.dtype("<f2")  # half precision: a relative error of 0.05 %, half the size
DISTRIBUTION_BYTES = AGE_BINS * _DISTRIBUTION.itemsize  # the only size allowed in the field

METADATA = MetaData()

SCHEMA_VERSION = Table("schema_version", METADATA, Column("version", Integer, nullable=False))

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
    # The estimate; all of these are null where no age could be estimated.
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
    """Return an age distribution, shape (AGE_BINS,), as it is stored."""
    return distribution.astype(_DISTRIBUTION).tobytes()


def unpack_distributions(packed: list[bytes]) -> np.ndarray:
    """Return stored age distributions: float16, shape (n, AGE_BINS), rows summing to nearly 1."""
    return np.frombuffer(b"".join(packed), _DISTRIBUTION).reshape(-1, AGE_BINS)
