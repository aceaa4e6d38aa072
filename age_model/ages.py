"""Ages, for code that does without the network: their span, and how they are rounded."""

import math

MAX_AGE = 116  # years; the oldest label of UTKFace
AGE_BINS = MAX_AGE + 1  # one bin a year, bin i = age i
AGE_LIMITS = (18, 25)  # years; the probabilities of being younger are calibrated


def whole_years(age: float) -> int:
    """Round an age, by way of the tenths in the downloads, so that every place shows one number.

    >>> whole_years(25.46)
    26
    """
    return math.floor(round(age, 1) + 0.5)
