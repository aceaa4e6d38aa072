"""Synthetic visits for tests and benchmarks of the store's statistics, with known true ages."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from age_model.ages import AGE_BINS, AGE_LIMITS, LEGAL_AGE, under_column
from age_model.release import released
from age_model.store.record.read import StoreTables
from age_model.store.statistics.age_bands import AgeBands
from age_model.store.statistics.age_mix import MeasuredErrors
from age_model.store.statistics.model_errors import measure
from age_model.store.statistics.spread import spread

MODEL_VERSION = "test"  # of every visit


@dataclass(frozen=True)
class Shop:
    """Visitors that are test photos, and their real ages, shape (n,), years."""

    tables: StoreTables
    ages: np.ndarray


def photos_of_halves(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split the test photos into halves: to measure errors on, and to be visitors."""
    photos = released().predictions()
    first = np.random.default_rng(seed).random(len(photos)) < 0.5
    return photos[first].reset_index(drop=True), photos[~first].reset_index(drop=True)


def draw_shop(photos: pd.DataFrame, mix: np.ndarray, visits: int, seed: int) -> Shop:
    """Draw visitors, ages as in `mix` (shape (AGE_BINS,)), each a photo of about that age."""
    random = np.random.default_rng(seed)
    real = photos["real_age"].to_numpy()
    order = np.argsort(real, kind="stable")
    wanted = random.choice(len(mix), visits, p=mix / mix.sum())
    low = np.searchsorted(real[order], wanted - 2, "left")
    high = np.searchsorted(real[order], wanted + 2, "right")
    chosen = order[
        (low + random.random(visits) * (high - low)).astype(int).clip(max=len(order) - 1)
    ]
    estimates = photos.iloc[chosen].reset_index(drop=True)
    return Shop(as_tables(estimates), real[chosen])


def random_mix(random: np.random.Generator) -> np.ndarray:
    """Return a made-up mix of ages from 12 to 85 years: two to four broad humps."""
    ages = np.arange(AGE_BINS)
    humps = random.integers(2, 5)
    middle, width = random.uniform(20, 70, humps), random.uniform(8, 18, humps)
    weight = random.dirichlet(np.ones(humps))
    mix = (weight * np.exp(-0.5 * ((ages[:, None] - middle) / width) ** 2)).sum(axis=1)
    return np.where((ages >= 12) & (ages <= 85), mix, 0)


def one_hot(ages: np.ndarray, bands: AgeBands) -> np.ndarray:
    """Return the bands of ages as ones and zeros, shape (n, bands)."""
    return np.eye(len(bands))[bands.of(ages)]


def draw_ages(under_age: float, peak: float, count: int, random: np.random.Generator) -> np.ndarray:
    """Return ages from 14 to 85 years; those under 18 are `under_age` times as many as smooth."""
    ages = np.arange(AGE_BINS)
    mix = np.exp(-0.5 * ((ages - peak) / 15) ** 2) * np.where(ages < LEGAL_AGE, under_age, 1)
    mix[(ages < 14) | (ages > 85)] = 0
    return random.choice(AGE_BINS, count, p=mix / mix.sum())


def as_tables(estimates: pd.DataFrame) -> StoreTables:
    """Return visits with these estimates (columns as in the predictions table), nothing bought."""
    count = len(estimates)
    low, high = estimates["age_low"].to_numpy(), estimates["age_high"].to_numpy()
    age = estimates["predicted_age"].to_numpy()
    start = pd.Timestamp(2026, 6, 1)
    visits = pd.DataFrame(
        {
            "visit_id": np.arange(1, count + 1),
            "time": start + pd.to_timedelta(np.arange(count) * 20 % (30 * 86400), unit="s"),
            "store": pd.Categorical(["Store"] * count),
            "till": pd.Categorical(["1"] * count),
            "cashier": pd.Categorical(["Cashier"] * count),
            "receipt": np.arange(1, count + 1),
            "age": age,
            "age_low": low,
            "age_high": high,
            **{name: estimates[name].to_numpy() for name in map(under_column, AGE_LIMITS)},
            "model_version": pd.Categorical([MODEL_VERSION] * count),
        }
    )
    lines = pd.DataFrame(
        {
            "receipt": np.array([], dtype=np.int64),
            "product": pd.Categorical([]),
            "category": pd.Categorical([]),
            "quantity": np.array([], dtype=float),
            "amount": np.array([], dtype=float),
            "is_alcohol": np.array([], dtype=bool),
        }
    )
    checks = pd.DataFrame(
        {
            "visit_id": np.array([], dtype=np.int64),
            "asked": np.array([], dtype=bool),
            "outcome": pd.Categorical([]),
        }
    )
    return StoreTables.of(visits, spread(age, low, high), lines, checks)


def with_purchases(shop: Shop, chance: np.ndarray, price: float, seed: int) -> Shop:
    """Return the shop where visitors buy "Thing" with a probability, shape (n,), at a price."""
    buys = np.flatnonzero(np.random.default_rng(seed).random(len(chance)) < chance)
    every = np.arange(len(chance))
    rows = np.concatenate([every, buys])
    names = np.repeat(["Bread", "Thing"], [len(every), len(buys)])
    lines = pd.DataFrame(
        {
            "receipt": shop.tables.visits["receipt"].to_numpy()[rows],
            "product": pd.Categorical(names),
            "category": pd.Categorical(np.where(names == "Bread", "Bakery", "Other")),
            "quantity": 1.0,
            "amount": np.where(names == "Bread", 10.0, price),
            "is_alcohol": False,
        }
    )
    tables = StoreTables.of(
        shop.tables.visits, shop.tables.distributions, lines, shop.tables.checks
    )
    return Shop(tables, shop.ages)


def errors_of(photos: pd.DataFrame) -> MeasuredErrors:
    """Return the errors of the released model, measured on photos."""
    return measure(photos, released().card())
