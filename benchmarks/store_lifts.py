"""What is the coverage of the 95 % intervals of lifts?

    python -m benchmarks.store_lifts

Shops are drawn as in benchmarks/store_shares.py. Products are bought with a probability that
differs from band to band, or changes smoothly with the age. The true lift is that of the
probabilities at the visitors' real ages. Reports the coverage of the intervals, with a 95 %
interval over shops, and how many significant differences are false. The same is then done with
demonstration months.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from age_model.ages import AGE_BINS
from age_model.store.analysis.products import lifts
from age_model.store.demo.goods import GOODS, LOVED
from age_model.store.demo.month import MORE_LINES, demo_month
from age_model.store.record.read import NO_RECEIPT, StoreTables
from age_model.store.statistics.age_bands import DEFAULT_BANDS
from age_model.store.statistics.band_weights import fit_bands
from age_model.store.statistics.model_errors import errors
from age_model.store.statistics.population import Population, population_of
from benchmarks.report import Row, show
from tests.support.store_shops import draw_shop, errors_of, photos_of_halves, random_mix

SHOPS = 20
MONTHS = 6
VISITS = 8000
MONTH_VISITS = 60_000
PRODUCTS = 12  # of each kind
KINDS = ("by band", "smooth", "flat")


def chances_of(kind: str, random: np.random.Generator) -> np.ndarray:
    """Return the probability of each product by age, (`PRODUCTS`, AGE_BINS)."""
    ages = np.arange(AGE_BINS)
    if kind == "by band":
        return random.uniform(0.02, 0.4, (PRODUCTS, len(DEFAULT_BANDS)))[:, DEFAULT_BANDS.of(ages)]
    usual, middle, width, more = (
        random.uniform(low, high, (PRODUCTS, 1))
        for low, high in ((0.02, 0.2), (15, 75), (6, 20), (0, 0.3))
    )
    if kind == "flat":
        more = np.zeros((PRODUCTS, 1))
    return usual + more * np.exp(-0.5 * ((ages - middle) / width) ** 2)


def bought(tables: StoreTables, chances: np.ndarray, random: np.random.Generator) -> StoreTables:
    """Draw which products each visit buys, shape (n, products)."""
    visit, product = np.nonzero(random.random(chances.shape) < chances)
    lines = pd.DataFrame(
        {
            "receipt": tables.visits["receipt"].to_numpy()[visit],
            "product": pd.Categorical.from_codes(
                product, [f"{i:03}" for i in range(len(chances.T))]
            ),
            "category": pd.Categorical(["Things"] * len(visit)),
            "quantity": 1.0,
            "amount": 10.0,
            "is_alcohol": False,
        }
    )
    return StoreTables.of(tables.visits, tables.distributions, lines, tables.checks)


def measure(seed: int, visits: int = VISITS) -> pd.DataFrame:
    """Return the lifts of one shop with `kind`, `true` and whether the interval `holds` it."""
    random = np.random.default_rng([seed, 5])
    mine, theirs = photos_of_halves(seed)
    shop = draw_shop(theirs, random_mix(random), visits, seed)
    by_age = np.concatenate([chances_of(kind, random) for kind in KINDS])
    chances = by_age[:, shop.ages.astype(int)].T
    tables = bought(shop.tables, chances, random)
    estimates = tables.visits["age"].to_numpy()
    population = Population.of_one(estimates, tables.distributions, errors_of(mine))
    model = fit_bands(population, DEFAULT_BANDS)
    of_band = np.eye(len(DEFAULT_BANDS))[DEFAULT_BANDS.of(shop.ages)]
    with np.errstate(invalid="ignore"):  # an empty band has no lift
        true = (of_band.T @ chances) / of_band.sum(axis=0)[:, None] / chances.mean(axis=0)
    table = lifts(tables, model, "product")
    item = table["item"].astype(int).to_numpy()
    table["kind"] = np.array(KINDS)[item // PRODUCTS]
    table["true"] = true[table["band"].map(DEFAULT_BANDS.names.index), item]
    holds = table["true"].between(table["lift_low"], table["lift_high"])
    return table.assign(shop=seed, holds=holds).dropna(subset="true")


def measure_month(seed: int, visits: int = MONTH_VISITS) -> pd.DataFrame:
    """Return the same of a demonstration month, each product but alcohol."""
    tables, truth = demo_month(seed, visits)
    ages = truth["true_age"].to_numpy()
    model = fit_bands(population_of(tables.visits, tables.distributions, errors), DEFAULT_BANDS)
    table = lifts(tables, model, "product")
    table = table[table["category"] != "Alcohol"].reset_index(drop=True)
    by_age = chances_in_month()
    of_band = np.eye(len(DEFAULT_BANDS))[DEFAULT_BANDS.of(ages)]
    known = tables.visits["receipt"].to_numpy() != NO_RECEIPT
    chances = by_age[ages] * known[:, None]
    with np.errstate(invalid="ignore"):  # alcohol, which is left out
        true = (of_band.T @ chances) / of_band.sum(axis=0)[:, None] / chances.mean(axis=0)
    item = table["item"].map([good.name for good in GOODS].index)
    table["true"] = true[table["band"].map(DEFAULT_BANDS.names.index), item]
    table["kind"] = np.where(table["item"].isin([love.product for love in LOVED]), "loved", "flat")
    return table.assign(
        shop=seed, holds=table["true"].between(table["lift_low"], table["lift_high"])
    )


def chances_in_month() -> np.ndarray:
    """Return the probability of each good in a basket by age, (AGE_BINS, goods)."""
    popularity = np.tile([good.popularity for good in GOODS], (AGE_BINS, 1)).astype(float)
    for love in LOVED:
        place = [good.name for good in GOODS].index(love.product)
        popularity[love.first_age : love.last_age + 1, place] *= love.times
    one = popularity / popularity.sum(axis=1, keepdims=True)  # of a line
    return 1 - (1 - one) * np.exp(-MORE_LINES * one)


def summarise(title: str, table: pd.DataFrame) -> list[Row]:
    """Return the results, a row for each kind of product."""
    shown = table[table["differs"]]
    wrong = (shown["lift"] - 1) * (shown["true"].round(9) - 1) <= 0
    rows = []
    for name, part in table.groupby("kind"):
        share = part.groupby("shop")["holds"].mean()
        drawn = np.random.default_rng(0).choice(share, (2000, len(share))).mean(axis=1)
        low, high = np.quantile(drawn, [0.025, 0.975])
        of_kind = wrong[shown["kind"] == name]
        rows.append(
            {
                "shops": title,
                "products": str(name),
                "n": f"{len(part)} intervals, {len(share)} shops",
                "intervals that hold": f"{share.mean():.1%} ({low:.1%} to {high:.1%})",
                "said to differ": f"{len(of_kind)}",
                "of these wrongly": f"{of_kind.sum()}",
            }
        )
    return rows


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Measure on drawn shops and on demonstration months."""
    shops, months, visits = (1, 1, 1000) if miniature else (SHOPS, MONTHS, VISITS)
    month_visits = visits if miniature else MONTH_VISITS
    drawn = pd.concat([measure(seed, visits) for seed in range(shops)])
    shown = pd.concat([measure_month(seed, month_visits) for seed in range(months)])
    return [
        *summarise(f"drawn, {visits} visits", drawn),
        *summarise("demonstration months", shown),
    ]


if __name__ == "__main__":
    show(rows)
