"""Adds a batch of visits, with their outcomes and the receipts that they name."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from age_model.store.record.batches import Pace, numbered, slices
from age_model.store.record.receipt_batch import (
    RECEIPT,
    distinct_receipts,
    give_cashiers,
    stage_receipts,
)
from age_model.store.record.schema import VISITS, pack_distributions
from age_model.store.record.staging import analyze, stage

_COLUMNS = {
    column.name: column.type.compile(postgresql.dialect())  # which SQLite understands
    for column in VISITS.columns
    if column.name != "id"
}
_PLACE_IN_TIME = ["time", "store", "till"]
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
        visits: one row a visit, in the order of `place`: the columns of the table but the key,
            outcome, and day and number of the receipt, null where it names none.
        place: number of each visit's place in time, ascending.
    """

    visits: pd.DataFrame
    place: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame, distributions: np.ndarray) -> "VisitBatch":
        """Return the batch of some visits.

        Args:
            rows: one a visit: the columns of the table but key, receipt_id and distribution,
                those that are missing being null, and number, day and outcome.
            distributions: of ages, shape (n, AGE_BINS).
        """
        visits = rows.reindex(columns=[*_NEW_VISITS, "day", "number"])
        visits["distribution"] = pack_distributions(distributions)
        place = numbered(visits, _PLACE_IN_TIME)
        order = np.argsort(place, kind="stable")
        return cls(visits.iloc[order], place[order])

    def parts(self, pace: Pace) -> Iterator["VisitBatch"]:
        """Yield the visits of `pace.size` places in time, in the one order of all writers."""
        for some in slices(self.place, pace):
            yield VisitBatch(self.visits[some], self.place[some])

    def __len__(self) -> int:
        """Return the number of visits."""
        return len(self.visits)

    def add(self, connection: Connection) -> int:
        """Add them as `add_visits` says; return how many are new.

        Args:
            connection: of `writing`.
        """
        visits, all_new = self.visits, True
        named = visits["number"].notna()
        issued = visits.loc[named, [*RECEIPT, "time", "cashier"]].astype({"number": str})
        if len(issued):
            issued["receipt"] = numbered(issued, RECEIPT)
            keys, is_new = stage_receipts(connection, distinct_receipts(issued))
            all_new = bool(is_new.all())
            of_visit = pd.Series(keys[issued["receipt"].to_numpy()], issued.index, dtype="Int64")
            visits = visits.assign(receipt_id=of_visit.reindex(visits.index))
        stage(connection, "new_visits", _NEW_VISITS, visits)
        added = connection.execute(text(_ADD_VISITS)).rowcount
        if not all_new:
            give_cashiers(connection)
        if visits["outcome"].notna().any():
            analyze(connection, "new_visits")
            connection.execute(text(_ADD_OUTCOMES))
        return added
