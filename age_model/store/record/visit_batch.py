"""Adds a batch of visits, with their outcomes and the receipts that they name."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from age_model.store.record.batches import numbered
from age_model.store.record.receipt_batch import (
    RECEIPT,
    distinct_receipts,
    give_cashiers,
    stage_receipts,
)
from age_model.store.record.schema import VISITS, pack_distribution
from age_model.store.record.staging import stage

_COLUMNS = {
    column.name: column.type.compile(postgresql.dialect())  # which SQLite understands
    for column in VISITS.columns
    if column.name != "id"
}
_NEW_VISITS = _COLUMNS | {"outcome": "varchar"}
_ADD_VISITS = f"""
INSERT INTO visits ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS)} FROM new_visits WHERE true ORDER BY time, store, till
ON CONFLICT DO NOTHING
"""
_ADD_OUTCOMES = """
INSERT INTO id_checks (visit_id, outcome)
SELECT v.id, n.outcome FROM new_visits AS n
JOIN visits AS v ON v.store = n.store AND v.till = n.till AND v.time = n.time
WHERE n.outcome IS NOT NULL ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True)
class VisitBatch:
    """Visits, ready to be added.

    Attributes:
        visits: one row a visit: the columns of the table but the key, and outcome.
        receipts: that they name, see `ReceiptBatch`; None if they name none.
        number: of the receipt of each visit that names one, by its row in `visits`.
    """

    visits: pd.DataFrame
    receipts: pd.DataFrame | None
    number: pd.Series

    @classmethod
    def of(cls, rows: pd.DataFrame, distributions: np.ndarray) -> "VisitBatch":
        """Return the batch of some visits.

        Args:
            rows: one a visit: the columns of the table but key, receipt_id and distribution,
                those that are missing being null, and number, day and outcome.
            distributions: of ages, shape (n, AGE_BINS).
        """
        visits = rows.reindex(columns=list(_NEW_VISITS))
        packed = [pack_distribution(distribution) for distribution in distributions]
        visits["distribution"] = pd.Series(packed, visits.index, dtype=object)
        issued = rows.dropna(subset="number").astype({"number": str})
        issued = issued.assign(receipt=numbered(issued, RECEIPT))
        receipts = distinct_receipts(issued) if len(issued) else None
        return cls(visits, receipts, issued["receipt"])

    def add(self, connection: Connection) -> int:
        """Add them as `add_visits` says; return how many are new.

        Args:
            connection: of `writing`.
        """
        visits, all_new = self.visits, True
        if self.receipts is not None:
            keys, is_new = stage_receipts(connection, self.receipts)
            all_new = bool(is_new.all())
            of_visit = pd.Series(keys[self.number.to_numpy()], self.number.index)
            visits = visits.assign(receipt_id=of_visit.reindex(visits.index).astype("Int64"))
        stage(connection, "new_visits", _NEW_VISITS, visits)
        added = connection.execute(text(_ADD_VISITS)).rowcount
        if not all_new:
            give_cashiers(connection)
        if visits["outcome"].notna().any():
            connection.execute(text(_ADD_OUTCOMES))
        return added
