"""Version 9 of the tables: the regions of stores, and the goods that are restricted in a region.

It stays as it is when the tables change further.
"""

from alembic import op

revision = "9"
down_revision = "8"

_TABLES = """
CREATE TABLE region_goods (
    region VARCHAR NOT NULL, goods VARCHAR NOT NULL, categories VARCHAR NOT NULL,
    minimum_age INTEGER NOT NULL, sold_from VARCHAR, sold_until VARCHAR,
    PRIMARY KEY (region, goods)
);
CREATE TABLE store_regions (store VARCHAR NOT NULL PRIMARY KEY, region VARCHAR NOT NULL)
"""


def upgrade() -> None:
    """Alter the tables of version 8 to those of version 9."""
    for statement in _TABLES.split(";"):
        op.execute(statement)
