"""The age gate, counted on a handful of rows."""

import json
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest

from age_model.ages import CHALLENGE_AGES
from age_model.evaluation.age_gate import (
    RULES,
    TARGETS,
    FittedGate,
    asked,
    asked_by,
    fit_gate,
    fit_rule,
    fit_threshold,
    fitted_gate,
    gate_curves,
    gate_metrics,
    rule_errors,
)
from age_model.evaluation.metrics import wilson
from age_model.predict.id_rule import ANY_CHANCE, AskRule


def people() -> pd.DataFrame:
    """A child, four minors of a buyer's age, one in between, three young and two older adults."""
    return pd.DataFrame(
        {
            "real_age": [12.0, 14.0, 15.9, 16.0, 17.9, 18.0, 25.0, 30.0, 34.9, 35.0, 60.0],
            "predicted_age": [26.0, 11.0, 26.0, 24.9, 25.0, 20.0, 24.0, 35.0, 26.0, 24.0, 58.0],
            "p_under_18": [0.01, 0.95, 0.02, 0.20, 0.10, 0.60, 0.30, 0.00, 0.05, 0.00, 0.00],
            "age_low": [8.0, 9.0, 16.0, 15.0, 17.0, 14.0, 16.0, 22.0, 19.0, 20.0, 50.0],
            "gender": ["male"] * 3 + ["female"] * 3 + ["male", "female"] * 2 + ["male"],
        }
    )


def test_who_is_asked() -> None:
    table = people().iloc[[1, 3, 4, 6, 7]]
    assert asked(table, "predicted_age", 25).tolist() == [True, True, False, True, False]
    assert asked(table, "p_under_18", 0.2).tolist() == [True, False, False, True, False]
    assert asked(table, "age_low", 17).tolist() == [True, True, False, True, False]
    rule = AskRule(25, likelihood=0.05)
    assert asked_by(table, rule).tolist() == [True, True, True, True, False]
    assert asked_by(table, AskRule(25)).tolist() == [True, True, False, True, False]


def test_children_count_neither_as_passing_nor_as_people() -> None:
    row = rule_errors(people(), AskRule(25))  # 12 would pass, and is not among the four
    assert (row["n_minors"], row["false_pass"]) == (4, 2 / 4)
    assert (row["false_pass_low"], row["false_pass_high"]) == wilson(2, 4)


def test_the_oldest_minors_stand_beside() -> None:
    row = rule_errors(people(), AskRule(25))
    assert (row["n_minors_16"], row["false_pass_16"]) == (2, 1 / 2)
    assert (row["n_minors_17"], row["false_pass_17"]) == (1, 1)
    assert (row["false_pass_16_low"], row["false_pass_16_high"]) == wilson(1, 2)
    assert (row["false_pass_17_low"], row["false_pass_17_high"]) == wilson(1, 1)


def test_false_challenges_are_of_young_adults_with_all_from_25_beside() -> None:
    row = rule_errors(people(), AskRule(25))
    assert (row["n_adults"], row["false_challenge"]) == (3, 1 / 3)  # 25 is, 35 is not
    assert (row["false_challenge_low"], row["false_challenge_high"]) == wilson(1, 3)
    assert (row["n_adults_all"], row["false_challenge_all"]) == (5, 2 / 5)
    assert (row["false_challenge_all_low"], row["false_challenge_all_high"]) == wilson(2, 5)


def test_errors_by_challenge_age_are_those_of_the_estimate_alone() -> None:
    metrics = gate_metrics(people(), {})
    assert (metrics["legal_age"], metrics["clearly_adult"]) == (18, 25)
    rows = {row["age"]: row for row in metrics["challenge_ages"]}
    assert list(rows) == list(range(18, 36))
    assert (rows[18]["false_pass"], rows[18]["false_challenge"]) == (3 / 4, 0)
    assert (rows[27]["false_pass"], rows[27]["false_challenge"]) == (0, 2 / 3)


