"""Version 6 of the tables: from here on, Alembic tells which version a record has.

It stays as it is when the tables change further.
"""

from alembic import op

revision = "6"
down_revision = "5"


def upgrade() -> None:
    """Have programs that know no Alembic, and look here, leave the record alone."""
    op.execute("DELETE FROM schema_version")
    op.execute("INSERT INTO schema_version VALUES (6)")
