"""Prediction intervals: quantiles of a predicted distribution, corrected by measured errors."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from age_model.ages import MAX_AGE, RANGE_LEVEL
from age_model.model.distributions import age_quantile

LEVELS = (0.8, RANGE_LEVEL)


@dataclass(frozen=True)
class CorrectedInterval:
    """Turns an age distribution into the interval of one level.

    Each end is moved outwards by a correction times the width between the quantiles, so that an
    uncertain prediction is widened more; a negative correction narrows it.

    Attributes:
        quantiles: levels of the quantiles that the interval starts from.
        edges: predicted ages between the bands, rising, years; an edge belongs to the band above.
        corrections: one a band, as a share of the width; one more than there are edges.

    Raises:
        ValueError: if the numbers of edges and corrections do not fit, or are no numbers.
    """

    quantiles: tuple[float, float]
    edges: tuple[float, ...] = ()
    corrections: tuple[float, ...] = (0.0,)

    def __post_init__(self) -> None:
        low, high = self.quantiles
        if not 0 < low < high < 1:
            raise ValueError(f"quantiles {low} and {high} do not lie from 0 to 1, in their order")
        if not all(map(math.isfinite, self.edges + self.corrections)):
            raise ValueError("an edge or a correction is no number")
        if list(self.edges) != sorted(self.edges):
            raise ValueError("the edges do not rise")
        if len(self.corrections) != len(self.edges) + 1:
            raise ValueError(
                f"{len(self.edges)} edges make {len(self.edges) + 1} bands, "
                f"but there are {len(self.corrections)} corrections"
            )

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> "CorrectedInterval":
        """Read the entry of a level in `model.json`."""
        low, high = map(float, entry["quantiles"])
        edges, corrections = (tuple(map(float, entry[name])) for name in ("edges", "corrections"))
        return cls((low, high), edges, corrections)

    def ends(self, distributions: Tensor, ages: Tensor) -> tuple[Tensor, Tensor]:
        """Return the ends of the intervals, each of shape (B,), years from 0 to `MAX_AGE`.

        An interval always contains its estimate, even where that lies outside the quantiles of
        a skewed distribution.

        Args:
            distributions: shape (B, AGE_BINS), rows summing to 1.
            ages: the estimates, shape (B,), years; they determine the band.
        """
        low, high = (age_quantile(distributions, level) for level in self.quantiles)
        band = band_of(ages, self.edges)
        margin = torch.tensor(self.corrections, dtype=low.dtype)[band] * (high - low)
        low, high = (low - margin).clamp(min=0), (high + margin).clamp(max=MAX_AGE)
        return torch.minimum(low, ages), torch.maximum(high, ages)


def band_of(ages: Tensor, edges: tuple[float, ...]) -> Tensor:
    """Return the number of the band that each age lies in, shape (B,), the youngest being 0."""
    return torch.bucketize(ages, torch.tensor(edges, dtype=ages.dtype), right=True)
