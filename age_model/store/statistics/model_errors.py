"""The measured errors of a model, by the version stored with each visit.

Errors belong to the model that made an estimate. Those of a released model were measured on its
test photos; those of any other source, such as imported ages, are unknown.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from age_model.ages import MAX_AGE, RANGE_LEVEL
from age_model.model.prior import SHIFT_AGES, prior_weights
from age_model.release import Release, released, releases
from age_model.store.statistics.age_mix import MeasuredErrors, measure_errors

NEAREST = 300  # test photos whose errors make the range of an age
Lookup = Callable[[str], MeasuredErrors | None]


def errors(model_version: str) -> MeasuredErrors | None:
    """Return the measured errors of a model, or None if they are unknown.

    Known are the model in use, the shipped one, and those under runs/ with predictions of their
    test photos, unless another model made these predictions.

    Args:
        model_version: as stored with a visit.
    """
    for release in releases():
        if release.version == model_version and release.measured() is not False:
            try:
                return _measured(release, model_version)
            except (OSError, ValueError, LookupError, TypeError):  # damaged: as if not measured
                return None
    return None


@cache  # a version's errors never change
def _measured(release: Release, model_version: str) -> MeasuredErrors:
    """Return the errors of a released model, which is of this version."""
    return measure(release.predictions(), release.card())


def measure(photos: pd.DataFrame, card: Mapping[str, Any]) -> MeasuredErrors:
    """Return the errors of a model.

    Args:
        photos: a predictions table, of photos from the distribution of its training photos.
        card: the content of its `model.json`.

    Raises:
        LookupError, TypeError, ValueError: either is damaged.
    """
    real, predicted = photos["real_age"].to_numpy(float), photos["predicted_age"].to_numpy(float)
    widths = [(net["sigma"], net["sigma_growth"]) for net in card["training"]]
    between = tuple(card.get("prior_ages", SHIFT_AGES))
    shift = prior_weights(card.get("prior_ratio", 1.0), between)
    return measure_errors(real, predicted, widths, shift)


def usual_ranges(ages: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 90 % intervals for ages that came without: as wide as the model's errors there.

    They hold the middle 90 % of the real ages among the test photos with the nearest estimates.

    Args:
        ages: estimates of another source, shape (n,), years.

    Returns:
        Lower and upper ends, each shape (n,), years, around the ages.

    Raises:
        OSError, ValueError, LookupError: the predictions of the model in use cannot be read.
    """
    photos = released().predictions()
    real, predicted = photos["real_age"].to_numpy(float), photos["predicted_age"].to_numpy(float)
    whole = np.arange(MAX_AGE + 1)
    nearest = np.argsort(np.abs(predicted - whole[:, None]), axis=1, kind="stable")[:, :NEAREST]
    errors = (real - predicted)[nearest]
    low, high = np.quantile(errors, [(1 - RANGE_LEVEL) / 2, (1 + RANGE_LEVEL) / 2], axis=1)
    ends = (ages + np.interp(ages, whole, end) for end in (np.minimum(low, 0), np.maximum(high, 0)))
    below, above = (np.clip(end, 0, MAX_AGE) for end in ends)
    return below, above
