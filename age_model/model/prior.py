"""How frequent ages are where a model is used, beside its training data."""

import numpy as np

from age_model.ages import AGE_BINS

# Between these ages, years, the weights of a new model's prior shift change from 1 to its ratio.
SHIFT_AGES = (13, 35)


def prior_weights(ratio: float, between: tuple[float, float] = SHIFT_AGES) -> np.ndarray:
    """Return how much more frequent each age is, shape (AGE_BINS,).

    Args:
        ratio: above 0.
        between: two ages, years, rising: up to the first one it is 1, from the second one `ratio`,
            geometrically between.
    """
    first, last = between
    share = (np.arange(AGE_BINS).clip(first, last) - first) / (last - first)
    weights: np.ndarray = ratio**share
    return weights
