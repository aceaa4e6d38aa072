"""Ages that are constants, how ages are rounded, and how what is said of them is named."""

import math

MAX_AGE = 116  # years; the oldest label of UTKFace
AGE_BINS = MAX_AGE + 1  # one bin a year, bin i = age i
LEGAL_AGE = 18  # years: of buying alcohol
CHALLENGE_AGE = 25  # years: who looks younger is asked, though 18 may buy ("Challenge 25")
CLEARLY_ADULT = 25  # years: who is that old should not be asked
AGE_LIMITS = (LEGAL_AGE, CLEARLY_ADULT)  # the probabilities of being younger are calibrated
RANGE_LEVEL = 0.9  # share of real ages that shall lie in the range shown with an estimate


def under_column(age: int) -> str:
    """Name the probability of being younger than one of `AGE_LIMITS`, in tables and records.

    >>> under_column(LEGAL_AGE)
    'p_under_18'
    """
    return f"p_under_{age}"


def whole_years(age: float) -> int:
    """Round an age, by way of the tenths in the downloads, so that every place shows one number.

    >>> whole_years(25.46)
    26
    """
    return math.floor(round(age, 1) + 0.5)
