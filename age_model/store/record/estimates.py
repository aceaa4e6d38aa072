"""From predicted distributions to the estimate of a visit."""

from collections.abc import Sequence

import numpy as np

from age_model.ages import CLEARLY_ADULT
from age_model.model.age_model import AgeModel
from age_model.predict.person import average_age, mean_distribution
from age_model.store.record.add_visit import Estimate


def estimate_from(model: AgeModel, distributions: Sequence[np.ndarray]) -> Estimate:
    """Return the estimate from one or several pictures of a buyer.

    Args:
        model: that predicted the distributions.
        distributions: at least one, each of shape (AGE_BINS,), summing to 1.
    """
    mean = mean_distribution(distributions)
    under_25 = model.probability_under(mean, CLEARLY_ADULT).item()
    average = average_age(model, distributions)
    return Estimate(*average, under_25, mean[0].numpy(), model.version)
