"""Several networks whose predictions are averaged: they err less than each of them alone."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from age_model.network import AgeNetwork, Head


class Ensemble(nn.Module):
    """Networks that look at the same aligned face, each at the size that it was trained on.

    Args:
        members: each with a `distribution` head.
        sizes: sides of their faces, pixels; the largest is the size of the ensemble's.

    Raises:
        ValueError: for another head, or if a member has no size.
    """

    head: Head = "distribution"

    def __init__(self, members: Sequence[AgeNetwork], sizes: Sequence[int]) -> None:
        super().__init__()
        if any(member.head != self.head for member in members):
            raise ValueError("Only networks that predict a distribution can be averaged.")
        if len(members) != len(sizes):
            raise ValueError(f"There are {len(members)} networks, but {len(sizes)} sizes.")
        self.members = nn.ModuleList(members)
        self.sizes = tuple(sizes)
        self.architecture = " + ".join(member.architecture for member in members)
        self.normalisation = members[0].normalisation

    def forward(self, images: Tensor) -> Tensor:
        """Map faces to the logarithm of the mean of the members' distributions.

        Args:
            images: float, shape (B, 3, H, W), RGB, 0..1, of the largest of `sizes` or below.

        Returns:
            Shape (B, AGE_BINS); the softmax of it is the mean distribution.
        """
        logarithms = [
            torch.log_softmax(member(_shrunk(images, size)).float(), -1)
            for member, size in zip(self.members, self.sizes, strict=True)
        ]
        return torch.logsumexp(torch.stack(logarithms), 0) - math.log(len(logarithms))


def _shrunk(images: Tensor, size: int) -> Tensor:
    """Shrink faces as training does; those that are no larger stay as they are."""
    if images.shape[-1] <= size:
        return images
    return F.interpolate(images, (size, size), mode="bilinear", antialias=True)
