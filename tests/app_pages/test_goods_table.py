"""The table of restricted goods in Settings."""

from datetime import time

import pandas as pd
import pytest

from age_model.i18n.translate import in_language
from age_model.store.record.restricted_goods import GoodsLists, Restricted
from app_pages.settings.goods_table import as_table, changes, from_table, moved

BEER = Restricted("Beer", ("Beer", "Cider"), 18, time(8), time(23))
ALL_DAY = Restricted("Tobacco", ("Tobacco",), 21)


def test_goods_come_back_from_the_table_as_they_were() -> None:
    lists = GoodsLists({"East": [BEER], "North": [BEER, ALL_DAY]})
    table = as_table(lists, ["East", "North"])
    assert changes(lists, from_table(table, ["East", "North"], {})) == ({}, {})


def test_a_row_holds_for_the_stores_that_it_names_or_for_all() -> None:
    late = BEER._replace(sold_from=time(10))
    table = as_table(
        GoodsLists({"East": [ALL_DAY, BEER], "North": [ALL_DAY, late]}), ["East", "North"]
    )
    assert dict(zip(table["sold_from"], table["stores"], strict=True)) == {
        time(8): ["East"], time(10): ["North"], None: [],
    }  # fmt: skip
    assert from_table(table, ["East", "North", "West"], {}).by_store["West"] == [ALL_DAY]


STORES = ["East", "North", "South", "West"]
IN_REGIONS = {"East": "Moscow", "North": "Moscow", "South": "Tver"}
LATE = BEER._replace(sold_from=time(10), sold_until=time(22))
NEVER = BEER._replace(sold_from=time(12), sold_until=time(12, 1))


def test_a_row_of_a_region_and_one_for_everywhere_else_come_back_as_they_were() -> None:
    lists = GoodsLists(
        {"East": [ALL_DAY], "North": [NEVER, ALL_DAY], "South": [BEER, ALL_DAY],
         "West": [BEER, ALL_DAY]},
        {"Moscow": [LATE]},
        IN_REGIONS,
    )  # fmt: skip
    table = as_table(lists, STORES)
    rows = zip(table["goods"], table["regions"], table["stores"], strict=True)
    assert sorted(rows) == [
        ("Beer", [], []), ("Beer", [], ["North"]), ("Beer", ["Moscow"], []), ("Tobacco", [], []),
    ]  # fmt: skip
    assert changes(lists, from_table(table, STORES, IN_REGIONS)) == ({}, {})


def test_a_store_that_joins_a_region_gets_its_hours_and_loses_them_when_it_leaves() -> None:
    lists = GoodsLists({"South": [BEER], "West": [BEER]}, {"Moscow": [LATE]}, IN_REGIONS)
    joined = moved(lists, STORES, IN_REGIONS | {"West": "Moscow"})
    assert [joined.in_force(store) for store in STORES] == [[LATE], [LATE], [BEER], [LATE]]
    left = moved(joined, STORES, {"South": "Tver"})
    assert [left.in_force(store) for store in STORES] == [[BEER]] * 4
    assert changes(joined, left)[1] == {}  # the row of the region stays


def test_without_goods_the_usual_ones_are_offered_in_the_readers_language() -> None:
    with in_language("ru"):
        offered = from_table(as_table(GoodsLists(), ["North"]), ["North"], {}).by_store["North"]
    assert [one.goods for one in offered] == ["Алкоголь", "Табак", "Энергетики"]
    assert {one.minimum_age for one in offered} == {18}


def test_the_usual_goods_get_the_categories_of_the_receipts() -> None:
    known = ["Beer", "Bread", "Cigarettes", "Non-alcoholic drinks", "Wine"]
    offered = from_table(as_table(GoodsLists(), ["North"], known), ["North"], {}).by_store["North"]
    assert [one.categories for one in offered] == [
        ("Beer", "Wine"), ("Cigarettes",), ("Energy drinks",),
    ]  # fmt: skip
    assert "Bread" not in str(as_table(GoodsLists({"North": [BEER]}), ["North"], known))


@pytest.mark.parametrize(
    ("typed", "categories"),
    [(" Beer ,Cider,, Beer", ("Beer", "Cider")), ("", ()), (None, ())],
)
def test_categories_are_typed_with_commas(typed: str | None, categories: tuple[str, ...]) -> None:
    row = BEER._asdict() | {
        "categories": typed, "minimum_age": None, "regions": None, "stores": None
    }  # fmt: skip
    (read,) = from_table(pd.DataFrame([row]), ["North"], {}).by_store["North"]
    assert read.categories == categories and read.minimum_age == 0


@pytest.mark.parametrize(
    "cell", [time(8, 30), "08:30:00", "08:30:00.000", pd.Timestamp("2026-06-01 08:30")]
)
def test_a_time_is_read_whatever_its_type(cell: object) -> None:
    row = BEER._asdict() | {
        "sold_from": cell, "sold_until": pd.NaT, "categories": "Beer", "regions": [], "stores": []
    }  # fmt: skip
    (read,) = from_table(pd.DataFrame([row]), ["North"], {}).by_store["North"]
    assert read.sold_from == time(8, 30) and read.sold_until is None
