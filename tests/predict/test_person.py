"""The snapshots of a session: the buyer, the averaging of ages, the answers."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from age_model.ages import AGE_BINS
from age_model.evaluation.calibration import uncalibrated
from age_model.model.age_model import AgeModel
from age_model.model.network import AgeNetwork
from age_model.predict.id_rule import AskRule
from age_model.predict.person import (
    FAILED,
    NO_FACE_HERE,
    Observation,
    Session,
    observe,
    snapshots_table,
)
from age_model.predict.predictor import NO_FACE, Predictor
from age_model.predict.results import FILTERED_OUT, FaceEstimate, PhotoResult
from age_model.vision.quality import FaceQuality
from tests.support.synthetic import SPEC, VIEWS, use_tiny_network

NOW = datetime(2026, 11, 23, 17, 30, 5, 999, tzinfo=UTC)
PICTURE = Image.new("RGB", (1280, 720))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> AgeModel:
    use_tiny_network(monkeypatch)
    card: dict[str, Any] = {
        "face": SPEC.to_dict(),
        "looks": VIEWS,
        "decoding": "expectation",
        **uncalibrated(),
    }
    return AgeModel([AgeNetwork("resnet18")], card)


def face(age: int, left: float = 500, side: float = 200) -> FaceEstimate:
    distribution = np.zeros(AGE_BINS, np.float32)
    distribution[age - 1 : age + 2] = (0.25, 0.5, 0.25)
    return FaceEstimate(
        box=(left, 200, left + side, 200 + side),
        landmarks=np.zeros((5, 2)),
        detection_score=0.99,
        crop=Image.new("RGB", (64, 64)),
        age=age,
        age_low=age - 5,
        age_high=age + 5,
        distribution=distribution,
        p_under_18=0.0,
        p_under_25=0.0,
        quality=FaceQuality(side, 0.2, 125, 0, 50, 0, 0.6, 0, 0.99),
        warnings=("Blurred.",),
    )


class FakePredictor:
    """Returns one result, or fails."""

    def __init__(self, faces: Sequence[FaceEstimate] = (), error: Exception | None = None) -> None:
        self.faces, self.error = tuple(faces), error

    def predict(self, name: str, picture: bytes) -> PhotoResult:
        if self.error:
            raise self.error
        return PhotoResult(name, PICTURE, self.faces, None if self.faces else NO_FACE)


def observation(predictor: FakePredictor, smallest_face: float = 0) -> Observation:
    return observe(cast(Predictor, predictor), b"", smallest_face, 0.9)


def test_the_buyer_is_the_large_central_face() -> None:
    buyer, behind, beside = face(30), face(12, left=100, side=60), face(50, left=1000)
    assert observation(FakePredictor([behind, buyer, beside])) == Observation(buyer, 2, "")


def test_faces_too_small_for_the_settings_are_not_counted() -> None:
    buyer, behind = face(30), face(12, left=100, side=60)
    assert observation(FakePredictor([behind, buyer]), smallest_face=100).others == 0
    assert observation(FakePredictor([behind, buyer]), smallest_face=300) == Observation(
        problem=FILTERED_OUT
    )


def test_without_a_face_it_is_said_what_to_do() -> None:
    assert observation(FakePredictor()) == Observation(problem=NO_FACE_HERE)


def test_a_model_that_fails_is_a_look_without_a_face(caplog: pytest.LogCaptureFixture) -> None:
    assert observation(FakePredictor(error=RuntimeError("out of memory"))) == Observation(
        problem=FAILED
    )
    assert "out of memory" in caplog.text  # for whoever runs the server


def test_snapshots_are_averaged_only_if_they_are_said_to_be_of_one_person(model: AgeModel) -> None:
    session = Session()
    session.record("a", Observation(face(20)), model, NOW)
    session.await_next(same_person=True)
    session.record("b", Observation(face(26)), model, NOW)
    session.record("c", Observation(face(40)), model, NOW)
    ages = [(snapshot.person, snapshot.averaged, snapshot.age) for snapshot in session.snapshots]
    assert [(person, averaged) for person, averaged, _ in ages] == [(1, 1), (1, 2), (2, 1)]
    assert [age and age.age for _, _, age in ages] == pytest.approx([20, 23, 40], abs=1e-4)
    assert [snapshot.asked for snapshot in session.snapshots] == [True, True, False]
    assert len(session.observations) == 1  # pictures of earlier persons are forgotten
    session.await_next(same_person=False)
    assert not session.observations


def test_a_snapshot_examined_anew_takes_the_place_of_the_old(model: AgeModel) -> None:
    session = Session()
    session.record("a", Observation(face(20)), model, NOW)
    session.await_next(same_person=True)
    session.record("b", Observation(face(60)), model, NOW)
    session.record("b", Observation(face(30)), model, NOW)
    assert [snapshot.person for snapshot in session.snapshots] == [1, 1]
    assert session.snapshots[-1].averaged == 2
    assert session.snapshots[-1].age and session.snapshots[-1].age.age == pytest.approx(25)


def test_a_snapshot_that_failed_is_asked_whatever_those_before_said(model: AgeModel) -> None:
    session = Session()
    session.record("a", Observation(face(60)), model, NOW)
    session.await_next(same_person=True)
    session.record("b", Observation(problem=FAILED), model, NOW)
    assert session.snapshots[-1].age is None
    assert [snapshot.asked for snapshot in session.snapshots] == [False, True]
    session.await_next(same_person=True)
    session.record("c", Observation(face(40)), model, NOW)
    assert session.snapshots[-1].averaged == 2
    assert session.snapshots[-1].age and session.snapshots[-1].age.age == pytest.approx(50)


def test_the_challenge_age_changes_no_earlier_answer(model: AgeModel) -> None:
    session = Session()
    for key in "ab":
        session.record(key, Observation(face(30)), model, NOW)
        session.decide(AskRule(25))
    session.decide(AskRule(35))
    assert [snapshot.asked for snapshot in session.snapshots] == [False, True]


def test_id_is_asked_for_by_the_mean_likelihood_of_being_under_18(model: AgeModel) -> None:
    session = Session()
    session.record("a", Observation(face(20)), model, NOW)
    session.decide(AskRule(10, likelihood=0.05))
    assert not session.snapshots[-1].asked  # 20, without a doubt
    session.await_next(same_person=True)
    session.record("b", Observation(face(16)), model, NOW)
    session.decide(AskRule(10, likelihood=0.05))
    assert session.snapshots[-1].age and 0.4 < session.snapshots[-1].age.p_under_18 < 0.6
    assert session.snapshots[-1].asked
    row = snapshots_table(session.snapshots).to_dict("records")[-1]
    assert (row["challenge_age"], row["likelihood"]) == (10, 0.05)


def test_table_has_the_answer_and_what_it_was_given_by(model: AgeModel) -> None:
    session = Session()
    session.record("a", Observation(face(20)), model, NOW)
    session.record("b", Observation(problem=FAILED), model, NOW)
    answered, failed = snapshots_table(session.snapshots).to_dict("records")
    assert answered == {
        "time": "2026-11-23T17:30:05+00:00",
        "person": 1,
        "snapshot_age": 20,
        "snapshots_averaged": 1,
        "age": 20,
        "age_low": 18.7,  # a quarter of the mass lies between 18.5 and 19.5, a twentieth below this
        "age_high": 21.3,
        "p_under_18": 0.0001,
        "ask_for_id": True,
        "challenge_age": 25,
        "likelihood": 1,
        "notes": "Blurred.",
    }
    assert np.isnan(failed["age"]) and np.isnan(failed["snapshot_age"])
    assert failed["ask_for_id"] and failed["notes"] == FAILED
