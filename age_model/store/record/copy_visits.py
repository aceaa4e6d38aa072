"""Adds visits to PostgreSQL by COPY: a batch goes into a table of its own, and from there on."""

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from age_model.store.record.batches import numbered
from age_model.store.record.copy_lines import RECEIPT, add_staged_receipts, give_cashiers
from age_model.store.record.copying import stage
from age_model.store.record.schema import DISTRIBUTION, DISTRIBUTION_BYTES, VISITS

_COLUMNS = {
    column.name: column.type.compile(postgresql.dialect())
    for column in VISITS.columns
    if column.name != "id"
}
_NEW_VISITS = _COLUMNS | {"outcome": "varchar"}
_ADD_VISITS = f"""
INSERT INTO visits ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS)} FROM new_visits ORDER BY time, store, till ON CONFLICT DO NOTHING
"""
_ADD_OUTCOMES = """
INSERT INTO id_checks (visit_id, outcome)
SELECT v.id, n.outcome FROM new_visits AS n JOIN visits AS v USING (store, till, time)
WHERE n.outcome IS NOT NULL ON CONFLICT DO NOTHING
"""


def copy_visits(connection: Connection, batch: pd.DataFrame, distributions: np.ndarray) -> int:
    """Add a batch of visits, as `add_visits` says; return how many are new.

    Args:
        connection: of `writing`, to PostgreSQL.
        batch: one row a visit: the columns of the table but `id`, `receipt_id` and
            `distribution`, those that are missing being null, and number, day and outcome.
        distributions: of ages, shape (n, AGE_BINS).
    """
    visits = batch.reindex(columns=list(_NEW_VISITS))
    visits["distribution"] = _texts(distributions)
    issued = batch.dropna(subset="number").astype({"number": str})
    all_new = True
    if len(issued):
        issued["receipt"] = numbered(issued, RECEIPT)
        keys, is_new = add_staged_receipts(connection, issued)
        all_new = bool(is_new.all())
        of_visit = pd.Series(keys.loc[issued["receipt"]].to_numpy(), issued.index)
        visits["receipt_id"] = of_visit.reindex(visits.index).astype("Int64")
    stage(connection, "new_visits", _NEW_VISITS, visits)
    added = connection.execute(text(_ADD_VISITS)).rowcount
    if not all_new:
        give_cashiers(connection)
    if visits["outcome"].notna().any():
        connection.execute(text(_ADD_OUTCOMES))
    return added


def _texts(distributions: np.ndarray) -> list[str]:
    """Return age distributions as PostgreSQL reads bytes."""
    digits = distributions.astype(DISTRIBUTION).tobytes().hex()
    width = 2 * DISTRIBUTION_BYTES
    return [f"\\x{digits[start : start + width]}" for start in range(0, len(digits), width)]
