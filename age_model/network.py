"""The network: a torchvision ResNet with an age head, and how its output becomes an age."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Literal, get_args

import torch
import torchvision
from torch import Tensor, nn

from age_model.ages import AGE_BINS
from age_model.ages import AGE_LIMITS as AGE_LIMITS  # evaluation.py still asks for it here

Architecture = Literal["resnet18", "resnet34", "resnet50"]
Head = Literal["distribution", "regression"]
Decoding = Literal["expectation", "median"]
ARCHITECTURES: tuple[str, ...] = get_args(Architecture)
HEADS: tuple[Head, ...] = get_args(Head)
DECODINGS: tuple[Decoding, ...] = get_args(Decoding)

# A regression head predicts the age in these units, so that its start is near the data.
_REGRESSION_CENTRE = 33.0
_REGRESSION_SCALE = 20.0

_SMALLEST = 1e-4  # a probability closer to 0 or 1 could not be checked on some thousand photos


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation a channel, for pixels scaled to 0..1; RGB."""

    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)


class AgeNetwork(nn.Module):
    """A ResNet over aligned faces.

    Args:
        architecture: which torchvision ResNet.
        head: `distribution` returns one logit an age bin, `regression` the age itself.
        normalisation: applied inside, so that nobody can pair the weights with another one.

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
    """Return a copy that answers faster and cannot be trained.

    Batch norms become a part of the convolutions before them, and these and the head keep their
    weights in half precision, where autocast would convert them anew at each call.

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
    """Return a copy in which the convolutions do what the batch norms after them did.

    Args:
        network: in evaluation mode; each batch norm follows, as its parts are listed, the
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


def expected_age(probabilities: Tensor) -> Tensor:
    """Return the mean of age distributions.

    Args:
        probabilities: shape (..., AGE_BINS), summing to 1.

    Returns:
        Ages, shape (...,), years.
    """
    ages = torch.arange(AGE_BINS, dtype=probabilities.dtype, device=probabilities.device)
    return probabilities @ ages


def age_quantile(probabilities: Tensor, level: float) -> Tensor:
    """Return a quantile of age distributions, interpolated within the bin.

    Bin i holds the ages from i - 0.5 to i + 0.5, evenly spread.

    Args:
        probabilities: shape (..., AGE_BINS), summing to 1.
        level: 0..1, for example 0.5 for the median.

    Returns:
        Ages, shape (...,), years, never below 0.
    """
    cumulative = probabilities.cumsum(-1)
    bin_index = (cumulative < level).sum(-1, keepdim=True).clamp(max=AGE_BINS - 1)
    inside = probabilities.gather(-1, bin_index)
    before = cumulative.gather(-1, bin_index) - inside
    position = ((level - before) / inside.clamp(min=1e-12)).clamp(0, 1)
    return (bin_index + position - 0.5).squeeze(-1).clamp(min=0)


def decode_age(probabilities: Tensor, decoding: Decoding) -> Tensor:
    """Return the age estimate of distributions: their expectation or their median.

    Args:
        probabilities: shape (..., AGE_BINS), summing to 1.
        decoding: which; chosen on the validation photos and stored with the model.

    Returns:
        Ages, shape (...,), years.

    Raises:
        ValueError: for an unknown decoding.
    """
    if decoding == "median":
        return age_quantile(probabilities, 0.5)
    if decoding == "expectation":
        return expected_age(probabilities)
    raise ValueError(f"Unknown decoding {decoding!r}; use one of {DECODINGS}.")


def known_within(probabilities: Tensor, youngest: int, oldest: int) -> Tensor:
    """Return age distributions as they are once the age is known to lie in a range.

    Args:
        probabilities: shape (..., AGE_BINS), summing to 1.
        youngest: the first age possible, whole years.
        oldest: the last.

    Returns:
        Of the same shape, summing to 1: zero outside the range; evenly spread over it where the
        distributions leave nothing there.
    """
    inside = torch.zeros_like(probabilities)
    inside[..., youngest : oldest + 1] = probabilities[..., youngest : oldest + 1].clamp(min=1e-30)
    return inside / inside.sum(-1, keepdim=True)


def probability_under(probabilities: Tensor, age: int) -> Tensor:
    """Return the probability of being younger than `age`, in whole years: shape (...,)."""
    return probabilities[..., :age].sum(-1)


def clipped_logit(probabilities: Tensor) -> Tensor:
    """Return the log odds of probabilities, of any shape, finite also for 0 and 1."""
    return torch.logit(probabilities, eps=_SMALLEST)


def gaussian_bins(ages: Tensor, sigma: float | Tensor) -> Tensor:
    """Return a discretised normal distribution around each age.

    Args:
        ages: float, shape (B,), years.
        sigma: standard deviation, years; a number or shape (B,).

    Returns:
        Shape (B, AGE_BINS), each row summing to 1.
    """
    bins = torch.arange(AGE_BINS, dtype=ages.dtype, device=ages.device)
    sigma = torch.as_tensor(sigma, dtype=ages.dtype, device=ages.device).reshape(-1, 1)
    return torch.softmax(-0.5 * ((bins - ages[:, None]) / sigma) ** 2, dim=-1)


def normal_bins(ages: Tensor, sigma: float) -> Tensor:
    """Return the mass of a normal distribution in each bin; the end bins take all beyond them.

    Unlike in `gaussian_bins`, the median stays at `ages` up to the end bins.

    Args:
        ages: float, shape (B,), years.
        sigma: standard deviation, years.

    Returns:
        Shape (B, AGE_BINS), each row summing to 1.
    """
    edges = torch.arange(AGE_BINS - 1, dtype=ages.dtype, device=ages.device) + 0.5
    below = torch.special.ndtr((edges - ages[:, None]) / sigma)  # (B, AGE_BINS - 1)
    ends = torch.zeros_like(ages)[:, None]
    return torch.diff(below, prepend=ends, append=ends + 1)
