"""What all routes share: the networks, the record, who may ask and how often."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cached_property

from sqlalchemy import Engine

from age_model.api.examiner import Examiner
from age_model.api.limits import RateLimit, Room
from age_model.api.metrics import Metrics
from age_model.evaluation.age_gate import fitted_gate
from age_model.predict.id_rule import AskRule
from age_model.predict.predictor import Predictor
from age_model.store.tills.rules import read_rule, rule_in_force

RATE = 50.0  # requests a second of a caller
RATE_VARIABLE = "AGE_API_RATE"  # another number
MOST_BYTES = 512 * 2**20  # of bodies on their way


class Service:
    """The networks and the record behind the routes.

    Args:
        load: loads the networks.
        open_record: opens the record; called when it is first needed.
        keys_needed: whether nobody is answered without a key; false in open mode.
        threads: that run the networks, see `Examiner`.
    """

    def __init__(
        self,
        load: Callable[[], Predictor],
        open_record: Callable[[], Engine],
        keys_needed: bool,
        threads: int | None = None,
    ) -> None:
        self.keys_needed = keys_needed
        self.examiner = Examiner(load, threads)
        self.metrics = Metrics()
        self.examiner.examined = self.metrics.batches.observe
        self.limit = RateLimit(float(os.environ.get(RATE_VARIABLE) or RATE))
        self.room = Room(MOST_BYTES)
        self._open_record = open_record

    @cached_property
    def record(self) -> Engine:
        """The record.

        Raises:
            RecordError: it cannot be opened.
        """
        return self._open_record()

    def rule(self, store: str | None) -> AskRule:
        """Return whom a store asks for ID; without a store, the model's usual rule.

        Raises:
            RecordError: the record cannot be read.
        """
        fitted = fitted_gate(self.examiner.predictor.model.card["gate"])
        return rule_in_force(read_rule(self.record, store) if store else None, fitted)

    @asynccontextmanager
    async def running(self, eager: bool) -> AsyncIterator[None]:
        """Answer until the end of the context.

        Args:
            eager: whether to load the networks at once.
        """
        async with self.examiner.running(eager):
            yield