def new_gate(challenge_age: int, likelihood: float) -> dict[str, Any]:
    return {
        "youngest": 14,
        "rule": "p_under_18",
        "thresholds": {"p_under_18": {"5": 0.3, "2.4": likelihood}},
        "usual": {"target": "2.4", "challenge_age": challenge_age, "likelihood": likelihood},
    }


def test_the_usual_rule_is_measured_with_both_its_limits() -> None:
    usual = gate_metrics(people(), new_gate(25, 0.05))["usual"]
    assert (usual["challenge_age"], usual["likelihood"]) == (25, 0.05)
    assert usual["false_pass"] == 1 / 4  # 17.9 looks 25, but her chance is too high
    assert gate_metrics(people(), {})["usual"]["false_pass"] == 2 / 4


def test_an_old_table_without_probabilities_is_judged_by_the_looks() -> None:
    old = gate_metrics(people().drop(columns="p_under_18"), new_gate(25, 0.05))
    assert old["usual"]["likelihood"] == ANY_CHANCE
    assert old["usual"]["false_pass"] == 2 / 4
    assert old["targets"] == []


def test_groups_are_those_of_the_usual_rule_with_their_bias() -> None:
    female, male = gate_metrics(people(), new_gate(25, 0.05))["groups"]  # there is no ethnicity
    assert (female["by"], female["group"], male["group"]) == ("gender", "female", "male")
    assert (female["n_minors"], female["false_pass"]) == (2, 0)
    assert (female["n_adults"], female["false_challenge"]) == (1, 0)
    assert female["bias"] == pytest.approx((24.9 - 16 + 25 - 17.9) / 2)
    assert (male["n_minors"], male["false_pass"]) == (2, 1 / 2)
    assert (male["n_adults"], male["false_challenge"]) == (2, 1 / 2)
    assert male["bias"] == pytest.approx((11 - 14 + 26 - 15.9) / 2)
    assert male["bias_low"] <= male["bias"] <= male["bias_high"]


def test_nobody_under_age_is_no_share() -> None:
    table = people()
    metrics = gate_metrics(table[table["real_age"] > 20], {})
    row = metrics["challenge_ages"][0]
    assert (row["n_minors"], row["false_pass"], row["false_pass_low"]) == (0, None, None)
    assert row["false_challenge"] == 0
    assert metrics["groups"][0]["bias"] is None


def minors(count: int) -> pd.DataFrame:
    """So many people of 15, of whom the last seem the oldest."""
    order = np.arange(count)
    return pd.DataFrame(
        {
            "real_age": 15.0,
            "predicted_age": 10 + order / count * 10,
            "p_under_18": (1 - order / count).round(4),
            "age_low": 5 + order / count * 10,
        }
    )


def test_thresholds_by_hand() -> None:
    many = minors(500)
    assert fit_threshold(many, "predicted_age", 1) == 19.89  # those of 19.90 to 19.98 may pass
    assert fit_threshold(many, "age_low", 2.4) == 14.75
    assert fit_threshold(many, "p_under_18", 5) == 0.0519  # .002 to .050 pass, .052 is asked


@pytest.mark.parametrize("rule", RULES)
def test_few_minors_set_a_threshold_together_and_not_the_last_of_them_alone(rule: str) -> None:
    random, shares = np.random.default_rng(0), []
    logit = NormalDist(1.0, 2.0)
    for _ in range(300):
        scores = random.normal(logit.mean, logit.stdev, 50)
        chance = 1 / (1 + np.exp(-scores))
        ages = np.exp(3 - scores / 10)
        table = pd.DataFrame({"p_under_18": chance, "predicted_age": ages, "age_low": ages})
        found = fit_threshold(table, rule, 2.4)
        score = np.log(found / (1 - found)) if rule == "p_under_18" else 10 * (3 - np.log(found))
        shares.append(logit.cdf(score))
    # The second of fifty to pass would let 1.96 % and up to 6 % pass, by chance.
    assert np.mean(shares) == pytest.approx(0.024, abs=0.004)
    assert np.quantile(shares, 0.9) < 0.05


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("target", TARGETS)
def test_as_many_pass_as_may_but_not_more(rule: str, target: str) -> None:
    table = minors(500)
    passed = ~asked(table, rule, fit_threshold(table, rule, float(target)))
    assert passed.sum() == round(5 * float(target))
    same = table.assign(**{rule: 0.3})  # where all are equal, no one may pass
    assert asked(same, rule, fit_threshold(same, rule, float(target))).all()


