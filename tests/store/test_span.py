"""The days that the record has something of."""

from datetime import date

import pandas as pd
from sqlalchemy import Engine

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.store.record.add_many import add_receipts, add_visits
from age_model.store.record.span import RecordSpan, record_span
from tests.support.store_made_up import receipt_lines, visits

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def add_receipt(record: Engine, store: str, till: str, day: str) -> None:
    line = receipt_lines(1, store=store).assign(till=till, time=pd.Timestamp(f"{day} 12:00"))
    add_receipts(record, ANYBODY, line)


def test_the_span_has_the_first_and_last_day_of_all_tills_and_of_visits(record: Engine) -> None:
    assert record_span(record, EVERYTHING) is None
    for store, till, day in (
        ("East", "1", "2026-06-10"), ("East", "2", "2026-05-01"), ("East", "2", "2026-06-01"),
        ("South", "1", "2026-11-20"), ("South", "7", "2026-06-02"),
    ):  # fmt: skip
        add_receipt(record, store, till, day)
    days = date(2026, 5, 1), date(2026, 11, 20)
    assert record_span(record, EVERYTHING) == (*days, None)
    assert record_span(record, EVERYTHING.narrowed(["East"])) == (days[0], date(2026, 6, 10), None)
    assert record_span(record, EVERYTHING.narrowed(["North"])) is None
    table, distributions = visits(1, "North")
    late = date(2026, 12, 1)
    add_visits(record, ANYBODY, table.assign(time=pd.Timestamp(late)), distributions)
    assert record_span(record, EVERYTHING) == (days[0], late, late)
    assert record_span(record, EVERYTHING.narrowed(["North"])) == (late, late, late)


def test_what_is_compared_begins_with_visits_where_there_are_some() -> None:
    assert RecordSpan(MAY, JUNE, JUNE).begun == JUNE
    assert RecordSpan(MAY, JUNE, None).begun == MAY
