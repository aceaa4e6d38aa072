"""The measured errors of a model, by the version stored with each visit.

Errors belong to the model that made an estimate. Those of a released model were measured on its
test photos; those of any other source, such as imported ages, are unknown.
"""

from collections.abc import Callable
from functools import cache

from age_model.release import Release, releases
from age_model.store.statistics.age_mix import MeasuredErrors, measure_errors

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
    photos = release.predictions()
    real, predicted = photos["real_age"].to_numpy(float), photos["predicted_age"].to_numpy(float)
    widths = [(net["sigma"], net["sigma_growth"]) for net in release.card()["training"]]
    return measure_errors(real, predicted, widths)
