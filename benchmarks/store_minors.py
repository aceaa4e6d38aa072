"""How often does the number of minors served unasked lie in its interval?

    python -m benchmarks.store_minors

Buyers of alcohol are one half of the test photos; the model's errors are measured on the other one.
There are as many buyers of an age under 18 as a smooth age mix has, a quarter of that, or none.
Reports the true and the estimated number, and the coverage of the intervals over months.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from age_model.ages import CHALLENGE_AGE, LEGAL_AGE, MAX_AGE
from age_model.evaluation.metrics import wilson
from age_model.store.analysis.alcohol import AlcoholSales, minor_chances, minors_unasked
from age_model.store.statistics.age_mix import MeasuredErrors
from age_model.store.statistics.population import Population
from age_model.store.statistics.spread import spread
from benchmarks.report import Row, show
from tests.support.store_shops import draw_ages, errors_of, photos_of_halves

MONTHS = 20
HALVES = 5
SALES = 7000
ALIKE = 50  # photos for an age
ASKS, ASKS_OTHERS = 0.9, 0.03


def estimates_of(ages: np.ndarray, photos: pd.DataFrame, random: np.random.Generator) -> np.ndarray:
    """Return estimate and ends of the range of a photo of about each age, shape (n, 3), years."""
    real = photos["real_age"].to_numpy()
    known = photos[["predicted_age", "age_low", "age_high"]].to_numpy()
    present, which = np.unique(ages, return_inverse=True)
    alike = np.stack([np.argsort(abs(real - age), kind="stable")[:ALIKE] for age in present])
    moved = (known[alike] + (present[:, None] - real[alike])[..., None]).clip(0, MAX_AGE)
    return moved[which, random.integers(ALIKE, size=len(ages))]


def measure(
    under_age: float, peak: float, halves: list[tuple[MeasuredErrors, pd.DataFrame]], month: int
) -> tuple[int, dict[str, float]]:
    """Return the true number of minors served unasked in a month, and `minors_unasked`."""
    random = np.random.default_rng([month, int(100 * under_age), int(peak)])
    errors, photos = halves[month % len(halves)]
    ages = draw_ages(under_age, peak, SALES, random)
    age, low, high = estimates_of(ages, photos, random).T
    asked = random.random(SALES) < np.where(age < CHALLENGE_AGE, ASKS, ASKS_OTHERS)
    chances, odds = minor_chances(Population.of_one(age, spread(age, low, high), errors))
    table = pd.DataFrame({"recorded": True, "asked": asked, "p_minor": chances})
    return int(((ages < LEGAL_AGE) & ~asked).sum()), minors_unasked(AlcoholSales(table, odds))


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Measure for mixes with and without a jump at the legal age."""
    months = 2 if miniature else MONTHS
    parts = [photos_of_halves(seed) for seed in range(HALVES)]
    halves = [(errors_of(mine), theirs) for mine, theirs in parts]
    rows = []
    for under_age in (1.0,) if miniature else (0.0, 0.25, 1.0):
        for peak in (28, 42):
            found = [measure(under_age, peak, halves, month) for month in range(months)]
            true = np.array([minors for minors, _ in found])
            held = sum(one["minors_low"] <= minors <= one["minors_high"] for minors, one in found)
            low, high = wilson(held, months)
            estimated = np.mean([figures["minors"] for _, figures in found])
            rows.append(
                {
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
