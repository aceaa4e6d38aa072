"""Receipts and visits made up for tests of the record."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from sqlalchemy import Engine, delete

from age_model.ages import AGE_BINS
from age_model.store.demo.month import demo_month
from age_model.store.demo.write import add_month
from age_model.store.record.add_visit import Estimate, Place
from age_model.store.record.read import StoreTables
from age_model.store.record.schema import CHECKS, VISITS
from age_model.store.statistics.spread import spread

NOON = datetime(2026, 6, 1, 12)
PLACE = Place("North", "1", "Olga")


def estimate(age: float = 30) -> Estimate:
    (distribution,) = spread(np.array([age]), np.array([age - 6]), np.array([age + 8]))
    assert distribution.shape == (AGE_BINS,)
    return Estimate(age, age - 6, age + 8, 0.01, 0.2, distribution, "made up")


def receipt_lines(receipts: int, lines: int = 5, store: str = "North") -> pd.DataFrame:
    """Return receipts a minute apart, their lines all different."""
    number = np.repeat(np.arange(receipts), lines)
    item = np.tile(np.arange(lines), receipts)
    return pd.DataFrame(
        {
            "store": store,
            "till": "1",
            "time": pd.Timestamp(NOON) + pd.to_timedelta(number, unit="min"),
            "number": [f"R{i:05}" for i in number],
            "cashier": "Olga",
            "product": [f"Product {i}" for i in item],
            "category": "Things",
            "quantity": item + 0.125,
            "amount": item * 10.01,
            "is_alcohol": item == 0,
        }
    )


def visits(count: int, store: str = "North") -> tuple[pd.DataFrame, np.ndarray]:
    """Return visits a minute apart, five seconds after the receipts of `receipt_lines`."""
    age = np.linspace(16, 70, count)
    table = pd.DataFrame(
        {
            "store": store,
            "till": "1",
            "time": [NOON + timedelta(minutes=i, seconds=5) for i in range(count)],
            "cashier": None,
            "number": None,
            "outcome": [["ID shown", "not asked", None][i % 3] for i in range(count)],
            "age": age,
            "age_low": age - 5,
            "age_high": age + 5,
            "p_under_18": 0.1,
            "p_under_25": 0.2,
            "model_version": "made up",
        }
    )
    return table, spread(age, age - 5, age + 5)


RUSSIAN = """Дата;Время;Магазин;Касса;Чек;Товар;Категория;Кол-во;Сумма
01.06.2026;12:00:05;Северный;1;0001;Хлеб ржаной;Хлеб;1;48,00
01.06.2026;12:00:05;Северный;1;0001;Вино красное;Алкоголь;2;1 380,50
01.06.2026;12:04;Северный;2;0002;Молоко;Молочное;0,5;46,00
32.06.2026;12:05;Северный;2;0003;Молоко;Молочное;1;92,00
01.06.2026;12:06;Северный;2;;Молоко;Молочное;1;даром
"""


def add_receipts_alone(engine: Engine) -> StoreTables:
    """Add the receipts of a small demonstration month, without its visits; return the month."""
    month, _ = demo_month(0, 300)
    add_month(engine, month)
    with engine.begin() as connection:
        connection.execute(delete(CHECKS))
        connection.execute(delete(VISITS))
    return month
