"""What is known of a model's errors, by the version that each visit remembers.

Errors belong to the model that made an estimate. Those of a released model were measured on its
test photos; those of any other source, ages from elsewhere among them, are not known.
"""

from collections.abc import Callable
from functools import cache

from age_model.release import Release, releases
from age_model.store.statistics.age_mix import MeasuredErrors, measure_errors

Lookup = Callable[[str], MeasuredErrors | None]


def errors(model_version: str) -> MeasuredErrors | None:
    """Return the measured errors of a model, or None where nobody has measured them.

    Known are the model in use, the one that ships, and those under runs/ whose test photos were
    predicted.

    Args:
        model_version: as a visit remembers it.
    """
    for release in releases():
        if release.version == model_version:
            try:
                return _measured(release, model_version)
            except (OSError, ValueError, LookupError, TypeError):  # damaged: as if not measured
                return None
    return None


@cache  # a version's errors stay what they are
def _measured(release: Release, model_version: str) -> MeasuredErrors:
    """Return the errors of a released model, which is of this version."""
    photos = release.predictions()
    real, predicted = photos["real_age"].to_numpy(float), photos["predicted_age"].to_numpy(float)
    widths = [(net["sigma"], net["sigma_growth"]) for net in release.card()["training"]]
    return measure_errors(real, predicted, widths)
