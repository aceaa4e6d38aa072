"""The shipped model's estimates for buyers of known age, taken from its test photos."""

from typing import NamedTuple

import numpy as np

from age_model.ages import CLEARLY_ADULT, LEGAL_AGE, MAX_AGE
from age_model.release import released
from age_model.store.statistics.spread import share_under, spread

ALIKE = 100  # test photos for an age; some ages have only a few


class Estimates(NamedTuple):
    """Estimates of n buyers: years, probabilities, and distributions of shape (n, AGE_BINS)."""

    age: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_under_18: np.ndarray
    p_under_25: np.ndarray
    distributions: np.ndarray


def photos_like(ages: np.ndarray, rng: np.random.Generator) -> Estimates:
    """Draw an estimate for each buyer from the test photos nearest in age.

    A photo's estimate and range are shifted by the difference between the two real ages, so that
    the error and the width of the range are the measured ones. Distributions are not stored with
    the predictions; they are interpolated through the estimate and the ends of the range.

    Args:
        ages: real, whole years, shape (n,).
        rng: random numbers.
    """
    # Shuffled: the file is sorted by gender and ethnicity, and common ages have photos to spare.
    photos = released().predictions().sample(frac=1, random_state=0)
    real = photos["real_age"].to_numpy()
    known = photos[["predicted_age", "age_low", "age_high"]].to_numpy()
    present, which = np.unique(ages, return_inverse=True)
    # One row for each photo of an age: ages x ALIKE of them.
    alike = np.stack([np.argsort(abs(real - age), kind="stable")[:ALIKE] for age in present])
    moved = known[alike] + (present[:, None] - real[alike])[..., None]
    age, low, high = moved.clip(0, MAX_AGE).reshape(-1, 3).T
    distributions = spread(age, low, high)
    drawn = which * ALIKE + rng.integers(ALIKE, size=len(ages))
    return Estimates(
        age[drawn],
        low[drawn],
        high[drawn],
        share_under(distributions, LEGAL_AGE)[drawn],
        share_under(distributions, CLEARLY_ADULT)[drawn],
        distributions[drawn],
    )
