"""Bends faces onto their common shape, so that their average has clear features.

Faces that are aligned by five points coincide at eyes and mouth alone: an average of them is
blurred everywhere else. Here each face is registered with the running average of all, which has no
preferred face (Joshi et al. 2004, "Unbiased diffeomorphic atlas construction"), by steps of the
demons algorithm (Thirion 1998), from a coarse to a fine grid.
"""

from typing import NamedTuple

import torch
from torch.nn import functional

LIGHTING = 1 / 8  # of the side: differences of light that are wider than this are evened out
FLAT = 0.04  # standard deviation of brightness, of 1, below which a place has nothing to match
STILL = 1e-3  # keeps a step small where a picture is flat


class Level(NamedTuple):
    """One grid of the registration.

    Attributes:
        side: of the grid, pixels.
        steps: how many.
        stiffness: standard deviation of the Gaussian that smooths the displacements, pixels.
    """

    side: int
    steps: int
    stiffness: float


def register(faces: torch.Tensor) -> torch.Tensor:
    """Bend aligned faces onto their average.

    Args:
        faces: float, shape (N, 3, S, S), from 0 to 1.

    Returns:
        The bent faces, of the same shape.
    """
    side = faces.shape[-1]
    levels = (
        Level(side // 4, 30, 1.5),
        Level(side // 2, 30, 2.0),
        Level(side, 15, 3.0),
    )
    shift = torch.zeros(len(faces), 2, levels[0].side, levels[0].side)
    for level in levels:
        shift = _resized(shift, level.side)
        grey = _evened(_shrunk(faces.mean(1, keepdim=True), level.side))
        for _ in range(level.steps):
            shift = _step(grey, shift, level.stiffness)
    return _bent(faces, shift)


def _step(grey: torch.Tensor, shift: torch.Tensor, stiffness: float) -> torch.Tensor:
    """Return displacements, shape (N, 2, H, W) in pixels, nearer to the average's shape."""
    bent = _bent(grey, shift)
    average = bent.mean(0, keepdim=True)
    slope = (_slope(bent) + _slope(average)) / 2  # (N, 2, H, W)
    missing = average - bent
    size = slope.square().sum(1, keepdim=True) + missing.square() / 4 + STILL
    step = _smooth(missing * slope / size, 1.0).clamp(-1, 1)
    shift = _smooth(shift + step, stiffness)
    return shift - shift.mean(0, keepdim=True)


def _evened(grey: torch.Tensor) -> torch.Tensor:
    """Remove wide differences of light and contrast from pictures, shape (N, 1, S, S)."""
    width = grey.shape[-1] * LIGHTING
    detail = grey - _smooth(grey, width)
    return detail / (_smooth(detail.square(), width).sqrt() + FLAT)


def _slope(picture: torch.Tensor) -> torch.Tensor:
    """Return the derivatives by x and y of pictures, shape (N, 1, H, W), as (N, 2, H, W)."""
    by_y, by_x = torch.gradient(picture, dim=(2, 3))
    return torch.cat([by_x, by_y], 1)


def _bent(pictures: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """Sample pictures, shape (N, C, H, W), at each pixel plus its shift in pixels."""
    height, width = pictures.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    places = torch.stack([x, y]) + shift  # (N, 2, H, W)
    extent = torch.tensor([width - 1, height - 1]).view(2, 1, 1)
    grid = (places * 2 / extent - 1).permute(0, 2, 3, 1)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=True)


def _resized(shift: torch.Tensor, side: int) -> torch.Tensor:
    factor = (side - 1) / (shift.shape[-1] - 1)
    size = (side, side)
    return functional.interpolate(shift, size, mode="bilinear", align_corners=True) * factor


def _shrunk(pictures: torch.Tensor, side: int) -> torch.Tensor:
    return functional.interpolate(pictures, (side, side), mode="area")


def _smooth(pictures: torch.Tensor, sigma: float) -> torch.Tensor:
    """Blur pictures, shape (N, C, H, W), by a Gaussian of `sigma` pixels."""
    reach = max(1, round(3 * sigma))
    kernel = torch.exp(-(torch.arange(-reach, reach + 1).float() ** 2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    channels = pictures.shape[1]
    padded = functional.pad(pictures, (reach,) * 4, mode="replicate")
    across = kernel.view(1, 1, 1, -1).expand(channels, 1, 1, -1)
    down = kernel.view(1, 1, -1, 1).expand(channels, 1, -1, 1)
    return functional.conv2d(
        functional.conv2d(padded, across, groups=channels), down, groups=channels
    )
