"""Augmentation of whole batches on their device.

Geometry and colour are drawn for each face; the slower degradations for small groups of faces, so
that a batch of 64 sees several kinds of each.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.io import ImageReadMode, decode_jpeg, encode_jpeg
from torchvision.transforms.v2 import functional as TF

from age_model.alignment import TEMPLATE

GROUPS = 8
DETAIL_BANDS = 3  # each half as fine as the one before
LARGEST_GAIN = 4.0
MASKS, EYE_BARS = 0.25, 0.15  # shares of the faces that are covered
FEWER = (  # what a gentle or light augmentation does less of
    "restyle", "brightness", "gamma", "contrast", "saturation", "colour_cast", "grey", "shrink",
    "blur", "shake", "sharpen", "noise", "jpeg", "cover",
)  # fmt: skip


@dataclass(frozen=True)
class Augmentation:
    """How strongly faces are changed during training.

    Geometry in fractions of the crop's side or degrees, the rest as probabilities a group of
    faces or a face. A model that sees only the data set's own soft photos learns sharpness as a
    sign of age; hence the wide range of degradations, and sharpening as their opposite.
    """

    rotation: float = 12.0  # degrees, standard deviation is half of it
    shift: float = 0.05
    zoom_in: float = 1.12
    zoom_out: float = 0.8
    restyle: float = 0.6
    brightness: float = 0.4
    gamma: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.4
    colour_cast: float = 0.08
    grey: float = 0.2
    shrink: float = 0.4
    smallest: float = 0.22  # of the crop's side: the strongest shrinking
    blur: float = 0.15
    shake: float = 0.15
    sharpen: float = 0.2
    noise: float = 0.2
    jpeg: float = 0.2
    cover: float = 0.35

    def gentle(self) -> "Augmentation":
        """Return the same geometry with half as much of everything else.

        For the last epochs, so that a network ends on faces like those it will see (He et al.
        2019, arXiv:1909.09148).
        """
        return replace(self, **{name: getattr(self, name) / 2 for name in FEWER})

    def light(self) -> "Augmentation":
        """Return a quarter of everything, and about two thirds of the geometry.

        A network learns in far fewer epochs under it, but masks and motion blur mislead it more
        (docs/experiments.md).
        """
        less = {name: getattr(self, name) / 4 for name in FEWER}
        return replace(self, rotation=8.0, shift=0.035, zoom_in=1.08, zoom_out=0.87, **less)


def augment(
    images: Tensor, settings: Augmentation, generator: torch.Generator, size: int | None = None
) -> Tensor:
    """Return randomly changed faces.

    Args:
        images: uint8, shape (B, 3, H, W), RGB, on any device.
        settings: how strongly.
        generator: a CPU generator; the same one gives the same result.
        size: side of the result, pixels; by default that of `images`.

    Returns:
        float32, shape (B, 3, size, size), 0..1, on the images' device.
    """
    faces = images.float() / 255
    if size and size < images.shape[-1]:
        faces = F.interpolate(faces, (size, size), mode="bilinear", antialias=True)
    faces = _restyle(faces, settings.restyle, generator)
    for change, probability in (
        (_sharpen, settings.sharpen),
        (_blur, settings.blur),
        (_shake, settings.shake),
        (lambda part, g: _shrink(part, settings.smallest, g), settings.shrink),
        (_jpeg, settings.jpeg),
    ):
        faces = _in_groups(faces, change, probability, generator)
    faces = _move(faces, settings, generator)
    faces = _recolour(faces, settings, generator)
    faces = _in_groups(faces, _noise, settings.noise, generator)
    return _cover(faces.clamp_(0, 1), settings.cover, generator)


def _uniform(shape: tuple[int, ...], low: float, high: float, generator: torch.Generator) -> Tensor:
    return torch.empty(shape).uniform_(low, high, generator=generator)


def _number(low: float, high: float, generator: torch.Generator) -> float:
    return _uniform((), low, high, generator).item()


def _in_groups(
    faces: Tensor,
    change: Callable[[Tensor, torch.Generator], Tensor],
    probability: float,
    generator: torch.Generator,
) -> Tensor:
    """Apply `change` to random groups of the batch, each group with the given probability."""
    order = torch.randperm(len(faces), generator=generator)
    changed = faces.clone()
    for group in order.chunk(GROUPS):
        if _number(0, 1, generator) < probability:
            index = group.to(faces.device)
            changed[index] = change(faces[index], generator)
    return changed


def _move(faces: Tensor, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """Flip, turn, zoom and shift each face in one resampling."""
    count = len(faces)
    degrees = torch.randn(count, generator=generator).clamp(-2, 2) * settings.rotation / 2
    angle = degrees * (math.pi / 180)
    low, high = math.log(settings.zoom_out), math.log(settings.zoom_in)
    scale = torch.exp(-_uniform((count,), low, high, generator))
    flip = torch.where(_uniform((count,), 0, 1, generator) < 0.5, -1.0, 1.0)
    shift = _uniform((count, 2), -2 * settings.shift, 2 * settings.shift, generator)
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack(
        [
            torch.stack([cosine * flip, -sine, shift[:, 0]], -1),
            torch.stack([sine * flip, cosine, shift[:, 1]], -1),
        ],
        dim=1,
    ).to(faces.device)  # (B, 2, 3)
    grid = F.affine_grid(theta, list(faces.shape), align_corners=False)
    # Zooming out shows more of the scene in a real photo; here repeated borders or black stand in.
    padding = "border" if _number(0, 1, generator) < 0.7 else "zeros"
    return F.grid_sample(faces, grid, mode="bilinear", padding_mode=padding, align_corners=False)


def _recolour(faces: Tensor, settings: Augmentation, generator: torch.Generator) -> Tensor:
    """Change gamma, brightness, contrast and colour of each face; some become grey."""
    shape = (len(faces), 1, 1, 1)

    def factor(spread: float, channels: int = 1) -> Tensor:
        size = (len(faces), channels, 1, 1)
        return torch.exp(_uniform(size, -spread, spread, generator)).to(faces.device)

    if settings.gamma:
        faces = faces.clamp(min=1e-4) ** factor(settings.gamma)
    faces = faces * factor(settings.brightness) * factor(settings.colour_cast, 3)
    mean = faces.mean((1, 2, 3), keepdim=True)
    faces = (faces - mean) * factor(settings.contrast) + mean
    luma = TF.rgb_to_grayscale(faces)
    colour = factor(settings.saturation)
    grey = (_uniform(shape, 0, 1, generator) < settings.grey).to(faces.device)
    return torch.lerp(luma.expand_as(faces), faces, torch.where(grey, 0.0, colour))


def _shrink(part: Tensor, smallest: float, generator: torch.Generator) -> Tensor:
    """Lose detail as a small or distant face does."""
    side = part.shape[-1]
    share = math.exp(_number(math.log(smallest), 0, generator))
    small = max(8, round(side * share))
    part = F.interpolate(part, (small, small), mode="bilinear", antialias=True)
    mode = "bicubic" if _number(0, 1, generator) < 0.5 else "bilinear"
    return F.interpolate(part, (side, side), mode=mode).clamp(0, 1)


def _restyle(faces: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Give some faces the tone, colour and sharpness of another face of the batch.

    Cameras, film and retouching go with age in a collection of photos; faces that change styles
    with each other break that link and keep the collection's whole range of styles. A style is
    the mean and spread of the luma, of each channel's difference from it, and of the luma's
    detail in three bands of fineness.
    """
    chosen = _uniform((len(faces),), 0, 1, generator) < probability
    if not chosen.any():
        return faces
    luma = TF.rgb_to_grayscale(faces)
    partner = torch.randperm(len(faces), generator=generator).to(faces.device)
    bands = []
    for _ in range(DETAIL_BANDS):
        coarse = F.avg_pool2d(luma, 2)
        bands.append(luma - F.interpolate(coarse, luma.shape[-2:], mode="bilinear"))
        luma = coarse
    restyled = _exchange(luma, partner)
    for band in reversed(bands):
        larger = F.interpolate(restyled, band.shape[-2:], mode="bilinear")
        restyled = larger + band * _gain(band, partner)
    colour = _exchange(faces - TF.rgb_to_grayscale(faces), partner)
    changed = (restyled + colour).clamp(0, 1)
    return torch.where(chosen.to(faces.device)[:, None, None, None], changed, faces)


