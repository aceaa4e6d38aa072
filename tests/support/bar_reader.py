"""A network that reads the age of drawn faces off their bar."""

from typing import Any

import torch
from torch import Tensor

from age_model.evaluation.calibration import uncalibrated
from age_model.model.distributions import gaussian_bins
from age_model.model.network import AgeNetwork
from tests.support.synthetic import OLDEST, SPEC, VIEWS

CARD: dict[str, Any] = {
    "face": SPEC.to_dict(),
    "looks": VIEWS,
    "decoding": "median",
    **uncalibrated(),
}


class ReadsTheBar(AgeNetwork):
    """Reads the age from the middle of the bar, with more uncertainty the older the face."""

    def forward(self, images: Tensor) -> Tensor:
        bar = (images.mean((1, 3)) - 0.5).clamp(min=0)  # (B, rows)
        middle = bar @ torch.arange(SPEC.size, dtype=torch.float32) / bar.sum(1)
        ages = (middle - 2.5) / (SPEC.size - 6) * OLDEST
        return gaussian_bins(ages, 1 + ages / 20).clamp(min=1e-30).log()
