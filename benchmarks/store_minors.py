"""How often does the number of minors served unasked lie in its interval?

    python -m benchmarks.store_minors

Buyers of alcohol are one half of the test photos; the model's errors are measured on the other one.
There are as many buyers of an age under 18 as a smooth age mix has, a quarter of that, or none.
Cashiers ask nine of ten whom they should, and three of a hundred others: by the challenge age, or
by the usual rule of the till, which also looks at the probability of being under 18.
Reports the true and the estimated number, and the coverage of the intervals over months.
"""

from collections.abc import Sequence
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from age_model.ages import CHALLENGE_AGE, LEGAL_AGE
from age_model.evaluation.metrics import wilson
from age_model.predict.id_rule import AskRule
from age_model.store.analysis.alcohol import AlcoholSales, minors_unasked
from age_model.store.reports.gather import fitted_now
from age_model.store.statistics.age_mix import MeasuredErrors
from age_model.store.statistics.under_limit import under_limit
from benchmarks.report import Row, show
from tests.support.store_shops import MODEL_VERSION, draw_ages, errors_of, photos_of_halves

MONTHS = 20
HALVES = 5
SALES = 7000
FEW = 3  # photos of an age: with no more, those of a year more or less stand in
ASKS, ASKS_OTHERS = 0.9, 0.03


def photos_of(ages: np.ndarray, photos: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """Draw a photo of each age, years; of a rare age, also of the next ones on its side of 18."""
    photos = photos.sort_values("real_age", kind="stable", ignore_index=True)
    real = photos["real_age"].to_numpy()
    adults, minors = np.searchsorted(real, LEGAL_AGE), ages < LEGAL_AGE

    def within(years: float) -> tuple[np.ndarray, np.ndarray]:
        first, last = (np.searchsorted(real, ages + side) for side in (-years, years))
        return (
            np.where(minors, first, np.maximum(first, adults)),
            np.where(minors, np.minimum(last, adults), last),
        )

    (first, last), far = within(0.5), within(1.5)
    few = last - first < FEW
    first, last = np.where(few, far[0], first), np.where(few, far[1], last)
    drawn = (first + random.random(len(ages)) * (last - first)).astype(int)
    return photos.iloc[drawn.clip(max=len(real) - 1)].reset_index(drop=True)


def measure(
    under_age: float,
    peak: float,
    rule: AskRule,
    halves: list[tuple[MeasuredErrors, pd.DataFrame]],
    month: int,
) -> tuple[int, dict[str, float]]:
    """Return the true number of minors served unasked in a month, and `minors_unasked`."""
    random = np.random.default_rng([month, int(100 * under_age), int(peak)])
    errors, photos = halves[month % len(halves)]
    buyers = photos_of(draw_ages(under_age, peak, SALES, random), photos, random)
    buyers = buyers.rename(columns={"predicted_age": "age"}).assign(
        model_version=pd.Categorical([MODEL_VERSION] * SALES)
    )
    asked = random.random(SALES) < np.where(rule.finds_young(buyers), ASKS, ASKS_OTHERS)
    found = under_limit(buyers, lambda _: errors, LEGAL_AGE)
    table = pd.DataFrame(
        {"recorded": True, "asked": asked, "p_minor": found.chances, "cell": found.cell}
    )
    unasked = (buyers["real_age"] < LEGAL_AGE).to_numpy() & ~asked
    return int(unasked.sum()), minors_unasked(AlcoholSales(table, found.odds))


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Measure for mixes with and without a jump at the legal age."""
    months = 2 if miniature else MONTHS
    parts = [photos_of_halves(seed) for seed in range(HALVES)]
    halves = [(errors_of(mine), theirs) for mine, theirs in parts]
    rules = {"challenge age": AskRule(CHALLENGE_AGE), "usual rule": fitted_now().rule}
    rows = []
    shops = product(rules, (1.0,) if miniature else (0.0, 0.25, 1.0), (28, 42))
    for name, under_age, peak in shops:
        of_month = partial(measure, under_age, peak, rules[name], halves)
        found = [of_month(month) for month in range(months)]
        true = np.array([minors for minors, _ in found])
        held = sum(one["minors_low"] <= minors <= one["minors_high"] for minors, one in found)
        low, high = wilson(held, months)
        estimated = np.mean([figures["minors"] for _, figures in found])
        rows.append(
            {
                "cashiers ask by": name,
                "under 18, beside a smooth mix": f"{under_age} times",
                "commonest age": f"{peak} years",
                "true, mean a month": f"{true.mean():.1f}",
                "estimated": f"{estimated:.1f}",
                "intervals that hold (n)": f"{held} of {months} ({low:.0%} to {high:.0%})",
            }
        )
    return rows


if __name__ == "__main__":
    show(rows)
