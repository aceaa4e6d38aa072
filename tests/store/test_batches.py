"""Many rows go into short transactions, whose size follows from how long they take."""

import numpy as np
import pandas as pd

from age_model.store.record.batches import Limits, Pace, numbered, parts

LIMITS = Limits(seconds=0.1, fewest=10, first=200, most=1000)


def after(*transactions: tuple[int, float]) -> int:
    pace = Pace(LIMITS)
    for count, seconds in transactions:
        pace.took(count, seconds)
    return pace.size


def test_a_slow_transaction_makes_the_next_one_smaller() -> None:
    assert after() == 200
    assert after((200, 0.4)) == 50
    assert after((200, 60.0)) == LIMITS.fewest


def test_a_quick_one_lets_the_next_one_grow_a_little() -> None:
    assert after((200, 0.08)) == 250
    assert after((200, 0.0)) == 400
    assert after((800, 0.01)) == LIMITS.most


def test_the_end_of_a_file_does_not_count_as_slow() -> None:
    assert after((3, 0.05)) == 200
    assert after((3, 1.0)) == LIMITS.fewest


def test_parts_follow_the_pace_and_cut_nothing() -> None:
    table = pd.DataFrame({"key": list("cabacbdd"), "row": range(8)})
    pace = Pace(LIMITS._replace(first=2))
    found = []
    for part in parts(table, numbered(table, ["key"]), pace):
        found.append(part["row"].tolist())
        pace.size = 1
    assert found == [[1, 3, 2, 5], [0, 4], [6, 7]]
    assert list(parts(table[:0], np.array([], dtype=int), pace)) == []