def adults() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "real_age": 30.0,
            "predicted_age": [15.0, 15.0, 50.0, 50.0],
            "p_under_18": [0.5, 0.0, 0.0, 0.0],
            "age_low": [8.0, 8.0, 8.0, 40.0],
        }
    )


def test_the_rule_with_the_fewest_false_challenges_is_the_best() -> None:
    valid = pd.concat([minors(500), adults()])
    gate = fit_gate(valid)
    assert gate["rule"] == "p_under_18"
    assert list(gate["thresholds"]) == list(RULES)
    assert gate["thresholds"]["predicted_age"] == {"1": 19.89, "2.4": 19.75, "5": 19.49}
    equal = valid.assign(p_under_18=-valid["predicted_age"], age_low=valid["predicted_age"])
    assert fit_gate(equal)["rule"] == "predicted_age"  # the simplest of equals

    rows = gate_metrics(valid, gate)["targets"]
    assert [(row["rule"], row["target"]) for row in rows] == [
        (rule, target) for rule in RULES for target in (0.01, 0.024, 0.05)
    ]
    assert rows[0]["threshold"] == 19.89
    assert [row["false_pass"] for row in rows] == [0.01, 0.024, 0.05] * 3
    assert [row["false_challenge"] for row in rows] == [0.5] * 3 + [0.25] * 3 + [0.75] * 3


def test_neither_children_nor_older_adults_sway_the_fit() -> None:
    valid = pd.concat([minors(500), adults()])
    obvious = pd.concat([minors(500).assign(real_age=5.0, p_under_18=1.0), adults()[2:]])
    others = obvious.assign(real_age=[5.0] * 500 + [50.0] * 2)
    young_old = adults().assign(real_age=60.0, predicted_age=20.0)  # would be asked without need
    assert fit_gate(pd.concat([valid, others, young_old])) == fit_gate(valid)


def crowd(seed: int, count: int = 3000) -> pd.DataFrame:
    """People of all ages with independent errors of estimate and probability."""
    random = np.random.default_rng(seed)
    real = random.uniform(10, 60, count)
    chance = 1 / (1 + np.exp((real - 18) / 2 + random.normal(0, 0.6, count)))
    return pd.DataFrame(
        {
            "real_age": real,
            "predicted_age": (real + random.normal(0, 1.5, count)).round(2),
            "p_under_18": chance.round(4),
            "age_low": (real + random.normal(-7, 5, count)).round(2),
        }
    )


def test_the_usual_rule_keeps_its_promise_and_asks_as_few_young_adults_as_can_be() -> None:
    valid = crowd(1)
    usual = fit_gate(valid)["usual"]
    assert usual.pop("target") == "1"  # the strictest asks few enough
    rule = AskRule(**usual)
    assert rule_errors(valid, rule)["false_pass"] <= 0.01
    teens = valid[(valid["real_age"] >= 14) & (valid["real_age"] < 18)]
    assert (teens["p_under_18"] <= rule.likelihood).mean() <= 0.02  # at any challenge age
    young = valid[(valid["real_age"] >= 25) & (valid["real_age"] < 35)]
    counts = {age: asked_by(young, AskRule(age, rule.likelihood)).sum() for age in CHALLENGE_AGES}
    assert counts[rule.challenge_age] == min(counts.values())
    assert counts[rule.challenge_age + 1] > min(counts.values())  # the highest that costs nothing
    assert 18 < rule.challenge_age < 35


