"""Figures and file names as the pages say them."""

import math
import re

from age_model.decision import Aged, cannot_tell


def plain(text: str) -> str:
    """Return text such as a file name so that Markdown shows it as it is.

    >>> print(plain("IMG_01 (2).jpg"))
    IMG\\_01 \\(2\\)\\.jpg
    """
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def whole_years(age: float) -> int:
    """Round an age, by way of the tenths in the downloads, so that every place shows one number.

    >>> whole_years(25.46)
    26
    """
    return math.floor(round(age, 1) + 0.5)


def age_in_words(age: float) -> str:
    """Return an age in years as one says it.

    >>> age_in_words(31.7), age_in_words(1.2), age_in_words(0.3)
    ('32 years', '1 year', 'Under 1 year')
    """
    years = whole_years(age)
    if years == 0:
        return "Under 1 year"
    return "1 year" if years == 1 else f"{years} years"


def estimate_in_words(face: Aged) -> str:
    """Return an estimated age as one says it, unless its range is so wide that it says nothing."""
    return "Cannot tell" if cannot_tell(face) else age_in_words(face.age)


def interval_in_words(low: float, high: float) -> str:
    """Return a 90 % interval of ages in years as one says it.

    >>> interval_in_words(27.2, 37.9)
    'Between 27 and 38, nine times in ten'
    """
    return f"Between {whole_years(low)} and {whole_years(high)}, nine times in ten"


def range_in_words(low: float, high: float) -> str:
    """Return a range of ages in years for where there is little room.

    >>> range_in_words(27.2, 37.9)
    '27 to 38 years'
    """
    return f"{whole_years(low)} to {age_in_words(whole_years(high))}"


def count_in_words(count: int, one: str, many: str) -> str:
    """Return a number of things.

    >>> count_in_words(1, "face", "faces"), count_in_words(1200, "face", "faces")
    ('1 face', '1,200 faces')
    """
    return f"{count:,} {one if count == 1 else many}"


def time_left_in_words(seconds: float) -> str:
    """Return a time left, no more exactly than it can be foretold.

    >>> time_left_in_words(4), time_left_in_words(32), time_left_in_words(100)
    ('a few seconds left', 'about 40 seconds left', 'about 2 minutes left')
    """
    if seconds < 10:
        return "a few seconds left"
    if seconds < 60:
        return f"about {math.ceil(seconds / 10) * 10} seconds left"
    return f"about {count_in_words(round(seconds / 60), 'minute', 'minutes')} left"
