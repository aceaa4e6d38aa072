"""Restricted goods, their hours on receipts, the currency, test purchases."""

from datetime import date, datetime, time

import pandas as pd
import pytest
from sqlalchemy import Engine

from age_model.access.rights import Role
from age_model.access.visitor import ANYBODY, EVERYTHING, AccessDenied, Visitor
from age_model.i18n.money import money
from age_model.i18n.translate import in_language
from age_model.store.analysis.attention import Kind, outside_hours
from age_model.store.analysis.sale_hours import sold_alcohol, sold_outside_hours
from age_model.store.imports.rows import NO_CATEGORY
from age_model.store.record.add_many import add_receipts
from age_model.store.record.audit_log import Event, read_log
from age_model.store.record.audit_words import detail_in_words
from age_model.store.record.regions import read_regions, set_regions
from age_model.store.record.restricted_goods import (
    EVERYWHERE,
    GoodsError,
    Restricted,
    read_categories,
    read_goods,
    read_lists,
    set_goods,
)
from age_model.store.record.settings import read_currency, set_currency
from age_model.store.reports.words import finding_in_words
from age_model.store.tills.purchases import (
    Purchase,
    add_purchase,
    read_purchases,
    remove_purchase,
)

BEER = Restricted("Beer", ("Beer", "Cider"), 18, time(8), time(23))
NORTH = Visitor.of("olga@example.org", [Role.MANAGER], ["North"])
JUNE = date(2026, 6, 1), date(2026, 6, 30)


def sell(record: Engine, store: str, *sold: tuple[str, str, float]) -> None:
    """Add a receipt for each time of day, category and amount; all but dairy is alcohol."""
    rows = [
        {
            "store": store, "till": "1", "number": str(number), "cashier": None,
            "product": category,
            "time": pd.Timestamp(f"2026-06-02 {moment}"), "category": category, "quantity": 1.0,
            "amount": amount, "is_alcohol": category != "Dairy",
        }
        for number, (moment, category, amount) in enumerate(sold)
    ]  # fmt: skip
    add_receipts(record, ANYBODY, pd.DataFrame(rows))


def test_sales_outside_the_hours_are_found_on_receipts(record: Engine) -> None:
    set_goods(record, ANYBODY, {"North": [BEER]})
    sold = [
        ("07:59", "Beer", 90.0), ("08:00", "Beer", 90.0), ("23:00", "Cider", 120.0),
        ("23:30", "Dairy", 50.0), ("23:40", "Beer", -90.0),
    ]  # fmt: skip
    sell(record, "North", *sold)
    sell(record, "South", *sold)
    (found,) = sold_outside_hours(record, EVERYTHING, *JUNE)
    assert found == ("North", "Beer", 2, 3)
    (finding,) = outside_hours([found])
    assert finding.kind is Kind.OUTSIDE_HOURS
    assert finding_in_words(finding).startswith("North: Beer: 2 of 3 receipts")
    assert sold_outside_hours(record, EVERYTHING.narrowed(["South"]), *JUNE) == []
    assert sold_outside_hours(record, EVERYTHING, date(2026, 6, 3), JUNE[1]) == []


def test_stores_that_sell_alcohol_are_found_on_receipts(record: Engine) -> None:
    sell(record, "North", ("12:00", "Beer", 90.0), ("12:05", "Dairy", 50.0))
    sell(record, "South", ("12:00", "Dairy", 50.0))
    sell(record, "West", ("12:00", "Beer", 90.0))
    assert sold_alcohol(record, ["North", "South"], *JUNE) == {"North"}
    assert sold_alcohol(record, ["North"], date(2026, 6, 3), JUNE[1]) == set()


WINE = Restricted("Wine", ("Wine",), 18, time(10), time(22))
ALL_DAY = WINE._replace(sold_from=None, sold_until=None)
TOBACCO = Restricted("Tobacco", ("Tobacco",), 18, time(9), time(23))


