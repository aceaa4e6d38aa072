"""How well are the true shares of age bands recovered, of visits, spend and one product?

    python -m benchmarks.store_shares

Each shop has a random age mix. Its visitors are one half of the test photos; the model's errors
are measured on the other half, so that nothing is known about the visitors' own photos. The same is
then done with unmeasured errors, and with demonstration months. Reports for each way of counting
the mean absolute error of a band's share in percentage points, with a 95 % interval over shops, and
the coverage of the intervals.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from age_model.evaluation.metrics import wilson
from age_model.store.analysis.purchases import rows_of_lines, spend_of_visits
from age_model.store.demo.month import demo_month
from age_model.store.record.read import StoreTables
from age_model.store.statistics.age_bands import DEFAULT_BANDS
from age_model.store.statistics.band_weights import fit_bands, totals
from age_model.store.statistics.model_errors import Lookup, errors
from age_model.store.statistics.population import population_of
from benchmarks.report import Row, show
from tests.support.store_shops import (
    MODEL_VERSION,
    draw_shop,
    errors_of,
    one_hot,
    photos_of_halves,
    random_mix,
    with_purchases,
)

SHOPS = 30
VISITS = 8000
MONTHS = 6
MONTH_VISITS = 60_000
PRICE = 20.0
PRODUCTS = ("Thing", "Energy drink")  # of drawn shops, of demonstration months

Errors = dict[tuple[str, str], list[float]]


def measure(
    tables: StoreTables, ages: np.ndarray, measured: Lookup, found: Errors, held: list[bool]
) -> None:
    """Add the errors of one shop, by way and quantity, and whether intervals contain the truth."""
    bands = DEFAULT_BANDS
    estimates = tables.visits["age"].to_numpy()
    model = fit_bands(population_of(tables.visits, tables.distributions, measured), bands)
    ways = {
        "estimates": one_hot(estimates, bands),
        "distributions added up": bands.sums(tables.distributions),
        "this": model.weights,
        "truth": one_hot(ages, bands),
    }
    rows = rows_of_lines(tables.visits, tables.lines)
    has = np.bincount(
        rows[(rows >= 0) & tables.lines["product"].isin(PRODUCTS).to_numpy()],
        minlength=len(ages),
    )
    brought = {"visits": np.ones(len(ages)), "spend": spend_of_visits(tables), "product": has}
    for quantity, values in brought.items():
        shares = {way: _share(weights, values) for way, weights in ways.items()}
        for way in list(ways)[:-1]:
            found[way, quantity].append(100 * float(np.abs(shares[way] - shares["truth"]).mean()))
        if quantity != "product":
            low, high = totals(model, values).shares().interval()
            held += ((low[:, 0] <= shares["truth"]) & (shares["truth"] <= high[:, 0])).tolist()


def _share(weights: np.ndarray, values: np.ndarray) -> np.ndarray:
    total = np.maximum(weights.T @ values, 0)
    return total / total.sum()


def table(title: str, found: Errors, held: list[bool]) -> list[Row]:
    """Return the results, a row for each quantity and way of counting."""
    low, high = wilson(sum(held), len(held))
    holding = f"{np.mean(held):.1%} of {len(held)} ({low:.1%} to {high:.1%})"
    rows = []
    for (way, quantity), off in sorted(found.items(), key=lambda entry: entry[0][::-1]):
        random = np.random.default_rng(0)
        means = random.choice(off, (2000, len(off))).mean(axis=1)
        low, high = np.quantile(means, [0.025, 0.975])
        rows.append(
            {
                "shops": title,
                "n": f"{len(off)}",
                "share of": quantity,
                "counted by": way,
                "points off, mean": f"{np.mean(off):.2f} ({low:.2f} to {high:.2f})",
                "intervals that hold": holding if way == "this" and quantity != "product" else "–",
            }
        )
    return rows


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Measure on drawn shops and on demonstration months."""
    shops, months, visits = (1, 1, 1000) if miniature else (SHOPS, MONTHS, VISITS)
    measured: list[Row] = []
    for way in ("measured on other photos", "unknown"):
        found: Errors = defaultdict(list)
        held: list[bool] = []
        for seed in range(shops):
            random = np.random.default_rng(seed)
            mine, theirs = photos_of_halves(seed)
            shop = draw_shop(theirs, random_mix(random), visits, seed)
            by_band = random.uniform(0.02, 0.4, len(DEFAULT_BANDS))
            shop = with_purchases(shop, by_band[DEFAULT_BANDS.of(shop.ages)], PRICE, seed)
            known = {MODEL_VERSION: errors_of(mine)} if way != "unknown" else {}
            measure(shop.tables, shop.ages, known.get, found, held)
        measured += table(f"drawn, {visits} visits, errors {way}", found, held)
    found, held = defaultdict(list), []
    for seed in range(months):
        tables, truth = demo_month(seed, visits if miniature else MONTH_VISITS)
        measure(tables, truth["true_age"].to_numpy(), errors, found, held)
    return measured + table("demonstration months", found, held)


if __name__ == "__main__":
    show(rows)
