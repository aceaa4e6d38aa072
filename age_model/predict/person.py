"""Several snapshots of one person: what each shows, and their common age."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import pandas as pd
import torch

from age_model.ages import LEGAL_AGE, under_column
from age_model.i18n.message import mark
from age_model.model.age_model import AgeModel
from age_model.predict.id_rule import USUAL_RULE, AskRule
from age_model.predict.predictor import NO_FACE, Predictor
from age_model.predict.results import FaceEstimate, PhotoResult, with_faces
from age_model.vision.faces import main_face


class AveragedAge(NamedTuple):
    """The age of one person, from several pictures.

    Attributes:
        age: years.
        age_low: lower end of the 90 % interval, years.
        age_high: upper end of the 90 % interval, years.
        p_under_18: probability of being younger than 18.
    """

    age: float
    age_low: float
    age_high: float
    p_under_18: float


def average_age(model: AgeModel, distributions: Sequence[np.ndarray]) -> AveragedAge:
    """Average predicted distributions and read all values off the mean.

    The interval is that of the mean distribution and is not made narrower for the number of
    pictures: what makes an age wrong, such as looking young for one's years, is the same on every
    picture of a person, and how much averaging reduces the error has not been measured.

    Args:
        model: whose decoding and calibration are used, as for a single picture.
        distributions: at least one, each of shape (AGE_BINS,), summing to 1.
    """
    mean = mean_distribution(distributions)
    values = model.ages(mean), *model.intervals(mean), model.probability_under(mean, LEGAL_AGE)
    return AveragedAge(*(value.item() for value in values))


def mean_distribution(distributions: Sequence[np.ndarray]) -> torch.Tensor:
    """Return the mean of at least one distribution, shape (1, AGE_BINS)."""
    return torch.from_numpy(np.stack(distributions)).mean(0, keepdim=True)


FAILED = mark("The picture could not be examined. Take another one.")
NO_FACE_HERE = mark(
    "No face was found. Come closer, turn towards the light and look straight at the camera."
)

Picture = str | Path | bytes | BinaryIO

_LOG = logging.getLogger(__name__)


class Observation(NamedTuple):
    """What one snapshot shows.

    Attributes:
        face: that of the buyer; None if there is none, or the snapshot could not be examined.
        others: how many other faces are in view.
        problem: the sentence to show when there is no face.
    """

    face: FaceEstimate | None = None
    others: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Snapshot:
    """The answer to one snapshot: numbers, no picture.

    Attributes:
        time: when it was examined.
        person: number of the buyer, from 1.
        age: averaged over the person's snapshots so far; None if this one shows no face.
        averaged: how many snapshots of the person with a face there are so far.
        own_age: of this snapshot alone, years.
        notes: sentences on what makes the age less sure, or on why there is none.
        rule: who is asked for ID.
    """

    time: datetime
    person: int
    age: AveragedAge | None
    averaged: int
    own_age: float | None
    notes: tuple[str, ...]
    rule: AskRule = USUAL_RULE

    @property
    def asked(self) -> bool:
        """Whether to ask for ID: also if there is no age to go by."""
        return self.age is None or self.rule.asks(self.age)


@dataclass
class Session:
    """The snapshots of one session, in the order of time.

    Attributes:
        snapshots: of all persons.
        observations: one a snapshot of the person in front; those of earlier persons are
            dropped.
        same_person: whether the next snapshot is of the person in front. It has to be set each
            time: two people's ages averaged by mistake are worse than one person counted twice.
    """

    snapshots: list[Snapshot] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    same_person: bool = False
    _key: str = ""

    def await_next(self, same_person: bool) -> None:
        """Set whose the next snapshot is; for a new person, drop the earlier observations."""
        self.same_person, self._key = same_person, ""
        if not same_person:
            self.observations.clear()

    def record(
        self, key: str, observation: Observation, model: AgeModel | None, time: datetime
    ) -> None:
        """Add a snapshot.

        Args:
            key: identifies a snapshot; one with the key of the last one takes its place.
            observation: what it shows.
            model: that estimated the ages; None if there is none.
            time: when it was examined.
        """
        person = self.snapshots[-1].person if self.snapshots else 0
        if self.snapshots and key == self._key:
            self.snapshots.pop()
            self.observations.pop()
        elif not self.same_person:
            person += 1
            self.observations.clear()
        self._key, self.same_person = key, False
        self.observations.append(observation)
        self.snapshots.append(self._answer(person, model, time))

    def decide(self, rule: AskRule) -> None:
        """Decide again on the person in front; earlier answers stay as they were given."""
        self.snapshots[-1] = replace(self.snapshots[-1], rule=rule)

    def _answer(self, person: int, model: AgeModel | None, time: datetime) -> Snapshot:
        distributions = [seen.face.distribution for seen in self.observations if seen.face]
        face, _, problem = self.observations[-1]
        if face is None or model is None:  # earlier snapshots do not replace one that failed
            return Snapshot(time, person, None, len(distributions), None, (problem,))
        age = average_age(model, distributions)
        return Snapshot(time, person, age, len(distributions), face.age, face.warnings)


def observe(
    predictor: Predictor, picture: Picture, smallest_face: float, min_score: float
) -> Observation:
    """Find the buyer in a snapshot: the large, central face. Never raises; see `observe_all`."""
    return observe_all(predictor, picture, smallest_face, min_score)[0]


def observe_all(
    predictor: Predictor, picture: Picture, smallest_face: float, min_score: float
) -> tuple[Observation, ...]:
    """Find all who may be the buyer in a snapshot, the likeliest first: the large, central face.

    Never raises: what went wrong is the problem of a single observation.

    Args:
        predictor: the detector and the model.
        picture: an image file, or its content.
        smallest_face: shorter side of the smallest face to count, pixels.
        min_score: the detector's confidence of the least sure face to count, 0 to 1.
    """
    try:
        result = predictor.predict("Snapshot", picture)
        return all_in_view(result, smallest_face, min_score)
    except Exception:  # whatever it is, the buyer is waiting for an answer
        _LOG.exception("A snapshot could not be examined")
        return (Observation(problem=FAILED),)


def all_in_view(
    result: PhotoResult, smallest_face: float, min_score: float
) -> tuple[Observation, ...]:
    """Return all who may be the buyer on an examined snapshot: see `observe_all`."""
    result = with_faces(result, smallest_face, min_score)
    if result.image is None or not result.faces:
        problem = NO_FACE_HERE if result.problem == NO_FACE else result.problem
        return (Observation(problem=problem or FAILED),)
    buyer = main_face(result.faces, result.image)
    faces = sorted(result.faces, key=lambda face: face is not buyer)  # others from left to right
    return tuple(Observation(face, len(faces) - 1) for face in faces)


def snapshots_table(snapshots: Sequence[Snapshot]) -> pd.DataFrame:
    """Return one row a snapshot: ages to 0.1 years, times to the second with their time zone."""
    rows = [
        {
            "time": snapshot.time.isoformat(timespec="seconds"),
            "person": snapshot.person,
            "snapshot_age": _to_tenths(snapshot.own_age),
            "snapshots_averaged": snapshot.averaged if snapshot.age else None,
            **_ages(snapshot.age),
            "ask_for_id": snapshot.asked,
            **asdict(snapshot.rule),
            "notes": " ".join(snapshot.notes),
        }
        for snapshot in snapshots
    ]
    # Fixed types: counts stay whole, and ages numbers, where there is none.
    settings = (setting.name for setting in fields(AskRule))
    columns = ("snapshot_age", *AveragedAge._fields, *settings)
    return pd.DataFrame(rows).astype(
        dict.fromkeys(columns, "float64") | {"snapshots_averaged": "Int64"}
    )


def _ages(age: AveragedAge | None) -> dict[str, float | None]:
    if age is None:
        return dict.fromkeys(AveragedAge._fields)
    ages = {name: _to_tenths(value) for name, value in age._asdict().items()}
    return ages | {under_column(LEGAL_AGE): round(age.p_under_18, 4)}


def _to_tenths(age: float | None) -> float | None:
    return None if age is None else round(age, 1)
