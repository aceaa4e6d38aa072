"""The network: one of torchvision's, with an age head."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from age_model.ages import AGE_BINS
from age_model.vision.without_compiler import without_compiler

with without_compiler():
    import torchvision

Architecture = Literal["resnet18", "resnet34", "resnet50"]
Head = Literal["distribution", "regression"]
ARCHITECTURES: tuple[str, ...] = get_args(Architecture)
HEADS: tuple[Head, ...] = get_args(Head)

# A regression head predicts the age in these units, so that its start is near the data.
_REGRESSION_CENTRE = 33.0
_REGRESSION_SCALE = 20.0


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation a channel, for pixels scaled to 0..1; RGB.

    Raises:
        ValueError: for other than three numbers that pixels can have.
    """

    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def __post_init__(self) -> None:
        for name, least in (("mean", 0.0), ("std", 1e-3)):
            values = getattr(self, name)
            if len(values) != 3 or not all(least <= float(value) <= 1 for value in values):
                raise ValueError(f"{name} {values!r} is not three numbers from {least} to 1")


class AgeNetwork(nn.Module):
    """A network of torchvision over aligned faces.

    Args:
        architecture: the name of its function in `torchvision.models`.
        head: `distribution` returns one logit an age bin, `regression` the age itself.
        normalisation: a part of the network, so that its weights are never used with another one.

    Raises:
        ValueError: for an unknown architecture or head.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        architecture: str = "resnet18",
        head: Head = "distribution",
        normalisation: Normalisation | None = None,
    ) -> None:
        super().__init__()
        if architecture not in ARCHITECTURES:
            raise ValueError(f"Unknown network {architecture!r}; use one of {ARCHITECTURES}.")
        if head not in HEADS:
            raise ValueError(f"Unknown head {head!r}; use one of {HEADS}.")
        self.architecture, self.head = architecture, head
        self.normalisation = normalisation or Normalisation()
        outputs = AGE_BINS if head == "distribution" else 1
        self.resnet: nn.Module = getattr(torchvision.models, architecture)(num_classes=outputs)
        for name in ("mean", "std"):
            values = torch.tensor(getattr(self.normalisation, name)).view(1, 3, 1, 1)
            self.register_buffer(name, values, persistent=False)

    @property
    def last_layer(self) -> nn.Linear:
        """The layer from the features of a face to the head's outputs."""
        return [part for part in self.resnet.modules() if isinstance(part, nn.Linear)][-1]

    def forward(self, images: Tensor) -> Tensor:
        """Map faces to logits or ages.

        Args:
            images: float, shape (B, 3, H, W), RGB, 0..1.

        Returns:
            Logits, shape (B, AGE_BINS), or for a regression head ages, shape (B,), years.
        """
        features = self.resnet((images - self.mean) / self.std)
        if self.head == "distribution":
            return features
        return features.float().squeeze(1) * _REGRESSION_SCALE + _REGRESSION_CENTRE


def for_prediction(network: nn.Module, dtype: torch.dtype | None) -> nn.Module:
    """Return a copy that is faster and cannot be trained.

    Batch norms are folded into the convolutions before them. Convolutions and head keep their
    weights in half precision, which autocast would otherwise convert at each call.

    Args:
        network: in evaluation mode.
        dtype: the half-precision type that autocast will use; None for full precision.
    """
    copy = fold_batch_norms(network)
    for module in copy.modules():
        if dtype is not None and isinstance(module, nn.Conv2d | nn.Linear):
            module.to(dtype)
    return copy


def fold_batch_norms(network: nn.Module) -> nn.Module:
    """Return a copy whose batch norms are folded into the convolutions before them.

    Args:
        network: in evaluation mode; in the order of its modules, each batch norm follows the
            convolution whose output it takes, as in torchvision's ResNets.
    """
    copy = deepcopy(network)
    for parent in list(copy.modules()):
        conv: nn.Conv2d | None = None
        for name, part in list(parent.named_children()):
            if isinstance(part, nn.BatchNorm2d) and conv is not None:
                _fold(conv, part)
                setattr(parent, name, nn.Identity())
            conv = part if isinstance(part, nn.Conv2d) else None
    return copy.eval()


@torch.no_grad()
def _fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
    mean, var = norm.running_mean, norm.running_var
    if mean is None or var is None:
        raise ValueError("a batch norm without running statistics cannot be folded")
    scale = norm.weight / (var + norm.eps).sqrt()
    shift = norm.bias - mean * scale
    conv.weight.mul_(scale.view(-1, 1, 1, 1))
    conv.bias = nn.Parameter(shift if conv.bias is None else shift + conv.bias * scale)
