"""How much wider intervals must be where nobody measured the errors of what estimated the ages.

    python -m age_model evaluate --data-dir DATA --split valid --out valid.csv
    python -m recipes.unknown_errors valid.csv

Shops are drawn from the predictions of validation photos, so that no test photo has a say, and
counted as if their ages came from an unknown source: as the model estimated them, and all 3 years
too low and too high. For each pair of `WIDER_DOUBTS` and `BAND_DOUBT` gives how many of 100
intervals of a band's share hold the true share, for each shift and in all, and how wide they are.
Chosen is the pair with the narrowest intervals of those with which 95 in 100 of all hold.
"""

import argparse
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from age_model.ages import MAX_AGE
from age_model.evaluation.metrics import wilson
from age_model.store.statistics.age_bands import DEFAULT_BANDS
from age_model.store.statistics.band_weights import (
    BAND_DOUBT,
    LEVEL,
    WIDER_DOUBTS,
    fit_bands,
    totals,
)
from age_model.store.statistics.population import population_of
from tests.support.store_shops import draw_shop, one_hot, random_mix

SHOPS, VISITS = 20, 8000
SHIFTS = (0, -3, 3)  # years
PAIRS = tuple(product((1.0, 1.5, 2.0, 2.5, 3.0), (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)))
WIDER = ("doubts", "bands")
AGES = ["predicted_age", "age_low", "age_high"]


def measure(photos: pd.DataFrame, shops: int, visits: int) -> pd.DataFrame:
    """Return a row for each shop, shift, pair and band: whether its interval holds, and its width.

    Args:
        photos: a predictions table.
        shops: to draw.
        visits: of each.
    """
    found = []
    for seed in range(shops):
        mix = random_mix(np.random.default_rng(seed))
        for shift in SHIFTS:
            moved = photos.assign(**(photos[AGES] + shift).clip(0, MAX_AGE))
            shop = draw_shop(moved, mix, visits, seed)
            truth = one_hot(shop.ages, DEFAULT_BANDS).mean(axis=0)
            population = population_of(
                shop.tables.visits, shop.tables.distributions, lambda _: None
            )
            model = fit_bands(population, DEFAULT_BANDS)
            for pair in PAIRS:
                counted = totals(model, np.ones(visits), wider=pair)
                low, high = (end[:, 0] for end in counted.shares().interval())
                held = (low <= truth) & (truth <= high)
                names = dict(zip(WIDER, pair, strict=True))
                found.append(
                    pd.DataFrame({"shift": shift, "held": held, "points": high - low, **names})
                )
    return pd.concat(found, ignore_index=True)


def summarise(found: pd.DataFrame) -> pd.DataFrame:
    """Return a row a pair: n, shares of intervals that hold with that of all, and their width."""
    rows = []
    for pair, part in found.groupby(list(WIDER)):
        low, high = wilson(int(part["held"].sum()), len(part))
        by_shift = part.groupby("shift")["held"].mean()
        rows.append(
            {
                **dict(zip(WIDER, pair, strict=True)),
                "n": len(part),
                **{f"{shift:+d} years": f"{by_shift[shift]:.1%}" for shift in SHIFTS},
                "all": part["held"].mean(),
                "interval": f"{low:.1%} to {high:.1%}",
                "points wide": 100 * part["points"].mean(),
            }
        )
    return pd.DataFrame(rows)


def chosen(summary: pd.DataFrame) -> tuple[float, float]:
    """Return the pair with the narrowest intervals of which enough hold.

    Raises:
        ValueError: there is none.
    """
    enough = summary[summary["all"] >= LEVEL]
    if enough.empty:
        raise ValueError("with no pair enough intervals hold")
    doubts, bands = enough.loc[enough["points wide"].idxmin(), list(WIDER)]
    return float(doubts), float(bands)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, and which pair it speaks for."""
    parser = argparse.ArgumentParser(prog="python -m recipes.unknown_errors", description=__doc__)
    parser.add_argument("predictions", type=Path, help="table of validation photos")
    parser.add_argument("--shops", type=int, default=SHOPS, help="to draw")
    parser.add_argument("--visits", type=int, default=VISITS, help="of each")
    args = parser.parse_args(arguments)
    photos = pd.read_csv(args.predictions)
    if set(photos["split"]) != {"valid"}:
        parser.error(f"{args.predictions} holds other photos than validation photos")
    summary = summarise(measure(photos, args.shops, args.visits))
    forms = {"all": "{:.1%}".format, "points wide": "{:.1f}".format}
    print(summary.to_string(index=False, formatters=forms))
    print("Enough: {:g} and {:g}; ".format(*chosen(summary)), end="")
    print(f"in use: {WIDER_DOUBTS:g} and {BAND_DOUBT:g}")


if __name__ == "__main__":
    main()
