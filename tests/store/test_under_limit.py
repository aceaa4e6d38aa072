"""Who is probably under an age limit: as many as the errors say, and whom the model names."""

import numpy as np
import pandas as pd
import pytest

from age_model.ages import AGE_BINS, LEGAL_AGE
from age_model.release import released
from age_model.store.statistics.age_mix import CELLS, MeasuredErrors, cells
from age_model.store.statistics.model_errors import errors, measure
from age_model.store.statistics.under_limit import under_limit

MADE_UP = "made up"


def people(age: np.ndarray, p_under_18: np.ndarray, version: str | None = MADE_UP) -> pd.DataFrame:
    """Return people with estimates of some version."""
    versions = pd.Categorical([version] * len(age), categories=[MADE_UP, released().version])
    ends = {"age_low": age - 6, "age_high": age + 6}
    return pd.DataFrame({"age": age, **ends, "p_under_18": p_under_18, "model_version": versions})


def half_of_the_young_look_older() -> MeasuredErrors:
    """Half of the minors are estimated 10 years too old, and all others at their age."""
    ages = np.arange(AGE_BINS)
    chances = np.full((1, AGE_BINS, CELLS), 1e-6, dtype=np.float32)
    chances[0, ages, cells(ages)] = 1
    chances[0, ages[:LEGAL_AGE], cells(ages[:LEGAL_AGE] + 10)] = 1
    learned = np.full(AGE_BINS, 1 / AGE_BINS)
    return MeasuredErrors(learned, chances / chances.sum(axis=2, keepdims=True))


ADULTS = np.repeat(np.arange(18, 61) + 0.5, 40)  # 80 in each cell
YOUNG = np.repeat([16.5, 26.5], 60)  # half of 120 look older
BUYERS = np.concatenate([ADULTS, YOUNG])


def test_as_many_are_under_the_limit_as_the_errors_say() -> None:
    buyers = people(BUYERS, np.full(len(BUYERS), 0.01))
    found = under_limit(buyers, lambda _: half_of_the_young_look_older(), LEGAL_AGE)
    of_cell = {age: found.chances[cells(BUYERS) == cells(np.array(age))].sum() for age in (26, 40)}
    assert of_cell[26] == pytest.approx(60, rel=0.25)
    assert of_cell[40] < 1
    assert found.chances[BUYERS < 17].min() > 0.99


def test_among_people_of_one_estimate_those_are_likelier_whom_the_model_names() -> None:
    said = np.where(np.arange(len(BUYERS)) % 10 == 0, 0.4, 0.001)
    given = people(BUYERS, said)
    found = under_limit(given, lambda _: half_of_the_young_look_older(), LEGAL_AGE)
    here = cells(BUYERS) == cells(np.array(26))
    named, others = found.chances[here & (said == 0.4)], found.chances[here & (said == 0.001)]
    assert named.min() > 1.5 * others.max()
    assert named.sum() + others.sum() == pytest.approx(60, rel=0.25)


def test_each_source_counts_with_its_own_errors() -> None:
    both = people(np.tile(BUYERS, 2), np.full(2 * len(BUYERS), 0.02))
    both.loc[: len(BUYERS) - 1, "model_version"] = released().version
    found = under_limit(
        both, lambda name: half_of_the_young_look_older() if name == MADE_UP else None, LEGAL_AGE
    )
    here = np.tile(cells(BUYERS) == cells(np.array(26)), 2)
    unknown, known = np.split(np.where(here, found.chances, 0), 2)
    assert known.sum() > 2 * unknown.sum()
    first, second = np.split(found.cell // CELLS, 2)
    assert len(set(first)) == len(set(second)) == 1 and first[0] != second[0]


def test_nobody_is_under_a_limit_where_there_is_nobody() -> None:
    found = under_limit(people(np.zeros(0), np.zeros(0)), errors, LEGAL_AGE)
    assert len(found.chances) == len(found.cell) == 0


def test_a_shifted_prior_is_the_one_in_the_distributions() -> None:
    photos, card = released().predictions(), released().card()
    plain = measure(photos, card | {"prior_ratio": 1.0}).learned
    shifted = measure(photos, card | {"prior_ratio": 0.5, "prior_ages": [10, 40]}).learned
    relative = shifted / plain
    assert relative[[5, 10]] == pytest.approx(relative[0])
    assert relative[[40, 80]] / relative[0] == pytest.approx(0.5)
    assert relative[25] / relative[0] == pytest.approx(0.5**0.5)
    assert shifted.sum() == pytest.approx(1)