@pytest.mark.parametrize(("asked_at_1", "asked_at_2_4", "usual"), [
    (20, 10, "1"), (21, 20, "2.4"), (60, 21, "5"), (90, 80, "5"),
])  # fmt: skip
def test_the_usual_rule_is_the_strictest_that_asks_at_most_a_fifth_of_young_adults(
    asked_at_1: int, asked_at_2_4: int, usual: str
) -> None:
    table = minors(500)
    limits = [fit_threshold(table, "p_under_18", target) for target in (1, 2.4)]
    between = [sum(limits) / 2, limits[1] + 0.0001]  # asked by the first, or by the second too
    chances = np.zeros(100)
    chances[:asked_at_1] = between[0]
    chances[:asked_at_2_4] = between[1]
    grown = pd.DataFrame(
        {"real_age": 30.0, "predicted_age": 50.0, "p_under_18": chances, "age_low": 40.0}
    )
    assert fit_gate(pd.concat([table, grown]))["usual"]["target"] == usual


def test_of_equal_challenge_ages_the_highest_is_taken() -> None:
    grown = pd.DataFrame({"predicted_age": [22.9, 40.0, 19.0], "p_under_18": [0.0, 0.0, 0.5]})
    assert fit_rule(grown, 0.1) == AskRule(22, 0.1)


def test_without_minors_or_adults_there_is_no_gate() -> None:
    table = people()
    assert fit_gate(table[table["real_age"] >= 18]) == {}
    assert fit_gate(table[table["real_age"] < 14]) == {}
    assert fit_gate(table[table["real_age"] < 25]) == {}
    assert fit_gate(table[~table["real_age"].between(25, 34.95)]) == {}


def test_curves_set_the_rules_side_by_side_at_equal_false_passes() -> None:
    table = crowd(0, 1500).assign(age_low=0.0)
    table["predicted_age"] += np.random.default_rng(3).normal(0, 6, len(table))
    curves = gate_curves(table)
    assert list(curves) == ["predicted_age", "p_under_18"]
    estimate, probability = curves.values()
    assert [row["age"] for row in estimate] == list(CHALLENGE_AGES)
    by_age = {row["age"]: row for row in gate_metrics(table, {})["challenge_ages"]}
    teens = table[(table["real_age"] >= 14) & (table["real_age"] < 18)]
    assert all(row["false_challenge"] == by_age[row["age"]]["false_challenge"] for row in estimate)
    for first, second in zip(estimate, probability, strict=True):
        assert second["false_pass"] <= first["false_pass"]
        # One more minor would pass at any higher threshold.
        more = asked(teens, "p_under_18", second["threshold"] + 0.0002)
        assert 1 - more.mean() > first["false_pass"]
        assert second["false_challenge"] < first["false_challenge"]  # it is made the better one


def test_curves_need_both_sides_and_a_probability() -> None:
    table = pd.DataFrame({"real_age": [15.0, 30.0], "predicted_age": [50.0, 41.0]})
    assert list(gate_curves(table)) == ["predicted_age"]
    assert gate_curves(table[:1]) == gate_curves(table[1:]) == {}
    # The only minor passes at every age, so by the probability nobody is asked either.
    rows = gate_curves(table.assign(p_under_18=[0.9, 0.1]))["p_under_18"]
    assert {(row["false_pass"], row["false_challenge"]) for row in rows} == {(1.0, 0.0)}


def test_what_was_fitted_is_read_back() -> None:
    fitted = fitted_gate(json.loads(json.dumps(new_gate(23, 0.02))))
    assert fitted == FittedGate(14, {"2.4": 0.02, "5": 0.3}, "2.4", AskRule(23, 0.02))
    assert list(fitted.limits) == ["2.4", "5"]  # rising
    assert fitted_gate({}) == FittedGate(14, {}, None, AskRule(25, ANY_CHANCE))


def test_of_an_older_gate_about_everybody_under_18_the_strictest_limit_is_the_usual() -> None:
    older = {
        "rule": "p_under_18",
        "thresholds": {"predicted_age": {"2": 26.0}, "p_under_18": {"10": 0.4, "2": 0.07}},
    }
    fitted = fitted_gate(older)
    assert fitted == FittedGate(0, {"2": 0.07, "10": 0.4}, "2", AskRule(25, 0.07))
    assert gate_metrics(people(), older)["fitted_from"] == 0
