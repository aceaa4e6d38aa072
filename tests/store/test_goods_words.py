"""Restricted goods are guessed from their names."""

import pytest

from age_model.store.goods_words import ALCOHOL, ENERGY, TOBACCO, is_alcohol, restricted_kind

DRINKS = """Пиво|Водка|Вино|Вина игристые|Алкоголь|Алкогольная продукция|Крепкий алкоголь|Пиво, сидр
ПИВО СВЕТЛОЕ 0,5 Л|Слабоалкогольные напитки|Коньяки|Виски|Ликёро-водочные|Шампанское|Магазин вин
Винно-водочные изделия|Пивные напитки|Beer|Wines & spirits|BWS / Beer|Liquor|Red wine 0.75"""
OTHERS = """Виноград|Винегрет|Свинина|Хлеб|Безалкогольные напитки|Пиво безалкогольное|Винный уксус
Закуски к пиву|Бокалы для вина|Ромашка|Джинсы|Напитки б/а|Вина без алкоголя|Ромовая баба|Витамины
Ginger ale|Vinegar|Grapes|Rump steak|Wine glasses|Non-alcoholic beer"""


def test_alcohol_is_told_from_what_only_sounds_alike() -> None:
    assert [name for name in DRINKS.replace("\n", "|").split("|") if not is_alcohol(name)] == []
    assert [name for name in OTHERS.replace("\n", "|").split("|") if restricted_kind(name)] == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Сигареты", TOBACCO),
        ("Табачные изделия", TOBACCO),
        ("Tobacco & vapes", TOBACCO),
        ("Энергетики", ENERGY),
        ("Энергетические напитки", ENERGY),
        ("Energy drinks", ENERGY),
        ("Алкоголь", ALCOHOL),
    ],
)
def test_kinds_are_told_apart(name: str, kind: str) -> None:
    assert restricted_kind(name) == kind
