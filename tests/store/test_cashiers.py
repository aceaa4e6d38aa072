"""Cashiers: the one who asks half as often is found, and no others by chance."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from age_model.predict.id_rule import USUAL_RULE
from age_model.store.analysis.alcohol import alcohol_sales
from age_model.store.analysis.cashiers import RATES, compare_cashiers, pooled, usual_standard
from age_model.store.demo.month import demo_month, planted_truth
from age_model.store.statistics.model_errors import errors

CASHIERS = 20
NAMES = np.array([f"Cashier {number:02}" for number in range(1, CASHIERS + 1)])


def young_buyers(seed: int, culprit: bool) -> pd.DataFrame:
    """Draw a month's buyers who looked young: between 8 and 60 for each cashier.

    Each cashier has buyers of different ages, buyers just under the challenge age are asked less
    often by all, and honest cashiers differ by a few per cent.
    """
    random = np.random.default_rng(seed)
    counts = random.integers(8, 61, CASHIERS)
    cashier = np.repeat(np.arange(CASHIERS), counts)
    looks = np.repeat(random.uniform(19, 23, CASHIERS), counts)
    age = np.minimum(random.normal(looks, 2.5), 24.99)
    asks = random.uniform(0.75, 0.95) + random.normal(0, 0.03, CASHIERS)
    if culprit:
        asks[random.integers(CASHIERS)] /= 2
    chance = asks.clip(0, 1)[cashier] * np.where(age > 23, 0.85, 1.0)
    return pd.DataFrame(
        {
            "cashier": pd.Categorical(NAMES[cashier], categories=NAMES),
            "age": age,
            "looked_young": True,
            "recorded": True,
            "asked": random.random(len(age)) < chance,
        }
    )


def named(table: pd.DataFrame) -> list[str]:
    standard = usual_standard(table)
    assert standard is not None
    compared = compare_cashiers(table, standard)
    return list(compared.loc[compared["talk"], "cashier"])


def test_the_one_who_asks_half_as_often_is_found_in_the_demonstration_month() -> None:
    for seed in (0, 4):
        tables, _ = demo_month(seed)
        table = alcohol_sales(tables, errors, USUAL_RULE).table
        assert named(table) == [planted_truth(seed)["culprit"]]


def test_nobody_is_named_in_a_demonstration_month_without_a_culprit() -> None:
    tables, _ = demo_month(0, culprit=False)
    assert named(alcohol_sales(tables, errors, USUAL_RULE).table) == []


@pytest.mark.slow
def test_of_200_months_without_a_culprit_at_most_one_in_twenty_names_somebody() -> None:
    months = [named(young_buyers(seed, culprit=False)) for seed in range(200)]
    assert sum(map(bool, months)) <= 10


def test_months_without_a_culprit_are_silent() -> None:
    months = [named(young_buyers(seed, culprit=False)) for seed in range(1000, 1012)]
    assert sum(map(bool, months)) <= 1


def test_few_buyers_are_little_evidence() -> None:
    table = young_buyers(1, culprit=False)
    few = table.iloc[:3].assign(cashier="New", asked=[True, False, False])
    compared = compare_cashiers(pd.concat([table, few]), 0.7).set_index("cashier")
    assert compared.loc["New", "rate"] > 0.55  # a plain count gives a third
    assert not compared.loc["New", "talk"]
    others = compared.drop(index="New")
    width = compared["rate_high"] - compared["rate_low"]
    assert width["New"] > width[others.index].max()


def test_buyers_whom_all_ask_less_often_are_no_mark_against_a_cashier() -> None:
    random = np.random.default_rng(0)
    old = np.repeat([True, False], [60, 540])  # the first cashier's buyers look nearly 25
    table = pd.DataFrame(
        {
            "cashier": np.where(np.arange(600) < 60, "Edge", NAMES[np.arange(600) % CASHIERS]),
            "age": np.where(old | (random.random(600) < 0.3), 24.5, 18.5),
            "looked_young": True,
            "recorded": True,
        }
    )
    table["asked"] = random.random(600) < np.where(table["age"] > 24, 0.5, 0.95)
    compared = compare_cashiers(table, 0.65).set_index("cashier")
    plain = table[table["cashier"] == "Edge"]["asked"].mean()
    assert plain < 0.65
    assert compared.loc["Edge", "rate"] > 0.7
    assert not compared["talk"].any()


def test_the_table_is_in_the_order_of_names_and_counts_only_what_was_seen() -> None:
    table = young_buyers(2, culprit=True)
    unseen = table.iloc[:30].assign(asked=False)
    extra = pd.concat(
        [
            table,
            unseen.assign(recorded=False),
            unseen.assign(looked_young=False),
            unseen.assign(cashier=pd.Categorical([None] * len(unseen), categories=NAMES)),
        ]
    )
    compared = compare_cashiers(extra.sample(frac=1, random_state=0), 0.7)
    pd.testing.assert_frame_equal(compared, compare_cashiers(table, 0.7))
    assert list(compared["cashier"]) == sorted(NAMES)
    assert compared["buyers"].sum() == len(table)


def test_cashiers_of_one_name_in_two_stores_are_two_people() -> None:
    tables, _ = demo_month(1, 12_000)
    visits = tables.visits
    store = visits["store"].astype(str).to_numpy()
    known = np.where(store == "Demo Station", "Ivan", "Olga")
    named_anew = replace(tables, visits=visits.assign(cashier=pd.Categorical(known)))
    table = alcohol_sales(named_anew, errors, USUAL_RULE).table
    names = ["Ivan", "Olga · Demo Central", "Olga · Demo Riverside"]
    assert list(compare_cashiers(table, 0.8)["cashier"]) == names


def test_no_buyers_give_an_empty_table() -> None:
    table = young_buyers(0, culprit=False).iloc[:0]
    assert compare_cashiers(table, 0.7).empty


def test_what_is_usual_is_told_from_ten_checks_on_with_or_without_names() -> None:
    table = young_buyers(0, culprit=False).assign(asked=True, cashier=None)
    assert usual_standard(table.iloc[:9]) is None
    assert usual_standard(table.iloc[:10].assign(recorded=False)) is None
    assert usual_standard(table.iloc[:9], table.iloc[:1]) == 0.9
    assert usual_standard(table.iloc[:10].assign(asked=False), table.iloc[:10]) == 0.45


def test_one_cashier_alone_can_be_looked_at() -> None:
    table = young_buyers(0, culprit=False)
    compared = compare_cashiers(table[table["cashier"] == NAMES[0]], 0.7)
    assert list(compared["cashier"]) == [NAMES[0]]


def test_posteriors_are_probabilities_around_what_was_seen() -> None:
    posterior = pooled(np.array([80.0, 85.0, 40.0]), np.array([100.0, 100.0, 100.0]))
    assert posterior.sum(axis=1) == pytest.approx([1, 1, 1])
    assert posterior @ RATES == pytest.approx([0.8, 0.85, 0.4], abs=0.05)