@pytest.mark.parametrize(
    ("goods", "found"),
    [
        ([BEER], [("North", "Beer", 2, 5)]),
        ([WINE], [("North", "Wine", 5, 5)]),
        ([BEER, WINE], [("North", "Beer", 2, 4), ("North", "Wine", 1, 1)]),
        ([BEER, ALL_DAY], [("North", "Beer", 1, 2)]),
        ([TOBACCO], []),
    ],
)
def test_what_is_marked_as_alcohol_and_listed_nowhere_counts_for_the_goods_that_are_alcohol(
    record: Engine, goods: list[Restricted], found: list[tuple[str, str, int, int]]
) -> None:
    """Without a category, "–"; where several goods are alcohol, for those sold the longest."""
    sold = [
        ("07:00", NO_CATEGORY, 90.0), ("09:00", NO_CATEGORY, 90.0), ("07:00", "Beer", 90.0),
        ("09:00", "Beer", 90.0), ("09:30", "Wine", 500.0), ("03:00", "Dairy", 50.0),
    ]  # fmt: skip
    set_goods(record, ANYBODY, {"North": goods})
    sell(record, "North", *sold)
    assert sold_outside_hours(record, EVERYTHING, *JUNE) == found


@pytest.mark.parametrize(
    ("moment", "allowed"), [("21:59", False), ("22:00", True), ("01:59", True), ("02:00", False)]
)
def test_hours_may_go_across_midnight(moment: str, allowed: bool) -> None:
    night = Restricted("Tobacco", ("Tobacco",), 18, time(22), time(2))
    assert night.may_be_sold_at(time.fromisoformat(moment)) is allowed


def test_goods_are_set_by_the_manager_of_every_named_store(record: Engine) -> None:
    set_goods(record, NORTH, {"North": [BEER]})
    assert read_goods(record, EVERYTHING) == {"North": [BEER]}
    with pytest.raises(AccessDenied):
        set_goods(record, NORTH, {"North": [], "South": []})
    assert read_goods(record, EVERYTHING) == {"North": [BEER]}


def test_receipts_are_judged_by_the_hours_of_the_stores_region(record: Engine) -> None:
    set_regions(record, ANYBODY, {"North": "Moscow", "South": "Moscow"})
    set_goods(record, ANYBODY, {"South": [BEER]}, {"Moscow": [BEER._replace(sold_from=time(10))]})
    sold = ("09:00", "Beer", 90.0), ("11:00", "Beer", 90.0)
    for store in ("North", "South", "West"):
        sell(record, store, *sold)
    assert sold_outside_hours(record, EVERYTHING, *JUNE) == [("North", "Beer", 1, 2)]
    set_regions(record, NORTH, {"North": ""})
    assert sold_outside_hours(record, EVERYTHING, *JUNE) == []


def test_a_manager_sets_regions_and_their_goods_only_where_all_stores_are_hers(
    record: Engine,
) -> None:
    set_regions(record, NORTH, {"North": "Moscow"})
    set_goods(record, NORTH, {}, {"Moscow": [BEER]})
    with pytest.raises(AccessDenied):
        set_regions(record, NORTH, {"South": "Moscow"})
    set_regions(record, ANYBODY, {"South": "Moscow"})
    with pytest.raises(GoodsError, match="Moscow has stores that are not yours"):
        set_goods(record, NORTH, {}, {"Moscow": []})
    assert read_goods(record, EVERYTHING) == {"North": [BEER], "South": [BEER]}
    assert read_regions(record, EVERYTHING.narrowed(["North"])) == {"North": "Moscow"}


def test_goods_of_everywhere_are_in_force_in_stores_to_come(record: Engine) -> None:
    late = BEER._replace(sold_from=time(10))
    set_regions(record, ANYBODY, {"South": "Moscow"})
    sell(record, "North", ("09:00", "Beer", 90.0))
    set_goods(record, ANYBODY, {"North": [late]}, {"Moscow": [WINE], EVERYWHERE: [BEER]})
    assert read_goods(record, EVERYTHING) == {"North": [late], "South": [WINE, BEER]}
    for store in ("South", "West"):
        sell(record, store, ("07:30", "Beer", 90.0))
    assert read_goods(record, EVERYTHING.narrowed(["West"])) == {"West": [BEER]}
    assert sold_outside_hours(record, EVERYTHING, *JUNE) == [
        ("North", "Beer", 1, 1), ("South", "Beer", 1, 1), ("West", "Beer", 1, 1),
    ]  # fmt: skip


