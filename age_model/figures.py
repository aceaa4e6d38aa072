"""How reports, README and model card write a figure with its interval: in the reader's language."""

import re
from collections.abc import Mapping
from typing import Any

from age_model.language import number, tr


def with_interval(figures: Mapping[str, Any], name: str, form: str = ".2f") -> str:
    """Return a figure and its 95 % interval as text; "–" for a figure of nothing (None).

    Args:
        figures: holds the figure as `name`, the ends as `name_low` and `name_high`.
        name: of the figure.
        form: a format such as "+.2f" or "6.1%"; a width is that of the figure alone.

    >>> with_interval({"mae": 4.567, "mae_low": 4.4, "mae_high": 4.75}, "mae")
    '4.57 (4.40 to 4.75)'
    >>> with_interval({"bias": 1, "bias_low": -0.5, "bias_high": 2.5}, "bias", "+6.1f")
    '  +1.0 (−0.5 to +2.5)'
    """
    value, low, high = (figures[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "–"
    bare = re.sub(r"\d+(?=\.)", "", form)
    return f"{number(value, form)} ({from_to(number(low, bare), number(high, bare))})"


def from_to(low: str, high: str) -> str:
    """Return the ends of an interval as text."""
    return tr("{low} to {high}").format(low=low, high=high)
