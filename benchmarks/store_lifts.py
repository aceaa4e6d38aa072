"""How many of the 95 % intervals of lifts hold the true lift?

    python -m benchmarks.store_lifts [SHOPS]

Shops are drawn as in benchmarks/store_shares.py. Products are bought with a chance that differs
from band to band, or that changes smoothly with the age. The true lift is that of the chances of
the visitors' real ages. Prints how many intervals hold it, with a 95 % interval over shops, and of
the products that nobody likes more than others how many are said to differ.
"""

import sys

import numpy as np
import pandas as pd

from age_model.ages import AGE_BINS
from age_model.store.bands import DEFAULT_BANDS
from age_model.store.counting import fit_bands
from age_model.store.products import lifts
from age_model.store.tables import StoreTables
from benchmarks.store_shares import random_mix
from benchmarks.store_shops import draw_shop, errors_of, photos_of_halves

SHOPS = 20
VISITS = 8000
PRODUCTS = 12  # of each kind
KINDS = ("by band", "smooth", "flat")


def chances_of(kind: str, random: np.random.Generator) -> np.ndarray:
    """Return with which chance people of each age buy each product, (`PRODUCTS`, AGE_BINS)."""
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
    """Return visits that buy each product with its chance, shape (n, products)."""
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
    return StoreTables(tables.visits, tables.distributions, lines, tables.checks)


def measure(seed: int) -> pd.DataFrame:
    """Return the lifts of one shop with `kind`, `true` and whether the interval `holds` it."""
    random = np.random.default_rng([seed, 5])
    mine, theirs = photos_of_halves(seed)
    shop = draw_shop(theirs, random_mix(random), VISITS, seed)
    by_age = np.concatenate([chances_of(kind, random) for kind in KINDS])
    chances = by_age[:, shop.ages.astype(int)].T
    tables = bought(shop.tables, chances, random)
    estimates = tables.visits["age"].to_numpy()
    model = fit_bands(estimates, tables.distributions, errors_of(mine), DEFAULT_BANDS)
    of_band = np.eye(len(DEFAULT_BANDS))[DEFAULT_BANDS.of(shop.ages)]
    true = (of_band.T @ chances) / of_band.sum(axis=0)[:, None] / chances.mean(axis=0)
    table = lifts(tables, model, "product")
    item = table["item"].astype(int).to_numpy()
    table["kind"] = np.array(KINDS)[item // PRODUCTS]
    table["true"] = true[table["band"].map(DEFAULT_BANDS.names.index), item]
    return table.assign(
        shop=seed, holds=table["true"].between(table["lift_low"], table["lift_high"])
    )


def main(shops: int) -> None:
    """Measure on drawn shops."""
    table = pd.concat([measure(seed) for seed in range(shops)])
    print(f"{shops} shops of {VISITS} visits: intervals of lifts that hold the true one")
    for by in ("kind", "band"):
        for name, rows in table.groupby(by):
            share = rows.groupby("shop")["holds"].mean()
            drawn = np.random.default_rng(0).choice(share, (2000, len(share))).mean(axis=1)
            low, high = np.quantile(drawn, [0.025, 0.975])
            print(f"  {name:8} {share.mean():.1%} of {len(rows)} ({low:.1%} to {high:.1%})")
    flat = table[table["kind"] == "flat"]
    print(f"  of flat ones said to differ: {flat['differs'].mean():.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SHOPS)
