"""The table of restricted goods in Settings."""

from datetime import time

import pandas as pd
import pytest

from age_model.i18n.translate import in_language
from age_model.store.record.restricted_goods import EVERYWHERE, GoodsLists, Restricted
from app_pages.settings.goods_table import as_table, changes, from_table

BEER = Restricted("Beer", ("Beer", "Cider"), 18, time(8), time(23))
ALL_DAY = Restricted("Tobacco", ("Tobacco",), 21)


STORES = ["East", "North", "South", "West"]
LATE = BEER._replace(sold_from=time(10), sold_until=time(22))
NEVER = BEER._replace(sold_from=time(12), sold_until=time(12, 1))


def test_each_place_has_its_row_and_goods_come_back_as_they_were() -> None:
    lists = GoodsLists(
        {"North": [NEVER], "South": [ALL_DAY], "West": [ALL_DAY]},
        {"Moscow": [LATE], EVERYWHERE: [BEER]},
        {"East": "Moscow", "North": "Moscow"},
    )
    table = as_table(lists)
    rows = zip(table["goods"], table["regions"], table["stores"], strict=True)
    assert list(rows) == [
        ("Beer", [], []), ("Beer", [], ["North"]), ("Beer", ["Moscow"], []),
        ("Tobacco", [], ["South", "West"]),
    ]  # fmt: skip
    assert changes(lists, from_table(table, STORES)) == ({}, {})
    assert [[one.sold_from for one in lists.in_force(store)] for store in [*STORES, "New"]] == [
        [time(10)], [time(12)], [None, time(8)], [None, time(8)], [time(8)],
    ]  # fmt: skip


def test_goods_of_all_stores_by_name_stay_those_of_these_stores() -> None:
    """As the records of an earlier version have them."""
    lists = GoodsLists({store: [BEER] for store in STORES})
    table = as_table(lists)
    assert table["stores"].tolist() == [STORES]
    assert changes(lists, from_table(table, STORES)) == ({}, {})


def test_without_goods_the_usual_ones_are_offered_in_the_readers_language() -> None:
    with in_language("ru"):
        offered = from_table(as_table(GoodsLists()), STORES).by_region[EVERYWHERE]
    assert [one.goods for one in offered] == ["Алкоголь", "Табак", "Энергетики"]
    assert {one.minimum_age for one in offered} == {18}


def test_who_has_some_stores_is_offered_the_usual_goods_for_these() -> None:
    listed = from_table(as_table(GoodsLists(), ["North", "South"]), ["North", "South"])
    assert not listed.by_region
    assert len(listed.by_store["North"]) == len(listed.by_store["South"]) == 3


def test_the_usual_goods_get_the_categories_of_the_receipts() -> None:
    known = ["Beer", "Bread", "Cigarettes", "Non-alcoholic drinks", "Wine"]
    offered = from_table(as_table(GoodsLists(), (), known), ["North"]).by_region[EVERYWHERE]
    assert [one.categories for one in offered] == [
        ("Beer", "Wine"), ("Cigarettes",), ("Energy drinks",),
    ]  # fmt: skip
    assert "Bread" not in str(as_table(GoodsLists({"North": [BEER]}), (), known))


@pytest.mark.parametrize(
    ("typed", "categories"),
    [(" Beer ,Cider,, Beer", ("Beer", "Cider")), ("", ()), (None, ())],
)
def test_categories_are_typed_with_commas(typed: str | None, categories: tuple[str, ...]) -> None:
    row = BEER._asdict() | {
        "categories": typed, "minimum_age": None, "regions": None, "stores": None
    }  # fmt: skip
    (read,) = from_table(pd.DataFrame([row]), ["North"]).by_region[EVERYWHERE]
    assert read.categories == categories and read.minimum_age == 0


@pytest.mark.parametrize(
    "cell", [time(8, 30), "08:30:00", "08:30:00.000", pd.Timestamp("2026-06-01 08:30")]
)
def test_a_time_is_read_whatever_its_type(cell: object) -> None:
    row = BEER._asdict() | {
        "sold_from": cell, "sold_until": pd.NaT, "categories": "Beer", "regions": [], "stores": []
    }  # fmt: skip
    (read,) = from_table(pd.DataFrame([row]), ["North"]).by_region[EVERYWHERE]
    assert read.sold_from == time(8, 30) and read.sold_until is None
