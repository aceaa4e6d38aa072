"""Every age that is a constant, and how ages are rounded."""

import math

MAX_AGE = 116  # years; the oldest label of UTKFace
AGE_BINS = MAX_AGE + 1  # one bin a year, bin i = age i
LEGAL_AGE = 18  # years: for buying alcohol
CHALLENGE_AGE = 25  # years: who looks younger is asked, though 18 may buy ("Challenge 25")
CLEARLY_ADULT = 25  # years: who is that old should not be asked
YOUNGEST_BUYER = 14  # years: younger children never pass for 18, and would flatter a gate's metrics
YOUNG_ADULTS_UNTIL = 35  # years: adults from CLEARLY_ADULT to below this are asked most often
AGE_LIMITS = (LEGAL_AGE, CLEARLY_ADULT)  # the probabilities of being younger are calibrated
RANGE_LEVEL = 0.9  # share of real ages that should lie in the range shown with an estimate


def under_column(age: int) -> str:
    """Name the probability of being younger than one of `AGE_LIMITS`, in tables and records.

    >>> under_column(LEGAL_AGE)
    'p_under_18'
    """
    return f"p_under_{age}"


def level_name(level: float) -> str:
    """Return the name of a level in `model.json` and `metrics.json`: 0.9 is "90"."""
    return f"{100 * level:.0f}"


def whole_years(age: float) -> int:
    """Round an age, first to the tenths of the downloads, so that all places show the same number.

    >>> whole_years(25.46)
    26
    """
    return math.floor(round(age, 1) + 0.5)


def years_lived(age: float) -> int:
    """Round the lower end of a range down, as people count: who is 17.9 is not yet 18.

    >>> years_lived(17.92), years_lived(17.98)
    (17, 18)
    """
    return math.floor(round(age, 1))


CHALLENGE_AGES = range(LEGAL_AGE, 36)
OLDEST_CHALLENGE_AGE = 40  # years, that a store may choose
