from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import pytest

from age_model.predict.id_rule import WIDEST_RANGE, AskRule, cannot_tell


@dataclass(frozen=True)
class Face:
    age: float = 60.0
    age_low: float = 0.0
    age_high: float = 20.0
    p_under_18: float = 0.0


@pytest.mark.parametrize(
    ("age", "challenge_age", "asked"),
    [(17.0, 25, True), (24.9, 25, True), (25.0, 25, False), (40.0, 25, False), (24.9, 21, False)],
)
def test_who_looks_younger_than_the_challenge_age_is_asked(
    age: float, challenge_age: int, asked: bool
) -> None:
    assert AskRule(challenge_age).asks(Face(age)) is asked


@pytest.mark.parametrize(
    ("age", "p_under_18", "asked"),
    [
        (25.0, 0.07, False),  # both at their limits
        (24.9, 0.07, True),  # only looks young
        (25.0, 0.071, True),  # only too likely under 18
        (60.0, 0.5, True),
        (20.0, 0.0, True),
        (20.0, 0.5, True),
    ],
)
def test_who_need_not_be_asked_passes_by_looks_and_by_chance(
    age: float, p_under_18: float, asked: bool
) -> None:
    assert AskRule(25, likelihood=0.07).asks(Face(age, p_under_18=p_under_18)) is asked


def test_without_a_limit_of_the_chance_only_looks_decide() -> None:
    assert not AskRule(25).asks(Face(30.0, p_under_18=1.0))


@pytest.mark.parametrize("rule", [AskRule(25), AskRule(25, likelihood=0.5)])
@pytest.mark.parametrize(("width", "unknown"), [(WIDEST_RANGE, False), (WIDEST_RANGE + 1, True)])
def test_who_cannot_be_judged_is_asked(rule: AskRule, width: float, unknown: bool) -> None:
    face = Face(age_low=30.0, age_high=30.0 + width)
    assert cannot_tell(face) is unknown
    assert rule.asks(face) is unknown


def test_a_rule_judges_whole_columns_as_single_faces() -> None:
    ages, chances = np.array([17.0, 24.0, 40.0]), np.array([0.6, 0.1, 0.2])
    table = pd.DataFrame({"age": ages, "p_under_18": chances})
    assert AskRule(25).finds_young(table).tolist() == [True, True, False]
    assert AskRule(18, 0.15).finds_young(table).tolist() == [True, False, True]
    assert AskRule(25, 0.15).finds_young(table).tolist() == [True, True, True]
    assert AskRule(25).finds_young(table[["age"]]).tolist() == [True, True, False]


def test_a_rule_says_whom_it_asks_and_why() -> None:
    rule = AskRule(25, 0.0232)
    assert AskRule(25).whom == "everyone who looks younger than 25"
    assert rule.whom == (
        "everyone who looks younger than 25, and everyone whose probability of being under 18 is "
        "above 2.32%"
    )
    assert rule.reason(Face(20.0, p_under_18=0.01)) == "Looks under 25"
    assert rule.reason(Face(20.0, p_under_18=0.5)) == "May be under 18"
    assert rule.reason(Face(20.0, p_under_18=0.6)) == "Probably under 18"
    assert rule.reason(Face(30.0, p_under_18=0.5)) == "May be under 18"
    assert rule.reason(Face(30.0)) is None


def test_a_rule_is_read_from_its_entries() -> None:
    rule = AskRule(21, 0.02)
    assert AskRule.of({"target": "5", **asdict(rule)}) == rule
    assert AskRule.of({}) == AskRule()