def _gain(part: Tensor, partner: Tensor) -> Tensor:
    """Return the ratio of the partner's spread to each face's own: (B, C, 1, 1)."""
    spread = part.std((2, 3), keepdim=True)
    return (spread[partner] / (spread + 1e-6)).clamp(max=LARGEST_GAIN)


def _exchange(part: Tensor, partner: Tensor) -> Tensor:
    """Give each channel of each face the mean and spread of the partner's."""
    mean = part.mean((2, 3), keepdim=True)
    return (part - mean) * _gain(part, partner) + mean[partner]


def _soften(part: Tensor, radius: int) -> Tensor:
    """Blur by two passes of a box filter: near a Gaussian, and ten times faster on a CPU."""
    for _ in range(2):
        part = F.avg_pool2d(part, 2 * radius + 1, 1, radius, count_include_pad=False)
    return part


def _blur(part: Tensor, generator: torch.Generator) -> Tensor:
    radius = int(_number(1, 4, generator))
    return torch.lerp(part, _soften(part, radius), _number(0.4, 1, generator))


def _shake(part: Tensor, generator: torch.Generator) -> Tensor:
    """Blur as a moving face or camera does: along a line of any direction."""
    reach = max(1, round(part.shape[-1] * _number(0.01, 0.05, generator)))
    angle = _number(0, math.pi, generator)
    axis = torch.arange(-reach, reach + 1.0)
    along = axis * math.cos(angle) + axis[:, None] * math.sin(angle)
    across = axis[:, None] * math.cos(angle) - axis * math.sin(angle)
    line = (1 - across.abs()).clamp(min=0) * (along.abs() <= reach)
    kernel = (line / line.sum()).to(part.device).expand(part.shape[1], 1, -1, -1)
    padded = F.pad(part, [reach] * 4, mode="replicate")
    return F.conv2d(padded, kernel, groups=part.shape[1])


