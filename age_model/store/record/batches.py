"""Divides many rows into transactions so short that others can write between them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, Table

from age_model.store.record.database import wait_for_turn, writing

_GROWTH = 2.0  # from one transaction to the next, at most


class Limits(NamedTuple):
    """Of transactions.

    Attributes:
        seconds: that one is to take; somebody else waits for it at most as long.
        fewest: receipts, visits or pairs of them in one, however long it takes.
        first: in the first one.
        most: in any.
    """

    seconds: float
    fewest: int
    first: int
    most: int


# To a server, each transaction is some effort.
ROWS = {"sqlite": Limits(0.1, 50, 500, 5000), "postgresql": Limits(0.15, 1000, 2000, 20_000)}
PAIRS = Limits(0.1, 10, 100, 1000)


class Pace:
    """How much goes into a transaction, by how long the last one took.

    Attributes:
        size: of the next one.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.size = limits.first

    def took(self, count: int, seconds: float) -> None:
        """Note how long a transaction took, and how much went into it."""
        limits = self._limits
        growth = min(limits.seconds / max(seconds, 1e-9), _GROWTH)
        least = limits.fewest if growth < 1 else self.size  # what ends a file is little
        self.size = int(np.clip(count * growth, least, limits.most))

    @contextmanager
    def writing(
        self, engine: Engine, count: int, table: Table | None = None
    ) -> Iterator[Connection]:
        """Provide a connection as `database.writing` does, and note how long it was held.

        Args:
            engine: of `open_record`.
            count: how much is written.
            table: to lock against all other writers, see `wait_for_turn`.

        Raises:
            RecordError: the record cannot be written.
        """
        with writing(engine) as connection:
            if table is not None:
                wait_for_turn(connection, table)
            began = time.perf_counter()  # not before, when others may have been waited for
            yield connection
        self.took(count, time.perf_counter() - began)


def numbered(table: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Number the different values of some columns in their order, from 0, int, shape (rows,)."""
    number = np.zeros(len(table), dtype=np.int64)
    for key in keys:
        codes, names = pd.factorize(table[key], sort=True)
        if len(names) > 1:
            _, number = np.unique(number * len(names) + codes, return_inverse=True)
    return number


def parts(table: pd.DataFrame, number: np.ndarray, pace: Pace) -> Iterator[pd.DataFrame]:
    """Yield the rows of `pace.size` numbers at a time, sorted by number.

    All writers use one order, which prevents deadlocks.

    Args:
        table: to divide.
        number: of each row, from 0 without a gap; rows of one number stay together.
        pace: read anew for each part.
    """
    order = np.argsort(number, kind="stable")
    for some in slices(number[order], pace):
        yield table.iloc[order[some]].copy()


def slices(number: np.ndarray, pace: Pace) -> Iterator[slice]:
    """Yield the places of `pace.size` numbers at a time, of numbers that ascend.

    Args:
        number: without a gap; the places of one number stay together.
        pace: read anew for each slice.
    """
    start = 0
    while start < len(number):
        end = int(np.searchsorted(number, number[start] + pace.size))
        yield slice(start, end)
        start = end
