"""Augmentation of whole batches on their device.

Geometry and colour are drawn for each face; the slower degradations for small groups of faces, so
that a batch of 64 gets several kinds of each. Only small tensors of random numbers are made on the
CPU; all work on pixels is done where the faces are.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.v2 import functional as TF

from age_model.vision.alignment import TEMPLATE

GROUPS = 8
DETAIL_BANDS = 3  # each half as fine as the one before
LARGEST_GAIN = 4.0
MASKS, EYE_BARS = 0.25, 0.15  # shares of the faces that are covered
FEWER = (  # what a gentle or light augmentation does less of
    "restyle", "brightness", "gamma", "contrast", "saturation", "colour_cast", "grey", "shrink",
    "blur", "shake", "sharpen", "noise", "grain", "fade", "jpeg", "cover",
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
    grain: float = 0.1
    fade: float = 0.15
    jpeg: float = 0.2
    cover: float = 0.35

    def gentle(self) -> "Augmentation":
        """Return the same geometry with half as much of everything else.

        For the last epochs, so that training ends on faces like those in use (He et al.
        2019, arXiv:1909.09148).
        """
        return replace(self, **{name: getattr(self, name) / 2 for name in FEWER})

    def light(self) -> "Augmentation":
        """Return about two thirds of the geometry, and a quarter of everything else.

        A network then needs far fewer epochs, but masks and motion blur mislead it more
        (docs/experiments.md).
        """
        less = {name: getattr(self, name) / 4 for name in FEWER}
        return replace(self, rotation=8.0, shift=0.035, zoom_in=1.08, zoom_out=0.87, **less)

    def old_photographs(self) -> "Augmentation":
        """Return what makes faces look like old or poor photographs: faded, grey, grainy, coarse.

        For faces sampled evenly over ages (`Targets.batches`): they stand in for other cameras.
        """
        return replace(
            self, grey=0.45, fade=0.6, grain=0.5, noise=0.3, blur=0.4, shrink=0.6, jpeg=0.4,
            colour_cast=0.12, cover=0.2,
        )  # fmt: skip


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
    faces = _fade(faces, settings.fade, generator)
    faces = _in_groups(faces, _noise, settings.noise, generator)
    faces = _in_groups(faces, _grain, settings.grain, generator)
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
    """Remove detail, as in a small or distant face."""
    side = part.shape[-1]
    share = math.exp(_number(math.log(smallest), 0, generator))
    small = max(8, round(side * share))
    part = F.interpolate(part, (small, small), mode="bilinear", antialias=True)
    mode = "bicubic" if _number(0, 1, generator) < 0.5 else "bilinear"
    return F.interpolate(part, (side, side), mode=mode).clamp(0, 1)


def _restyle(faces: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Give some faces the tone, colour and sharpness of another face of the batch.

    In a collection of photos, cameras, film and retouching correlate with age; exchanging styles
    between faces breaks that link and keeps the collection's whole range of styles. A style is
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


def _normal(shape: torch.Size, generator: torch.Generator, device: torch.device) -> Tensor:
    """Draw standard normal numbers on a device, seeded by the CPU generator."""
    seed = int(torch.randint(2**31, (), generator=generator))
    return torch.randn(shape, generator=torch.Generator(device).manual_seed(seed), device=device)


def _noise(part: Tensor, generator: torch.Generator) -> Tensor:
    strength = _number(0.01, 0.08, generator)
    return part + strength * _normal(part.shape, generator, part.device)


def _grain(part: Tensor, generator: torch.Generator) -> Tensor:
    """Add film grain: noise of the luma alone, a few pixels wide."""
    grain = _normal(part[:, :1].shape, generator, part.device)
    grain = _soften(grain, int(_number(1, 3, generator)))
    return part + grain / grain.std() * _number(0.01, 0.06, generator)


def _fade(faces: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Fade some faces like old prints: black turns lighter, each channel by itself."""
    chosen = _uniform((len(faces), 1, 1, 1), 0, 1, generator) < probability
    black = _uniform((len(faces), 1, 1, 1), 0, 0.25, generator)
    black = black + _uniform((len(faces), 3, 1, 1), 0, 0.1, generator)
    white = 1 - _uniform((len(faces), 3, 1, 1), 0, 0.2, generator)
    low = torch.where(chosen, black, 0.0).to(faces.device)
    high = torch.where(chosen, white, 1.0).to(faces.device)
    return low + faces * (high - low)


