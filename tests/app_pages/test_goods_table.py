"""The table of restricted goods on the page Tills."""

from datetime import time

import pandas as pd
import pytest

from age_model.i18n.translate import in_language
from age_model.store.record.restricted_goods import Restricted
from app_pages.tills.goods import _as_table, _from_table

BEER = Restricted("Beer", ("Beer", "Cider"), 18, time(8), time(23))
ALL_DAY = Restricted("Tobacco", ("Tobacco",), 21)


def test_goods_come_back_from_the_table_as_they_were() -> None:
    assert _from_table(_as_table([BEER, ALL_DAY])) == [BEER, ALL_DAY]


def test_without_goods_the_usual_ones_are_offered_in_the_readers_language() -> None:
    with in_language("ru"):
        offered = _from_table(_as_table([]))
    assert [one.goods for one in offered] == ["Алкоголь", "Табак", "Энергетики"]
    assert {one.minimum_age for one in offered} == {18}


@pytest.mark.parametrize(
    ("typed", "categories"),
    [(" Beer ,Cider,, Beer", ("Beer", "Cider")), ("", ()), (None, ())],
)
def test_categories_are_typed_with_commas(typed: str | None, categories: tuple[str, ...]) -> None:
    table = pd.DataFrame([BEER._asdict() | {"categories": typed, "minimum_age": None}])
    (read,) = _from_table(table)
    assert read.categories == categories and read.minimum_age == 0
