"""A trained model in memory: its networks, and how their output becomes ages."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from age_model.ages import AGE_LIMITS, RANGE_LEVEL, level_name
from age_model.model.distributions import (
    DECODINGS,
    Decoding,
    clipped_logit,
    decode_age,
    normal_bins,
    prior_shift,
    probability_under,
)
from age_model.model.intervals import LEVELS, CorrectedInterval
from age_model.model.network import AgeNetwork, for_prediction
from age_model.model.precision import autocast, half_precision
from age_model.model.tta import views_from_list
from age_model.model.version import version_of
from age_model.vision.alignment import FaceSpec


class AgeModel:
    """Trained networks with everything needed to use them.

    Args:
        networks: of one architecture, head and normalisation; kept in evaluation mode. Later
            changes of them have no effect on the predictions.
        card: the content of `model.json`.
        device: to predict on.
        half: whether to use half precision where it is faster on the device.

    Attributes:
        faster: what stands for the networks in `distributions`, if anything does.

    Raises:
        KeyError, TypeError, ValueError: for an entry of the card that cannot be used.
    """

    def __init__(
        self,
        networks: Sequence[AgeNetwork],
        card: dict[str, Any],
        device: str = "cpu",
        half: bool = True,
    ) -> None:
        if not networks:
            raise ValueError("a model needs at least one network")
        self.device = torch.device(device)
        self.networks = [
            network.to(self.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
            for network in networks
        ]
        # It changes ages by hundredths of a year; `python -m benchmarks.face_time` measures it.
        self._half = half_precision(self.device) if half else None
        self._answering = [for_prediction(network, self._half) for network in self.networks]
        self.faster: Callable[[Tensor], Tensor] | None = None
        self.card = card
        self.spec = FaceSpec.from_dict(card["face"])
        self.views = views_from_list(card["looks"])
        assigned = {view.network for view in self.views}
        numbers = set(range(len(networks)))
        if not assigned <= {None, *numbers} or (None not in assigned and assigned != numbers):
            raise ValueError("Each network needs a view, and each view its network.")
        self.decoding: Decoding = card["decoding"]
        if self.decoding not in DECODINGS:
            raise ValueError(f"Unknown decoding {self.decoding!r}; use one of {DECODINGS}.")
        # Models before 2026-12 have none.
        self.prior_ratio = _number(card.get("prior_ratio", 1.0), above=0)
        # Those of models that have a ratio alone.
        first, last = map(_number, card.get("prior_ages", (13, 35)))
        self.prior_ages = first, _number(last, above=first)
        entries = card["interval"]
        self.sigma = _number(entries["regression_sigma"], above=0)
        self._intervals = {
            level: CorrectedInterval.from_dict(entries[level_name(level)]) for level in LEVELS
        }
        self._logits: dict[int, tuple[float, float]] = {}
        for limit in AGE_LIMITS:
            slope, offset = map(_number, card["probabilities"][str(limit)])
            self._logits[limit] = slope, offset

    @property
    def version(self) -> str:
        """A name that changes whenever the model is trained or calibrated again."""
        return version_of(self.networks[0].architecture, self.card)

    @torch.inference_mode()
    def distributions(self, faces: Tensor) -> Tensor:
        """Predict age distributions, averaged over all networks and views of each face.

        Args:
            faces: uint8, shape (B, 3, size, size), RGB aligned faces.

        Returns:
            float32, shape (B, AGE_BINS), rows summing to 1, on the CPU.
        """
        if self.faster is not None:
            return self.faster(faces)
        return self.averaged(self.outputs(faces))

    @torch.inference_mode()
    def outputs(self, faces: Tensor) -> Tensor:
        """Return what the networks' heads give for their views, for `averaged`.

        Args:
            faces: uint8, shape (B, 3, size, size), RGB aligned faces.

        Returns:
            float32, shape (outputs, B, AGE_BINS), or for regression heads (outputs, B), years; on
            the CPU. Each network gives an output for each of its views.
        """
        images = faces.to(self.device).float() / 255
        outputs = []
        for number, network in enumerate(self._answering):
            views = [view for view in self.views if view.network in (None, number)]
            # In one batch: two faces together take less time than one after the other.
            seen = torch.cat([view.of(images) for view in views])
            with autocast(self.device, self._half):
                outputs.append(network(seen.contiguous(memory_format=torch.channels_last)).float())
        return torch.cat(outputs).unflatten(0, (-1, len(faces))).cpu()

    def averaged(self, outputs: Tensor) -> Tensor:
        """Return the age distributions (B, AGE_BINS) of `outputs`, rows summing to 1."""
        answers = self._probabilities(outputs.flatten(0, 1))
        mean = answers.unflatten(0, outputs.shape[:2]).mean(0)
        return prior_shift(mean, self.prior_ratio, self.prior_ages)

    def _probabilities(self, output: Tensor) -> Tensor:
        """Return the distributions, shape (B, AGE_BINS), of networks' outputs."""
        if self.networks[0].head == "distribution":
            return torch.softmax(output, -1)
        return normal_bins(output, self.sigma)

    def ages(self, distributions: Tensor) -> Tensor:
        """Return the age estimates (B,) of distributions (B, AGE_BINS), years."""
        return decode_age(distributions, self.decoding)

    def intervals(self, distributions: Tensor, level: float = RANGE_LEVEL) -> tuple[Tensor, Tensor]:
        """Return the ends of the intervals, each of shape (B,), years; they hold the estimates.

        Args:
            distributions: shape (B, AGE_BINS), rows summing to 1.
            level: one of `LEVELS`: the share of real ages that should lie inside.
        """
        return self._intervals[level].ends(distributions, self.ages(distributions))

    def probability_under(self, distributions: Tensor, age: int) -> Tensor:
        """Return the calibrated probabilities of being younger, shape (B,).

        Each limit has its own calibration; that of a higher one is never below a lower one's.

        Args:
            distributions: shape (B, AGE_BINS), rows summing to 1.
            age: one of `AGE_LIMITS`, years.
        """
        fitted: list[Tensor] = []
        for limit in AGE_LIMITS[: AGE_LIMITS.index(age) + 1]:
            slope, offset = self._logits[limit]
            logits = clipped_logit(probability_under(distributions, limit))
            fitted.append(torch.sigmoid(slope * logits + offset))
        return torch.stack(fitted).amax(0)


def as_batch(crops: list[Image.Image]) -> Tensor:
    """Stack aligned RGB faces of one size: uint8, shape (B, 3, size, size)."""
    return torch.stack([torch.from_numpy(np.array(crop)).permute(2, 0, 1) for crop in crops])


def as_pictures(faces: Tensor) -> Iterator[Image.Image]:
    """Yield the RGB pictures of faces: uint8, shape (B, 3, size, size)."""
    return (Image.fromarray(face) for face in faces.permute(0, 2, 3, 1).contiguous().numpy())


def _number(value: object, above: float = -math.inf) -> float:
    number = float(value)  # type: ignore[arg-type]
    if not above < number < math.inf:
        raise ValueError(f"{value!r} is no number that can be used")
    return number
