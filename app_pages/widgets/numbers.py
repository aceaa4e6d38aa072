"""Numbers as pages write them: years, percentages, intervals."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from age_model.i18n.translate import number, tr


def in_years(value: float) -> str:
    """Return an error in years with two decimals and the unit."""
    return tr("{years} years").format(years=number(value, ".2f"))


def percent(share: float, digits: int = 0) -> str:
    """Return a share from 0 to 1 in per cent, in the reader's format.

    >>> percent(0.875), percent(0.875, 1)
    ('88%', '87.5%')
    """
    return number(share, f".{digits}%")


def small_percent(share: float) -> str:
    """Return a share in per cent with one decimal; one that is not 0 is never shown as 0.

    >>> small_percent(0.012), small_percent(0.00004)
    ('1.2%', 'below 0.1%')
    """
    least = 0.001
    if share < least:
        return tr("below {share}").format(share=percent(least, 1))
    return percent(share, 1)


def signed(years: float) -> str:
    """Return a signed error in years with two decimals."""
    return number(years, "+.2f")


def interval(low: float, high: float, sign: str = "") -> str:
    """Return a 95 % interval in years as text; `sign` is "+" for signed numbers."""
    ends = (number(end, f"{sign}.2f") for end in (low, high))
    return tr("95%: {low} to {high}").format(**dict(zip(("low", "high"), ends, strict=True)))


def bias_interval(low: float, high: float) -> str:
    """Return the 95 % interval of a bias beside "too old" or "too young", in years, as text.

    >>> bias_interval(-0.74, -0.38), bias_interval(-0.1, 0.3)
    ('95%: 0.38 to 0.74', '95%: 0.10 too young to 0.30 too old')
    """
    if low * high >= 0:
        nearer, further = sorted((abs(low), abs(high)))
        return interval(nearer, further)
    return tr("95%: {young} too young to {old} too old").format(
        young=number(-low, ".2f"), old=number(high, ".2f")
    )


def share_interval(metrics: dict[str, Any], name: str) -> str:
    """Return the 95 % interval of a share from `metrics.share`, as text."""
    low, high = metrics[f"{name}_low"], metrics[f"{name}_high"]
    return tr("95%: {low} to {high}").format(low=number(low * 100, ".1f"), high=percent(high, 1))


def written(table: pd.DataFrame, forms: Mapping[str, str]) -> Styler:
    """Return a table whose numbers are formatted by `number`, but sorted by value.

    Args:
        table: to show.
        forms: of the columns with numbers, each as for `number`.
    """
    formats = {column: partial(number, form=form) for column, form in forms.items()}
    return table.style.format(formats, na_rep="–")


def in_words(bands: pd.DataFrame, column: str, form: str) -> str:
    """Return each band with its value, as a sentence for screen readers."""
    return ", ".join(
        f"{band} {number(value, form)}"
        for band, value in zip(bands["band"], bands[column], strict=True)
    )
