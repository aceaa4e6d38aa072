"""The stores that there are."""

from sqlalchemy import Engine, select, union

from age_model.access.visitor import Scope
from age_model.store.record.database import reading
from age_model.store.record.schema import (
    CASHIERS,
    PAIRED_TILLS,
    RECEIPTS,
    RETENTION,
    STORE_RULES,
    VISITS,
)

_TABLES = (VISITS, RECEIPTS, PAIRED_TILLS, CASHIERS, STORE_RULES, RETENTION)


def known_stores(engine: Engine, scope: Scope) -> list[str]:
    """Return the stores in scope by name: those of the record, and those that the scope names.

    Raises:
        RecordError: the record cannot be read.
    """
    if scope.stores is not None:
        return sorted(scope.stores)
    with reading(engine) as connection:
        return sorted(connection.scalars(union(*(select(table.c.store) for table in _TABLES))))
