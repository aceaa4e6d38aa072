"""The one condition by which a query reads the stores in scope, and no others."""

from sqlalchemy import ColumnElement, Table, true

from age_model.access.visitor import Scope


def in_scope(table: Table, scope: Scope) -> ColumnElement[bool]:
    """Return the condition that selects the rows of the stores in scope.

    Args:
        table: with a column `store`.
        scope: whose stores are read; with none, no row is selected.
    """
    return true() if scope.stores is None else table.c.store.in_(scope.stores)