def _jpeg(part: Tensor, generator: torch.Generator) -> Tensor:
    """Compress as JPEG of a random quality (ITU-T T.81; colour at half resolution)."""
    quality = _number(15, 70, generator)
    percent = 5000 / quality if quality < 50 else 200 - 2 * quality
    height, width = part.shape[-2:]
    pixels = F.pad(part, (0, -width % 16, 0, -height % 16), mode="replicate")
    mixed = torch.einsum("kc,bchw->bkhw", _TO_LUMA_CHROMA.to(part.device), pixels * 255 - 128)
    luma = _quantised(mixed[:, :1], _LUMA_STEPS, percent)
    chroma = _quantised(F.avg_pool2d(mixed[:, 1:], 2), _CHROMA_STEPS, percent)
    chroma = F.interpolate(chroma, scale_factor=2, mode="bilinear")
    back = torch.linalg.inv(_TO_LUMA_CHROMA).to(part.device)
    rgb = torch.einsum("ck,bkhw->bchw", back, torch.cat([luma, chroma], 1))
    return ((rgb + 128) / 255).clamp(0, 1)[..., :height, :width]


def _quantised(planes: Tensor, steps: Tensor, percent: float) -> Tensor:
    """Round the 8 x 8 cosine transforms of planes, (B, C, H, W), to `percent` of the steps."""
    count, channels, height, width = planes.shape
    blocks = planes.reshape(count, channels, height // 8, 8, width // 8, 8)
    cosines, steps = _COSINES.to(planes.device), steps.to(planes.device)
    steps = (steps * percent / 100).round().clamp(1, 255)[:, None, :]  # (8, 1, 8)
    waves = torch.einsum("ui,bcyixj,vj->bcyuxv", cosines, blocks, cosines)
    waves = (waves / steps).round() * steps
    blocks = torch.einsum("ui,bcyuxv,vj->bcyixj", cosines, waves, cosines)
    return blocks.reshape(count, channels, height, width)


def _cosine_transform() -> Tensor:
    """Return the orthonormal cosine transform of 8 numbers: (8, 8)."""
    angles = torch.arange(8)[:, None] * (2 * torch.arange(8) + 1) * (math.pi / 16)
    return torch.cos(angles) * torch.where(torch.arange(8) == 0, 0.125, 0.25).sqrt()[:, None]


_COSINES = _cosine_transform()
_TO_LUMA_CHROMA = torch.tensor(  # ITU-T T.871
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
)
# ITU-T T.81, tables K.1 and K.2.
_LUMA_STEPS = torch.tensor([
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55],
    [14, 13, 16, 24, 40, 57, 69, 56], [14, 17, 22, 29, 51, 87, 80, 62],
    [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
])  # fmt: skip
_CHROMA_STEPS = torch.full((8, 8), 99)
_CHROMA_STEPS[:4, :4] = torch.tensor(
    [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
)


def _cover(faces: Tensor, probability: float, generator: torch.Generator) -> Tensor:
    """Cover a part of some faces with one random colour.

    A random rectangle (Zhong et al. 2020, arXiv:1708.04896), the lower half as a medical mask does,
    or a bar over the eyes.
    """
    count, side = len(faces), faces.shape[-1]
    chosen = _uniform((count, 1), 0, 1, generator) < probability
    parts = torch.tensor([_part(generator) for _ in range(count)])
    edges = (torch.where(chosen, parts, 0.0) * side).round().to(faces.device)
    top, bottom, left, right = edges.T[:, :, None]  # (B, 1) each
    axis = torch.arange(side, device=faces.device)
    rows, columns = (axis >= top) & (axis < bottom), (axis >= left) & (axis < right)
    covered = (rows[:, :, None] & columns[:, None, :])[:, None]  # (B, 1, side, side)
    colour = _uniform((count, 3, 1, 1), 0, 1, generator).to(faces.device)
    return torch.where(covered, colour, faces)


def _part(generator: torch.Generator) -> tuple[float, float, float, float]:
    """Draw what is covered: top, bottom, left and right, as fractions of the crop's side."""
    (_, eyes), _, (_, nose), *_ = TEMPLATE
    kind, first, second, third, fourth = _uniform((5,), 0, 1, generator).tolist()
    if kind < MASKS:
        inset = 0.05 + 0.2 * first
        return eyes + 0.06 + (nose - eyes) * second, 1.0, inset, 1 - inset
    if kind < MASKS + EYE_BARS:
        reach, inset = 0.05 + 0.1 * first, 0.05 + 0.2 * second
        return eyes - reach, eyes + reach, inset, 1 - inset
    height, width = 0.1 + 0.4 * first, 0.1 + 0.4 * second
    top, left = (1 - height) * third, (1 - width) * fourth
    return top, top + height, left, left + width
