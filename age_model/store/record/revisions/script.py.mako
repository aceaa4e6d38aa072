"""Version ${up_revision} of the tables: ${message}.

It stays as it is when the tables change further.
"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Alter the tables of version ${down_revision} to those of version ${up_revision}."""
    ${upgrades or "pass"}