def test_goods_of_everywhere_are_set_by_who_has_the_rules_of_all_stores(record: Engine) -> None:
    for goods in ([], [BEER]):
        with pytest.raises(GoodsError, match="name your own stores"):
            set_goods(record, NORTH, {}, {EVERYWHERE: goods})
    with pytest.raises(GoodsError, match="same name hold everywhere"):
        set_goods(record, ANYBODY, {}, {EVERYWHERE: [BEER, BEER]})
    everyone = Visitor.of("boss@example.org", [Role.MANAGER], None)
    set_goods(record, everyone, {}, {EVERYWHERE: [BEER]})
    assert read_lists(record, EVERYTHING.narrowed(["North"])).by_region == {EVERYWHERE: [BEER]}
    log = read_log(record, datetime.min, datetime.max)
    entry = log[log["what"] == Event.SET_GOODS].iloc[0]
    assert entry["store"] == ""
    assert detail_in_words(Event.SET_GOODS, entry["detail"]) == "Goods: Beer."


def test_categories_are_those_on_receipts_of_the_stores_in_scope(record: Engine) -> None:
    sell(record, "North", ("12:00", "Beer", 90.0), ("12:05", "Dairy", 50.0))
    sell(record, "South", ("12:00", "Beer", 90.0), ("12:05", "Cigars", 900.0))
    assert read_categories(record, EVERYTHING) == ["Beer", "Cigars", "Dairy"]
    assert read_categories(record, EVERYTHING.narrowed(["North"])) == ["Beer", "Dairy"]
    assert read_categories(record, EVERYTHING.narrowed([])) == []


@pytest.mark.parametrize(
    ("goods", "said"),
    [
        ([BEER, BEER], "same name hold for North"),
        ([BEER._replace(goods="")], "a name"),
        ([BEER._replace(categories=())], "at least one category"),
        ([BEER._replace(minimum_age=0)], "an age from 1"),
        ([BEER._replace(sold_until=None)], "both times"),
    ],
)
def test_a_list_that_cannot_be_used_is_refused(
    record: Engine, goods: list[Restricted], said: str
) -> None:
    with pytest.raises(GoodsError, match=said):
        set_goods(record, ANYBODY, {"South": [BEER], "North": goods})
    assert read_goods(record, EVERYTHING) == {}


def test_the_currency_is_of_all_stores(record: Engine) -> None:
    with pytest.raises(AccessDenied):
        set_currency(record, NORTH, "EUR")
    set_currency(record, ANYBODY, "EUR")
    assert read_currency(record) == "EUR"
    set_currency(record, ANYBODY, None)
    assert read_currency(record) is None


def test_amounts_have_the_currency_that_is_set_or_roubles_in_russian() -> None:
    assert (money(1234.4, None), money(-1234.4, "EUR")) == ("1,234", "−€1,234")
    with in_language("ru"):
        spaces = "\N{NO-BREAK SPACE}"
        assert money(1234.4, None) == f"1{spaces}234{spaces}₽"
        assert money(1234.4, "EUR") == f"1{spaces}234{spaces}€"


def test_test_purchases_are_of_the_managers_stores(record: Engine) -> None:
    asked = Purchase("North", "2", date(2026, 6, 5), "Beer", True)
    add_purchase(record, NORTH, asked)
    add_purchase(record, ANYBODY, asked._replace(store="South", asked=False))
    with pytest.raises(AccessDenied):
        add_purchase(record, NORTH, asked._replace(store="South"))
    every = read_purchases(record, EVERYTHING, *JUNE)
    assert every[["store", "asked"]].values.tolist() == [["South", False], ["North", True]]
    assert len(read_purchases(record, EVERYTHING.narrowed(["North"]), *JUNE)) == 1
    with pytest.raises(AccessDenied):
        remove_purchase(record, NORTH, int(every["id"][0]))
    remove_purchase(record, ANYBODY, int(every["id"][0]))
    assert read_purchases(record, EVERYTHING, *JUNE)["store"].tolist() == ["North"]
