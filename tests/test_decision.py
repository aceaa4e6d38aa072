from dataclasses import dataclass

import pytest

from age_model.decision import ask_for_id


@dataclass(frozen=True)
class Face:
    age: float


@pytest.mark.parametrize(
    ("age", "challenge_age", "asked"),
    [(17.0, 25, True), (24.9, 25, True), (25.0, 25, False), (40.0, 25, False), (24.9, 21, False)],
)
def test_who_looks_younger_than_the_challenge_age_is_asked(
    age: float, challenge_age: float, asked: bool
) -> None:
    assert ask_for_id(Face(age), challenge_age) is asked
