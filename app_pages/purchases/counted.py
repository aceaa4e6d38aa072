"""What the parts of the page Who buys what are about."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from age_model.i18n.translate import number, tr
from app_pages.widgets.kept import kept
from app_pages.widgets.store import Chosen

if TYPE_CHECKING:
    from age_model.store.analysis import purchases


@dataclass(frozen=True)
class Counted:
    """The chosen visits, how they count towards age bands, and the sign of the currency."""

    chosen: Chosen
    model: "purchases.Counted"
    unit: str


def lifts_of(counted: Counted, kind: str) -> pd.DataFrame:
    """Return `products.lifts` of all bands, which two parts of the page show.

    Args:
        counted: the visits.
        kind: "product" or "category".
    """
    return _lifts(counted, kind, (counted.chosen.key, counted.model.bands.starts))


def times_in_words(items: "pd.Series[str]", times: "pd.Series[float]") -> str:
    """Return how many times as often each item is bought, for who does not see the chart."""
    text = tr("{item} {times} times as often")
    return ", ".join(
        text.format(item=item, times=number(often, ".1f"))
        for item, often in zip(items, times, strict=True)
    )


@kept
def _lifts(_counted: Counted, kind: str, key: tuple[object, ...]) -> pd.DataFrame:
    from age_model.store.analysis.products import lifts

    return lifts(_counted.chosen.tables, _counted.model, kind)
