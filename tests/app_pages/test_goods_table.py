"""The table of restricted goods on the page Tills."""

from datetime import time

import pandas as pd
import pytest

from age_model.i18n.translate import in_language
from age_model.store.record.restricted_goods import Restricted
from app_pages.tills.goods import as_table, from_table

BEER = Restricted("Beer", ("Beer", "Cider"), 18, time(8), time(23))
ALL_DAY = Restricted("Tobacco", ("Tobacco",), 21)


def test_goods_come_back_from_the_table_as_they_were() -> None:
    stores = {"East": [BEER], "North": [BEER, ALL_DAY]}
    assert from_table(as_table(stores, ["East", "North"]), ["East", "North"]) == stores


def test_a_row_holds_for_the_stores_that_it_names_or_for_all() -> None:
    late = BEER._replace(sold_from=time(10))
    table = as_table({"East": [ALL_DAY, BEER], "North": [ALL_DAY, late]}, ["East", "North"])
    assert dict(zip(table["sold_from"], table["stores"], strict=True)) == {
        time(8): ["East"], time(10): ["North"], None: [],
    }  # fmt: skip
    assert from_table(table, ["East", "North", "West"])["West"] == [ALL_DAY]


def test_without_goods_the_usual_ones_are_offered_in_the_readers_language() -> None:
    with in_language("ru"):
        offered = from_table(as_table({}, ["North"]), ["North"])["North"]
    assert [one.goods for one in offered] == ["Алкоголь", "Табак", "Энергетики"]
    assert {one.minimum_age for one in offered} == {18}


def test_the_usual_goods_get_the_categories_of_the_receipts() -> None:
    known = ["Beer", "Bread", "Cigarettes", "Non-alcoholic drinks", "Wine"]
    offered = from_table(as_table({}, ["North"], known), ["North"])["North"]
    assert [one.categories for one in offered] == [
        ("Beer", "Wine"), ("Cigarettes",), ("Energy drinks",),
    ]  # fmt: skip
    assert "Bread" not in str(as_table({"North": [BEER]}, ["North"], known))


@pytest.mark.parametrize(
    ("typed", "categories"),
    [(" Beer ,Cider,, Beer", ("Beer", "Cider")), ("", ()), (None, ())],
)
def test_categories_are_typed_with_commas(typed: str | None, categories: tuple[str, ...]) -> None:
    row = BEER._asdict() | {"categories": typed, "minimum_age": None, "stores": None}
    (read,) = from_table(pd.DataFrame([row]), ["North"])["North"]
    assert read.categories == categories and read.minimum_age == 0
