"""One till's buyers, one after the other: whose outcome is recorded, undone and corrected."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Engine, select

from age_model.access.visitor import ANYBODY
from age_model.predict.person import Observation
from age_model.store.checkout import Checkout
from age_model.store.record.add_visit import Place
from age_model.store.record.schema import CHECKS, VISITS

PLACE = Place("North", "1", "Olga")
NOON = datetime(2026, 6, 1, 12, 0)


class Till(Checkout):
    """A checkout that buyers come to, one a minute."""

    def __init__(self, engine: Engine) -> None:
        """Nobody has come yet."""
        super().__init__()
        self.engine, self.buyers = engine, 0

    def serve(self, *outcome: str, faces: int = 1) -> None:
        """Serve a buyer; without an outcome, by going on to the next one."""
        time = NOON + timedelta(minutes=self.buyers)
        self.buyers += 1
        self.see(str(self.buyers), [Observation(problem="dark")] * faces, None, time)
        if faces == 1:
            self.save(self.engine, ANYBODY, PLACE, None)
        if outcome:
            self.finish(self.engine, ANYBODY, PLACE, None, *outcome)
        else:
            self.next_buyer()

    def outcomes(self) -> list[str | None]:
        """Return what is recorded of each visit, in the order of time."""
        query = select(CHECKS.c.outcome).select_from(VISITS.outerjoin(CHECKS))
        with self.engine.connect() as connection:
            return list(connection.scalars(query.order_by(VISITS.c.time)))


@pytest.fixture
def till(record: Engine) -> Till:
    return Till(record)


def test_undo_after_a_buyer_without_alcohol_is_about_that_buyer(till: Till) -> None:
    till.serve("not asked")
    till.serve()
    assert till.finished and till.finished.outcome is None
    assert till.finished.time == NOON + timedelta(minutes=1)
    assert till.can_undo() and not till.correcting
    till.undo(till.engine, ANYBODY)
    assert till.correcting and till.outcomes() == ["not asked", None]
    till.correct(till.engine, ANYBODY, "ID shown")
    assert not till.correcting and till.outcomes() == ["not asked", "ID shown"]


def test_an_outcome_can_be_corrected_to_none(till: Till) -> None:
    till.serve("sale refused")
    till.undo(till.engine, ANYBODY)
    till.correct(till.engine, ANYBODY, None)
    assert not till.correcting and till.outcomes() == [None]
    till.undo(till.engine, ANYBODY)
    till.correct(till.engine, ANYBODY, "not asked")
    assert till.outcomes() == ["not asked"]


def test_a_late_correction_changes_nothing(till: Till) -> None:
    till.serve("sale refused")
    till.correct(till.engine, ANYBODY, "ID shown")
    assert till.outcomes() == ["sale refused"]


def test_a_buyer_that_was_not_recorded_hides_the_one_before(till: Till) -> None:
    till.serve("not asked")
    till.serve(faces=2)  # none of which was chosen
    assert till.finished is None and not till.can_undo()
    till.undo(till.engine, ANYBODY)
    assert till.outcomes() == ["not asked"]


def test_faces_are_chosen_from_left_to_right(till: Till) -> None:
    faces: list[Any] = [SimpleNamespace(box=(left, 0, left + 9, 9)) for left in (500, 20, 900)]
    till.see("", [Observation(face) for face in faces], None, NOON)
    assert [seen.face for seen in till.observations] == [faces[1], faces[0], faces[2]]
