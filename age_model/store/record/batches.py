"""Divides many rows into transactions so short that others can write between them."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine

from age_model.store.record.database import writing

FEWEST = 10  # receipts or visits in a transaction
_GROWTH = 4.0  # from one to the next, at most


class Limits(NamedTuple):
    """Of transactions.

    Attributes:
        seconds: that one is to take.
        first: how many receipts or visits go into the first.
        most: into any.
    """

    seconds: float
    first: int
    most: int


LIMITS = {
    "sqlite": Limits(0.1, 200, 1000),  # others wait for it; and there are limits to a statement
    "postgresql": Limits(1.0, 4000, 20_000),  # only another writer of the same receipts waits
}


class Pace:
    """How many receipts or visits go into a transaction, by how long the last one took.

    Attributes:
        size: of the next one.
    """

    def __init__(self, dialect: str) -> None:
        self._limits = LIMITS[dialect]
        self.size = self._limits.first

    @classmethod
    def longest(cls, dialect: str) -> "Pace":
        """Return that of rows which go into one transaction, however long it takes."""
        pace = cls(dialect)
        pace.size = pace._limits.most
        return pace

    def took(self, rows: int, seconds: float) -> None:
        """Note how long a transaction of some receipts or visits took."""
        growth = min(self._limits.seconds / max(seconds, 1e-9), _GROWTH)
        self.size = int(np.clip(rows * growth, FEWEST, self._limits.most))

    @contextmanager
    def writing(self, engine: Engine, rows: int) -> Iterator[Connection]:
        """Provide a connection as `database.writing` does, and note how long it was held.

        Raises:
            RecordError: the record cannot be written.
        """
        with writing(engine) as connection:
            began = time.perf_counter()  # not before, when others may have been waited for
            yield connection
        self.took(rows, time.perf_counter() - began)


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
    ranked = number[order]
    start = 0
    while start < len(order):
        end = int(np.searchsorted(ranked, ranked[start] + pace.size))
        yield table.iloc[order[start:end]].copy()
        start = end
