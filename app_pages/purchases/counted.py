"""What the parts of the page Who buys what are about."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app_pages.widgets.store import Chosen

if TYPE_CHECKING:
    from age_model.store.statistics.band_weights import BandModel


@dataclass(frozen=True)
class Counted:
    """The chosen visits, how they count towards age bands, and the sign of the currency."""

    chosen: Chosen
    model: "BandModel"
    unit: str
