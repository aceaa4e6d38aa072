from dataclasses import dataclass

import pytest

from age_model.decision import WIDEST_RANGE, ask_for_id, cannot_tell


@dataclass(frozen=True)
class Face:
    age: float
    age_low: float = 0.0
    age_high: float = 20.0


@pytest.mark.parametrize(
    ("age", "challenge_age", "asked"),
    [(17.0, 25, True), (24.9, 25, True), (25.0, 25, False), (40.0, 25, False), (24.9, 21, False)],
)
def test_who_looks_younger_than_the_challenge_age_is_asked(
    age: float, challenge_age: float, asked: bool
) -> None:
    assert ask_for_id(Face(age), challenge_age) is asked


@pytest.mark.parametrize(("width", "unknown"), [(WIDEST_RANGE, False), (WIDEST_RANGE + 1, True)])
def test_who_cannot_be_judged_is_asked(width: float, unknown: bool) -> None:
    face = Face(60.0, age_low=30.0, age_high=30.0 + width)
    assert cannot_tell(face) is unknown
    assert ask_for_id(face) is unknown
