"""Errors by group, reweighted by hand."""

import numpy as np
import pandas as pd
import pytest

from age_model.evaluation.groups import METRICS, group_metrics, members
from age_model.evaluation.metrics import summarise

# Six children and two people of 70, by gender: errors 1 and 3 years for him, 2 and 8 for her.
TABLE = pd.DataFrame(
    {
        "real_age": [5.0, 5, 5, 70, 5, 5, 5, 70],
        "predicted_age": [6.0, 6, 6, 73, 7, 7, 7, 62],
        "gender": ["male"] * 4 + ["female"] * 4,
    }
)


def test_figures_of_a_group_are_those_of_its_photos() -> None:
    female, male = group_metrics(TABLE)
    assert (female["by"], female["group"]) == ("gender", "female")
    his = TABLE[TABLE["gender"] == "male"]
    summary = summarise(his["real_age"], his["predicted_age"])
    for metric in METRICS:
        assert male[metric] == getattr(summary, metric)


def test_the_same_mix_of_ages_changes_nothing() -> None:
    female, male = group_metrics(TABLE)
    assert female["mae_same_ages"] == female["mae"] == 3.5
    assert male["mae_same_ages"] == male["mae"] == 1.5
    assert female["same_ages_ratio"] == 3.5 / 2.5


def test_reweighting_by_hand() -> None:
    """Without two of his children, he is as often a child as 70, but all are children 4 : 2."""
    female, male = group_metrics(TABLE.drop(index=[0, 1]))
    assert male["mae"] == 2
    assert male["mae_same_ages"] == pytest.approx((4 * 1 + 2 * 3) / 6)
    # Children's errors are 1, 2, 2 and 2, those at 70 3 and 8.
    assert male["same_ages_ratio"] == pytest.approx((4 * 1 + 2 * 3) / (7 + 11))
    assert female["mae_same_ages"] == pytest.approx((4 * 2 + 2 * 8) / 6)


def test_bands_that_a_group_lacks_count_on_neither_side() -> None:
    female, male = group_metrics(TABLE.drop(index=3))
    assert male["mae_same_ages"] == 1
    assert male["same_ages_ratio"] == pytest.approx(1 / 1.5)  # of all children
    assert female["same_ages_ratio"] == pytest.approx((6 * 2 + 8) / (6 * 1.5 + 8))


def test_crossed_groups_and_people_without_a_group() -> None:
    table = TABLE.assign(ethnicity=["Asian", "Asian", "Black", "Black"] * 2)
    table.loc[7, "ethnicity"] = None
    groups = group_metrics(table)
    assert [(group["by"], group["group"], group["n"]) for group in groups] == [
        ("gender", "female", 4), ("gender", "male", 4),
        ("ethnicity", "Asian", 4), ("ethnicity", "Black", 3),
        ("gender and ethnicity", "female, Asian", 2), ("gender and ethnicity", "female, Black", 1),
        ("gender and ethnicity", "male, Asian", 2), ("gender and ethnicity", "male, Black", 2),
    ]  # fmt: skip


def test_groups_may_be_numbers_or_missing() -> None:
    assert [name for name, _ in members(TABLE.assign(gender=[0, 1] * 4), "gender")] == ["0", "1"]
    assert list(members(TABLE, "ethnicity")) == []
    assert group_metrics(TABLE.drop(columns="gender")) == []


def test_a_perfect_table_has_no_ratio() -> None:
    perfect = TABLE.assign(predicted_age=TABLE["real_age"])
    assert [group["same_ages_ratio"] for group in group_metrics(perfect)] == [None, None]


def test_reweighting_takes_out_what_the_ages_explain() -> None:
    """Errors depend on age alone; one group is old, the other young."""
    random = np.random.default_rng(3)
    old = random.random(6000) < 0.5
    real = np.where(random.random(6000) < np.where(old, 0.8, 0.2), 70.0, 5.0)
    predicted = real + random.normal(0, np.where(real == 70, 8, 2))
    groups = group_metrics(
        pd.DataFrame({"real_age": real, "predicted_age": predicted, "gender": old})
    )
    young, aged = groups
    assert aged["mae"] > 1.8 * young["mae"]
    for group in groups:
        assert group["same_ages_ratio"] == pytest.approx(1, abs=0.04)
