"""The age gate, counted on a handful of rows."""

import numpy as np
import pandas as pd
import pytest

from age_model.ages import CHALLENGE_AGES
from age_model.evaluation.age_gate import (
    RULES,
    TARGETS,
    asked,
    fit_gate,
    fit_threshold,
    gate_curves,
    gate_figures,
    likelihoods,
)
from age_model.evaluation.metrics import wilson


def people() -> pd.DataFrame:
    """Three people under age, one in between, four clear adults."""
    return pd.DataFrame(
        {
            "real_age": [12.0, 16.0, 17.9, 18.0, 25.0, 30.0, 40.0, 60.0],
            "predicted_age": [11.0, 24.9, 25.0, 20.0, 24.0, 35.0, 26.0, 58.0],
            "p_under_18": [0.95, 0.20, 0.10, 0.60, 0.30, 0.00, 0.05, 0.00],
            "age_low": [8.0, 15.0, 17.0, 14.0, 16.0, 22.0, 19.0, 50.0],
            "gender": ["male", "male", "female", "male", "female", "male", "female", "male"],
        }
    )


def test_who_is_asked() -> None:
    table = people()
    by_age = asked(table, "predicted_age", 25)
    assert by_age.tolist() == [True, True, False, True, True, False, False, False]
    by_probability = asked(table, "p_under_18", 0.2)
    assert by_probability.tolist() == [True, False, False, True, True, False, False, False]
    by_low_end = asked(table, "age_low", 17)
    assert by_low_end.tolist() == [True, True, False, True, True, False, False, False]


def test_errors_by_challenge_age() -> None:
    figures = gate_figures(people(), {})
    assert (figures["legal_age"], figures["clearly_adult"]) == (18, 25)
    rows = {row["age"]: row for row in figures["challenge_ages"]}
    assert list(rows) == list(range(18, 36))
    at_25 = rows[25]
    assert (at_25["n_minors"], at_25["n_adults"]) == (3, 4)  # 18 counts for neither, 25 is adult
    assert at_25["false_pass"] == 1 / 3
    assert (at_25["false_pass_low"], at_25["false_pass_high"]) == wilson(1, 3)
    assert at_25["false_challenge"] == 1 / 4
    assert (at_25["false_challenge_low"], at_25["false_challenge_high"]) == wilson(1, 4)
    assert (rows[18]["false_pass"], rows[18]["false_challenge"]) == (2 / 3, 0)
    assert (rows[26]["false_pass"], rows[26]["false_challenge"]) == (0, 1 / 4)
    assert (rows[35]["false_pass"], rows[35]["false_challenge"]) == (0, 2 / 4)


def test_errors_by_group_are_those_at_25() -> None:
    female, male = gate_figures(people(), {})["groups"]  # the table has no ethnicity
    assert (female["by"], female["group"], male["group"]) == ("gender", "female", "male")
    assert (female["n_minors"], female["false_pass"]) == (1, 1)
    assert (female["n_adults"], female["false_challenge"]) == (2, 0.5)
    assert (male["n_minors"], male["false_pass"]) == (2, 0)
    assert (male["n_adults"], male["false_challenge"]) == (2, 0)


def test_nobody_under_age_is_no_share() -> None:
    table = people()
    row = gate_figures(table[table["real_age"] > 20], {})["challenge_ages"][0]
    assert (row["n_minors"], row["false_pass"], row["false_pass_low"]) == (0, None, None)
    assert row["false_challenge"] == 0


def minors(count: int) -> pd.DataFrame:
    """So many people of 15, of whom the last seem the oldest."""
    order = np.arange(count)
    return pd.DataFrame(
        {
            "real_age": 15.0,
            "predicted_age": 10 + order / 10,
            "p_under_18": (1 - order / count).round(4),
            "age_low": 5 + order / 10,
        }
    )


def test_thresholds_by_hand() -> None:
    hundred = minors(100)
    assert fit_threshold(hundred, "predicted_age", 1) == 19.81  # only the one of 19.9 may pass
    assert fit_threshold(hundred, "age_low", 2) == 14.71
    assert fit_threshold(hundred, "p_under_18", 5) == 0.0599  # .01 to .05 pass, .06 is asked
    assert fit_threshold(minors(99), "predicted_age", 1) == 19.81  # nobody may pass


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("target", TARGETS)
def test_as_many_pass_as_may_but_not_more(rule: str, target: int) -> None:
    table = minors(300)
    passed = ~asked(table, rule, fit_threshold(table, rule, target))
    assert passed.sum() == 3 * target
    same = table.assign(**{rule: 0.3})  # where all are alike, nobody may pass
    assert asked(same, rule, fit_threshold(same, rule, target)).all()


