"""The demonstration month: what is planted is there, and errors are the measured ones."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine

from age_model.access.visitor import ANYBODY, EVERYTHING
from age_model.i18n.translate import in_language
from age_model.release import released
from age_model.store.demo.goods import LOVED
from age_model.store.demo.month import demo_month, planted_truth
from age_model.store.demo.write import remove_demo, write_demo
from age_model.store.record.add_many import add_receipts
from age_model.store.record.database import RecordError
from age_model.store.record.read import StoreTables, read_stores, read_tables
from age_model.store.record.regions import set_regions
from age_model.store.record.restricted_goods import Restricted, read_lists, set_goods
from age_model.store.record.select import DEMO_STORES, is_demonstration
from age_model.store.retention.settings import set_retention
from age_model.store.tills.rules import StoreRule, set_rule
from age_model.store.tills.stores import known_stores
from tests.support.store_made_up import receipt_lines

Month = tuple[StoreTables, pd.DataFrame]


@pytest.fixture(scope="module")
def month() -> Month:
    return demo_month(3)


def test_a_seed_gives_its_month() -> None:
    (first, truth), (again, same_truth) = (demo_month(3, visits=1000) for _ in range(2))
    for name in ("visits", "lines", "checks"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(first, name))
    pd.testing.assert_frame_equal(same_truth, truth)
    other, _ = demo_month(4, visits=1000)
    assert other.visits["time"][0] != first.visits["time"][0]
    assert planted_truth(3) == planted_truth(3) != planted_truth(4)


def test_errors_are_those_measured_on_test_photos(month: Month) -> None:
    tables, truth = month
    age = truth["true_age"].to_numpy()
    inside = tables.visits["age_low"].le(age) & tables.visits["age_high"].ge(age)
    assert inside.mean() == pytest.approx(0.9, abs=0.02)
    photos = released().predictions().query("25 <= real_age <= 44")
    measured = (photos["predicted_age"] - photos["real_age"]).groupby(photos["real_age"])
    young = (age >= 25) & (age <= 44)
    drawn = (tables.visits["age"] - age)[young].groupby(age[young])
    # Each age for itself: the test photos are of 26-year-olds more often than the buyers.
    assert drawn.mean().mean() == pytest.approx(measured.mean().mean(), abs=0.5)
    assert drawn.std().mean() == pytest.approx(measured.std().mean(), rel=0.1)


def test_distributions_have_the_estimate_for_their_median(month: Month) -> None:
    visits, distributions = month[0].visits, month[0].distributions
    np.testing.assert_allclose(distributions.sum(1), 1, atol=1e-5)
    middle = visits["age"].between(20, 80).to_numpy()
    median = (distributions.cumsum(1) < 0.5).sum(1)
    assert np.abs(median - visits["age"])[middle].max() <= 1
    share = distributions[:, :18].sum(1)
    np.testing.assert_allclose(share, visits["p_under_18"], atol=1e-5)


def asked_when_told(tables: StoreTables) -> pd.Series:
    checks = tables.checks.merge(tables.visits, on="visit_id")
    told = checks[checks["age"] < 25]
    return told.groupby("cashier", observed=True)["asked"].mean()


def test_one_cashier_asks_half_as_often(month: Month) -> None:
    asked = asked_when_told(month[0])
    assert len(asked) == 20
    culprit = planted_truth(3)["culprit"]
    assert asked.idxmin() == culprit
    assert asked[culprit] == pytest.approx(asked.drop(culprit).mean() / 2, abs=0.15)


def test_without_a_culprit_all_ask() -> None:
    assert planted_truth(3, culprit=False)["culprit"] is None
    assert min(planted_truth(3, culprit=False)["asks_when_told"].values()) >= 0.88
    assert asked_when_told(demo_month(3, culprit=False)[0]).min() > 0.65


def test_loved_products_are_bought_as_often_as_planted(month: Month) -> None:
    tables, truth = month
    bought = tables.lines.merge(tables.visits[["receipt", "visit_id"]], on="receipt")
    age = bought.merge(truth, on="visit_id")["true_age"]
    for love in LOVED:
        fond = age.between(love.first_age, love.last_age)
        this = bought["product"] == love.product
        assert this[fond].mean() / this[~fond].mean() == pytest.approx(love.times, rel=0.15)


def test_what_was_refused_is_not_on_the_receipt(month: Month) -> None:
    tables, truth = month
    checks = tables.checks.merge(truth, on="visit_id")
    young = checks["true_age"] < 18
    assert set(checks.loc[young & checks["asked"], "outcome"]) == {"sale refused"}
    with_alcohol = set(tables.lines.loc[tables.lines["is_alcohol"], "receipt"])
    receipts = checks.merge(tables.visits, on="visit_id")
    refused = receipts["outcome"] == "sale refused"
    assert refused.sum() > 20
    assert not with_alcohol & set(receipts.loc[refused, "receipt"])
    assert with_alcohol <= set(receipts.loc[~refused, "receipt"])


def test_the_record_holds_the_month_and_files_the_truth(record: Engine, tmp_path: Path) -> None:
    lines = write_demo(record, tmp_path / "demo", seed=5, visits=400)
    tables, (made, truth) = read_tables(record, EVERYTHING), demo_month(5, 400)
    assert len(tables.lines) == len(made.lines) == lines
    assert tables.lines["amount"].sum() == pytest.approx(made.lines["amount"].sum())
    for column in ("time", "age", "p_under_18"):
        pd.testing.assert_series_equal(tables.visits[column], made.visits[column])
    assert (tables.visits["cashier"].astype(str) == made.visits["cashier"].astype(str)).all()
    assert (tables.checks["outcome"].astype(str) == made.checks["outcome"].astype(str)).all()
    assert (tables.visits["receipt"].eq(0) == made.visits["receipt"].eq(0)).all()
    filed = pd.read_csv(tmp_path / "demo" / "true_ages.csv")
    assert filed["visit_id"].tolist() == tables.visits["visit_id"].tolist()
    assert filed["true_age"].tolist() == truth["true_age"].tolist()
    planted = json.loads((tmp_path / "demo" / "planted_truth.json").read_text("utf-8"))
    assert planted["culprit"] == planted_truth(5)["culprit"]
    assert all(name.startswith("Demo ") for name in read_stores(record, EVERYTHING))
    write_demo(record, tmp_path / "demo", seed=6, visits=300)  # in place of the other
    assert len(read_tables(record, EVERYTHING).visits) == 300
    remove_demo(record)
    assert read_stores(record, EVERYTHING) == []


def test_the_demonstration_does_not_mix_with_real_stores(record: Engine, tmp_path: Path) -> None:
    add_receipts(record, ANYBODY, receipt_lines(1))
    with pytest.raises(RecordError, match="real stores"):
        write_demo(record, tmp_path, seed=5, visits=10)
    assert not set(read_stores(record, EVERYTHING)) & set(DEMO_STORES)


def test_a_russian_reader_gets_russian_names_and_removes_the_month_in_any_language(
    record: Engine, tmp_path: Path
) -> None:
    with in_language("ru"):
        write_demo(record, tmp_path, seed=5, visits=100)
    visits = read_tables(record, EVERYTHING).visits
    assert set(visits["store"]) == {"Демо Центр", "Демо Набережная", "Демо Вокзал"}
    assert visits["cashier"].str.fullmatch(r"Кассир \d\d").all()
    assert is_demonstration(read_tables(record, EVERYTHING))
    assert remove_demo(record) == ["Демо Вокзал", "Демо Набережная", "Демо Центр"]
    assert read_stores(record, EVERYTHING) == []


def test_settings_of_the_demonstration_stores_go_with_it(record: Engine, tmp_path: Path) -> None:
    write_demo(record, tmp_path, seed=5, visits=100)
    demo, other = sorted(read_stores(record, EVERYTHING))[0], "North"
    beer = Restricted("Beer", ("Beer",), 18)
    for store in (demo, other):
        set_regions(record, ANYBODY, {store: "Moscow"})
        set_rule(record, ANYBODY, store, StoreRule(25, None))
        set_retention(record, ANYBODY, store, None, 90)
        set_goods(record, ANYBODY, {store: [beer]})
    remove_demo(record)
    lists = read_lists(record, EVERYTHING)
    assert (
        list(lists.by_store) == list(lists.regions) == known_stores(record, EVERYTHING) == [other]
    )
