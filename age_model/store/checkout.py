"""The state of one till: the buyer in front, the answers, and what the cashier recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from sqlalchemy import Engine

from age_model.access.visitor import Visitor
from age_model.model.age_model import AgeModel
from age_model.predict.person import Observation, Session
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
    """The recorded visit of the buyer before the one in front.

    Attributes:
        visit_id: its key.
        time: of its last picture, local.
        outcome: of the ID check; None if there was none, as for a buyer without alcohol.
        at: when the cashier went on, or changed the outcome, by `Checkout.clock`, seconds.
        undone: whether it waits for another outcome.
    """

    visit_id: int
    time: datetime
    outcome: str | None
    at: float
    undone: bool = False


@dataclass
class Checkout:
    """The buyers of one till, one after the other.

    Attributes:
        session: the snapshots; pictures are dropped with the buyer.
        observations: one for each face in the present snapshot, from left to right.
        chosen: number of the observation that is the buyer's; None until the cashier has chosen
            one of several.
        finished: the previous buyer's visit, until `UNDO_FOR` has passed. None, too, where
            that buyer's was not recorded: an older one is never taken for it.
        clock: seconds from any start. The wall clock would not do: it is set, and repeats an hour.
    """

    session: Session = field(default_factory=Session)
    observations: tuple[Observation, ...] = ()
    chosen: int | None = None
    finished: Finished | None = None
    clock: Callable[[], float] = monotonic
    _key: str = ""
    _time: datetime | None = None  # of the present snapshot
    _visit_id: int | None = None
    _saved: Place | None = None  # where the visit was recorded last, and by what rule

    def see(
        self, key: str, observations: Sequence[Observation], model: AgeModel | None, time: datetime
    ) -> None:
        """Take a snapshot of the buyer in front.

        Args:
            key: identifies a snapshot; one with the key of the last one replaces it.
            observations: of `observe_all`.
            model: that estimated the ages; None if there is none.
            time: local.
        """
        self._key, self._time = key, time
        self.observations = tuple(sorted(observations, key=_left))
        self.chosen = None
        if len(observations) == 1:
            self.choose(0, model)

    def choose(self, number: int, model: AgeModel | None) -> None:
        """Choose the buyer's face among those in view."""
        assert self._time is not None
        self.chosen, self._saved = number, None
        self.session.record(self._key, self.observations[number], model, self._time)

    def save(self, engine: Engine, writer: Visitor, place: Place, model: AgeModel | None) -> None:
        """Record the visit, unless it is recorded already, with this place and rule.

        Raises:
            AccessDenied: the writer may not use a till of the store.
            RecordError: nothing was written.
        """
        if self._saved == place:
            return
        snapshot, estimate = self.session.snapshots[-1], self._estimate(model)
        self._visit_id = record_visit(
            engine, writer, snapshot.time, place, estimate, self._visit_id
        )
        self._saved = place

    def finish(
        self, engine: Engine, writer: Visitor, place: Place, model: AgeModel | None, outcome: str
    ) -> None:
        """Record the outcome of the ID check, and go on to the next buyer.

        Args:
            engine: of `open_record`.
            writer: who uses the till.
            place: where.
            model: that estimated the age; None if there is none.
            outcome: one of `OUTCOMES`.

        Raises:
            AccessDenied: the writer may not use a till of the store.
            RecordError: the outcome was not recorded; the buyer stays in front.
        """
        self.save(engine, writer, place, model)
        assert self._visit_id is not None
        record_outcome(engine, writer, self._visit_id, outcome)
        self._go_on(outcome)

    def next_buyer(self) -> None:
        """Go on without an outcome; the recorded visit stays as it is."""
        self._go_on(None)

    def _go_on(self, outcome: str | None) -> None:
        self.finished = None
        if self._visit_id is not None:
            time = self.session.snapshots[-1].time
            self.finished = Finished(self._visit_id, time, outcome, self.clock())
        self.session.await_next(same_person=False)
        self.observations, self.chosen, self._key = (), None, ""
        self._visit_id, self._saved = None, None

    def another_picture(self) -> None:
        """Wait for another picture of the same buyer, whose ages will be averaged."""
        self.session.await_next(same_person=True)
        self.observations, self.chosen, self._key = (), None, ""

    def can_undo(self) -> bool:
        """Return whether there is a previous buyer whose outcome can still be undone."""
        return self.finished is not None and self.clock() - self.finished.at < UNDO_FOR

    @property
    def correcting(self) -> bool:
        """Whether an outcome was undone, and no other is chosen yet."""
        return self.finished is not None and self.finished.undone

    def undo(self, engine: Engine, writer: Visitor) -> None:
        """Undo the previous buyer's outcome, if it is not too late; another one can be chosen.

        Raises:
            AccessDenied: the writer may not use a till of the store.
            RecordError: nothing was changed.
        """
        if self.finished is None or not self.can_undo():
            return
        if self.finished.outcome is not None:
            take_back_outcome(engine, writer, self.finished.visit_id)
        self.finished = self.finished._replace(outcome=None, at=self.clock(), undone=True)

    def correct(self, engine: Engine, writer: Visitor, outcome: str | None) -> None:
        """Record another outcome in place of the one undone; None if there was no check.

        Raises:
            AccessDenied: the writer may not use a till of the store.
            RecordError: nothing was changed.
        """
        if not self.correcting:
            return
        assert self.finished is not None
        if outcome is not None:
            record_outcome(engine, writer, self.finished.visit_id, outcome)
        self.finished = self.finished._replace(outcome=outcome, at=self.clock(), undone=False)

    def _estimate(self, model: AgeModel | None) -> Estimate | None:
        if model is None or self.session.snapshots[-1].age is None:
            return None
        faces = [seen.face for seen in self.session.observations if seen.face]
        estimate = estimate_from(model, [face.distribution for face in faces])
        return estimate.with_picture(faces[-1].quality)


def _left(observation: Observation) -> float:
    """Return where a face begins on its picture, pixels from the left; 0 without a face."""
    return observation.face.box[0] if observation.face else 0