def _sharpen(part: Tensor, generator: torch.Generator) -> Tensor:
    radius = int(_number(1, 3, generator))
    detail = part - _soften(part, radius)
    return (part + _number(0.4, 1.6, generator) * detail).clamp(0, 1)


def _noise(part: Tensor, generator: torch.Generator) -> Tensor:
    noise = torch.randn(part.shape, generator=generator) * _number(0.01, 0.08, generator)
    return part + noise.to(part.device)


def _jpeg(part: Tensor, generator: torch.Generator) -> Tensor:
    """Damage as JPEG files do, at a random quality."""
    quality = int(_number(15, 70, generator))
    pixels = (part * 255).round().to(torch.uint8).cpu()
    damaged = [decode_jpeg(encode_jpeg(p, quality), mode=ImageReadMode.RGB) for p in pixels]
    return torch.stack(damaged).to(part.device).float() / 255


def _cover(faces: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Cover a part of some faces with one random colour.

    A random rectangle (Zhong et al. 2020, arXiv:1708.04896), the lower half as a medical mask does,
    or a bar over the eyes.
    """
    side = faces.shape[-1]
    for i in torch.nonzero(_uniform((len(faces),), 0, 1, generator) < probability).ravel():
        top, bottom, left, right = (round(edge * side) for edge in _part(generator))
        colour = _uniform((3, 1, 1), 0, 1, generator).to(faces.device)
        faces[i, :, top:bottom, left:right] = colour
    return faces


def _part(generator: torch.Generator) -> tuple[float, float, float, float]:
    """Draw what is covered: top, bottom, left and right, as fractions of the crop's side."""
    (_, eyes), _, (_, nose), *_ = TEMPLATE
    kind = _number(0, 1, generator)
    if kind < MASKS:
        inset = _number(0.05, 0.25, generator)
        return _number(eyes + 0.06, nose + 0.06, generator), 1.0, inset, 1 - inset
    if kind < MASKS + EYE_BARS:
        reach, inset = _number(0.05, 0.15, generator), _number(0.05, 0.25, generator)
        return eyes - reach, eyes + reach, inset, 1 - inset
    height, width = _number(0.1, 0.5, generator), _number(0.1, 0.5, generator)
    top, left = _number(0, 1 - height, generator), _number(0, 1 - width, generator)
    return top, top + height, left, left + width