def test_the_rule_with_the_fewest_false_challenges_is_the_best() -> None:
    adults = pd.DataFrame(
        {
            "real_age": 40.0,
            "predicted_age": [15.0, 15.0, 50.0, 50.0],
            "p_under_18": [0.5, 0.0, 0.0, 0.0],
            "age_low": [8.0, 8.0, 8.0, 40.0],
        }
    )
    valid = pd.concat([minors(100), adults])
    gate = fit_gate(valid)
    assert gate["rule"] == "p_under_18"
    assert list(gate["thresholds"]) == list(RULES)
    assert gate["thresholds"]["predicted_age"] == {"1": 19.81, "2": 19.71, "5": 19.41}
    equal = valid.assign(p_under_18=-valid["predicted_age"], age_low=valid["predicted_age"])
    assert fit_gate(equal)["rule"] == "predicted_age"  # the simplest of equals

    rows = gate_figures(valid, gate)["targets"]
    assert [(row["rule"], row["target"]) for row in rows] == [
        (rule, target) for rule in RULES for target in (0.01, 0.02, 0.05)
    ]
    assert rows[0]["threshold"] == 19.81
    assert [row["false_pass"] for row in rows] == [0.01, 0.02, 0.05] * 3
    assert [row["false_challenge"] for row in rows] == [0.5] * 3 + [0.25] * 3 + [0.75] * 3


def test_without_minors_or_adults_there_is_no_gate() -> None:
    table = people()
    assert fit_gate(table[table["real_age"] >= 18]) == {}
    assert fit_gate(table[table["real_age"] < 25]) == {}


def test_curves_set_the_rules_side_by_side_at_equal_false_passes() -> None:
    random = np.random.default_rng(0)
    real = random.uniform(10, 60, 400)
    table = pd.DataFrame(
        {
            "real_age": real,
            "predicted_age": real + random.normal(0, 6, 400),
            "p_under_18": (1 / (1 + np.exp((real - 18) / 3 + random.normal(0, 0.3, 400)))).round(4),
        }
    )
    curves = gate_curves(table)
    assert list(curves) == ["predicted_age", "p_under_18"]
    estimate, probability = curves.values()
    assert [row["age"] for row in estimate] == list(CHALLENGE_AGES)
    by_age = {row["age"]: row for row in gate_figures(table, {})["challenge_ages"]}
    assert all(row["false_challenge"] == by_age[row["age"]]["false_challenge"] for row in estimate)
    for first, second in zip(estimate, probability, strict=True):
        assert second["false_pass"] <= first["false_pass"]
        # One more minor would pass at any higher threshold.
        more = asked(table[real < 18], "p_under_18", second["threshold"] + 0.0002)
        assert 1 - more.mean() > first["false_pass"]
        assert second["false_challenge"] < first["false_challenge"]  # it is made the better one


def test_curves_need_both_sides_and_a_probability() -> None:
    table = pd.DataFrame({"real_age": [12.0, 40.0], "predicted_age": [50.0, 41.0]})
    assert list(gate_curves(table)) == ["predicted_age"]
    assert gate_curves(table[:1]) == gate_curves(table[1:]) == {}
    # The only minor passes at every age: by the probability nobody is asked either.
    rows = gate_curves(table.assign(p_under_18=[0.9, 0.1]))["p_under_18"]
    assert {(row["false_pass"], row["false_challenge"]) for row in rows} == {(1.0, 0.0)}


def test_likelihoods_are_those_fitted_for_the_model() -> None:
    fitted = {"predicted_age": {"2": 26.0}, "p_under_18": {"10": 0.4, "2": 0.07, "1": 0.01}}
    card = {"gate": {"rule": "p_under_18", "thresholds": fitted}}
    assert list(likelihoods(card).items()) == [(1, 0.01), (2, 0.07), (10, 0.4)]
    assert likelihoods({"gate": {}}) == {}
