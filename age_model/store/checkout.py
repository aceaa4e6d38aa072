"""One till: who is in front, what was answered, and what the cashier recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from sqlalchemy import Engine

from age_model.model.saved_model import AgeModel
from age_model.predict.person import Look, Session
from age_model.store.record.add_visit import (
    Estimate,
    Place,
    record_outcome,
    record_visit,
    take_back_outcome,
)
from age_model.store.record.estimates import estimate_from

UNDO_FOR = 60  # seconds


class Finished(NamedTuple):
    """A visit that the cashier has dealt with.

    Attributes:
        visit_id: its key.
        outcome: None after it was taken back.
        at: when, by `Checkout.clock`, seconds.
    """

    visit_id: int
    outcome: str | None
    at: float


@dataclass
class Checkout:
    """The buyers of one till, one after the other.

    Attributes:
        session: the snapshots; pictures are forgotten with the buyer.
        looks: one for each face in the present snapshot, the likeliest buyer first.
        chosen: number of the look that is the buyer's.
        finished: the visit before, until `UNDO_FOR` has passed.
        clock: seconds from any start. The wall clock would not do: it is set, and repeats an hour.
    """

    session: Session = field(default_factory=Session)
    looks: tuple[Look, ...] = ()
    chosen: int = 0
    finished: Finished | None = None
    clock: Callable[[], float] = monotonic
    _key: str = ""
    _visit_id: int | None = None
    _saved: bool = False

    def see(self, key: str, looks: Sequence[Look], model: AgeModel | None, time: datetime) -> None:
        """Take a snapshot of the buyer in front.

        Args:
            key: tells snapshots apart; one with the key of the last one takes its place.
            looks: of `looks_at`.
            model: that estimated the ages; None if there is none.
            time: local.
        """
        self._key, self.looks = key, tuple(looks)
        self._choose(0, model, time)

    def choose(self, number: int, model: AgeModel | None) -> None:
        """Take another face in view for the buyer's."""
        self._choose(number, model, self.session.snapshots[-1].time)

    def _choose(self, number: int, model: AgeModel | None, time: datetime) -> None:
        self.chosen, self._saved = number, False
        self.session.record(self._key, self.looks[number], model, time)

    def save(self, engine: Engine, place: Place, model: AgeModel | None) -> None:
        """Record the visit, unless it is recorded as it is.

        Raises:
            RecordError: nothing was written.
        """
        if self._saved:
            return
        snapshot, estimate = self.session.snapshots[-1], self._estimate(model)
        self._visit_id = record_visit(engine, snapshot.time, place, estimate, self._visit_id)
        self._saved = True

    def finish(self, engine: Engine, place: Place, model: AgeModel | None, outcome: str) -> None:
        """Record what the check of ID came to, and go on to the next buyer.

        Args:
            engine: of `open_record`.
            place: where.
            model: that estimated the age; None if there is none.
            outcome: one of `OUTCOMES`.

        Raises:
            RecordError: the outcome was not recorded, and the buyer is still there.
        """
        self.save(engine, place, model)
        assert self._visit_id is not None
        record_outcome(engine, self._visit_id, outcome)
        self.finished = Finished(self._visit_id, outcome, self.clock())
        self.next_buyer()

    def next_buyer(self) -> None:
        """Forget the buyer in front; the visit stays as it is recorded."""
        self.session.await_next(same_person=False)
        self.looks, self.chosen, self._key = (), 0, ""
        self._visit_id, self._saved = None, False

    def another_picture(self) -> None:
        """Wait for another picture of the same buyer, whose ages will be averaged."""
        self.session.await_next(same_person=True)
        self.looks, self.chosen, self._key = (), 0, ""

    def can_undo(self) -> bool:
        """Return whether there is an outcome that can still be taken back."""
        return self.finished is not None and self.clock() - self.finished.at < UNDO_FOR

    @property
    def correcting(self) -> bool:
        """Whether an outcome was taken back, and no other is recorded yet."""
        return self.finished is not None and self.finished.outcome is None

    def undo(self, engine: Engine) -> None:
        """Take back the last outcome, if it is not too late; another one can be recorded.

        Raises:
            RecordError: nothing was changed.
        """
        if self.finished is None or not self.can_undo():
            return
        take_back_outcome(engine, self.finished.visit_id)
        self.finished = self.finished._replace(outcome=None, at=self.clock())

    def correct(self, engine: Engine, outcome: str) -> None:
        """Record another outcome in place of the one taken back.

        Raises:
            RecordError: nothing was changed.
        """
        if self.finished is None:
            return
        record_outcome(engine, self.finished.visit_id, outcome)
        self.finished = self.finished._replace(outcome=outcome, at=self.clock())

    def _estimate(self, model: AgeModel | None) -> Estimate | None:
        if model is None or self.session.snapshots[-1].age is None:
            return None
        return estimate_from(
            model, [look.face.distribution for look in self.session.looks if look.face]
        )
