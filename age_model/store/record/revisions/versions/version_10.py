"""Version 10 of the tables: every month is exported again, as the files have further columns.

It stays as it is when the tables change further.
"""

from alembic import op
from sqlalchemy import inspect

revision = "10"
down_revision = "9"

_MONTHS = {"sqlite": "substr({time}, 1, 7)", "postgresql": "to_char({time}, 'YYYY-MM')"}


def upgrade() -> None:
    """Note every month as changed, if the record is exported."""
    if not inspect(op.get_bind()).has_table("changed_months"):
        return
    month = _MONTHS[op.get_context().dialect.name]
    for table, time in (("visits", "time"), ("receipts", "day")):
        op.execute(
            "INSERT INTO changed_months (store, month) "
            f"SELECT DISTINCT store, {month.format(time=time)} FROM {table}"
        )
