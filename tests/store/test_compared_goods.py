"""What is bought more or less often in one of two sets of visits."""

import numpy as np
import pandas as pd
import pytest

from age_model.store.analysis.goods import FEWEST_BASKETS, Goods, compare_goods, goods_of
from age_model.store.analysis.purchases import count
from age_model.store.demo.month import demo_month
from age_model.store.record.read import StoreTables
from age_model.store.record.select import of_stores
from age_model.store.statistics.age_bands import DEFAULT_BANDS
from age_model.store.statistics.model_errors import errors


def goods(baskets: int, **held: int) -> Goods:
    return Goods(pd.Series(held, dtype=int), baskets)


def test_shares_and_how_many_times_as_often() -> None:
    table = compare_goods(
        goods(1000, milk=200, beer=100, rare=9, gone=60),
        goods(2000, milk=400, beer=600, rare=9, new=60),
    ).set_index("item")
    assert set(table.index) == {"milk", "beer", "gone", "new"}  # rare: below the fewest
    assert FEWEST_BASKETS > 18
    beer = table.loc["beer"]
    assert (beer["first"], beer["second"]) == (0.1, 0.3)
    assert beer["times"] == pytest.approx(3, rel=0.01) and beer["differs"]
    # Katz et al.: the standard error of the logarithm of the ratio.
    error = np.sqrt(1 / 100 - 1 / 1000 + 1 / 600 - 1 / 2000)
    assert np.log(beer["times_high"] / beer["times"]) == pytest.approx(1.96 * error, rel=0.01)
    assert table.loc["milk", "times"] == pytest.approx(1, rel=0.01)
    assert not table.loc["milk", "differs"]
    assert table.loc["gone", "times"] < 0.02 and table.loc["gone", "differs"]
    assert 3 < table.loc["new", "times_low"] < table.loc["new", "times"] < np.inf
    assert table.index[-1] == "milk"  # the surest difference is first


def test_of_too_few_baskets_nothing_is_compared() -> None:
    assert compare_goods(goods(0), goods(0)).empty
    assert compare_goods(goods(10, milk=5), goods(10, milk=5)).empty
    for few in (0, 5, FEWEST_BASKETS - 1):  # one side has too few to say anything
        assert compare_goods(goods(few), goods(10_000, tea=30, milk=400)).empty


def test_sets_that_are_alike_seldom_differ() -> None:
    generator = np.random.default_rng(0)
    shares = generator.uniform(0.01, 0.4, 200)
    names = [f"item {number}" for number in range(200)]
    found, outside = 0, 0
    for _ in range(50):
        one, other = (
            Goods(pd.Series(generator.binomial(n, shares), names), n) for n in (2000, 5000)
        )
        table = compare_goods(one, other)
        found += bool(table["differs"].any())
        outside += int(((table["times_low"] > 1) | (table["times_high"] < 1)).sum())
    assert found <= 7  # 2.5 expected
    assert 0.04 < outside / (50 * 200) < 0.06  # 95 % intervals


def test_baskets_are_visits_whose_lines_are_known() -> None:
    tables, _ = demo_month(3, 3000)
    store = of_stores(tables, ["Demo Central"])
    counted = goods_of(store, count(store, errors, DEFAULT_BANDS), "category")
    receipts = set(store.visits["receipt"]) & set(tables.lines["receipt"])
    assert counted.baskets == len(receipts) < len(store.visits)
    assert 0 < counted.held.max() <= counted.baskets
    lines = tables.lines.copy()
    returned = lines["receipt"] == min(receipts)  # bought and brought back: a basket all the same
    lines.loc[returned, "amount"] *= -1
    changed = StoreTables.of(store.visits, store.distributions, lines, store.checks)
    other = goods_of(changed, count(changed, errors, DEFAULT_BANDS), "category")
    assert other.baskets == counted.baskets and other.held.sum() < counted.held.sum()
