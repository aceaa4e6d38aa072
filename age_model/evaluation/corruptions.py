"""Corruptions as a shop has them: poor light, cheap cameras, masks, a tilted head.

Every function is deterministic and gives a face the same result alone and in a batch: random
values are drawn from a fixed seed, once for all faces.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from itertools import product

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.v2 import functional as TF

from age_model.i18n.message import mark
from age_model.model.age_model import as_batch, as_pictures
from age_model.vision.alignment import FaceSpec

LIMIT = 1.0  # years by which the MAE may rise
COVERED_LIMIT = 2.0  # the same where a part of the face is covered
GREY_BIAS_LIMIT = 1.0  # years, either way

WARM_LIGHT = (
    1.25,
    1.0,
    0.55,
)  # gains of red, green and blue: the white balance of daylight under a light bulb
SCENE = (900, 700)  # pixels
_SEED = 0
_GREY = 127


@dataclass(frozen=True)
class Corruption:
    """One corruption of aligned faces.

    Attributes:
        name: what is done.
        change: from faces, uint8, shape (B, 3, size, size), RGB, to such faces.
        limit: by how much the MAE may rise, years.
        bias_limit: how far the bias may be from 0, years; None where only the MAE counts.
    """

    name: str
    change: Callable[[Tensor], Tensor]
    limit: float = LIMIT
    bias_limit: float | None = None


@dataclass(frozen=True)
class PhotoCorruption:
    """One corruption of whole RGB photos, in which the face has to be found again."""

    name: str
    change: Callable[[Image.Image], Image.Image]
    limit: float = LIMIT


def corruptions(spec: FaceSpec) -> tuple[Corruption, ...]:
    """Return all corruptions of faces aligned by `spec`."""
    return (
        Corruption(mark("greyscale"), greyscale, bias_limit=GREY_BIAS_LIMIT),
        Corruption(mark("half resolution"), partial(at_resolution, pixels=spec.size // 2)),
        Corruption(mark("quarter resolution"), partial(at_resolution, pixels=spec.size // 4)),
        Corruption(mark("blur, sigma 1.5% of the side"), partial(blur, sigma=0.015)),
        Corruption(mark("motion blur, 7% of the side"), partial(motion_blur, length=0.07)),
        Corruption(mark("beauty filter (smooth skin)"), partial(smooth_skin, tone=15)),
        Corruption(mark("JPEG quality 15"), partial(jpeg, quality=15)),
        Corruption(mark("noise, sigma 25 of 255"), partial(noise, sigma=25)),
        Corruption(mark("light, -2 stops"), partial(light, gains=(0.25, 0.25, 0.25))),
        Corruption(mark("light, +1 stop"), partial(light, gains=(2.0, 2.0, 2.0))),
        Corruption(mark("warm light"), partial(light, gains=WARM_LIGHT)),
        Corruption(mark("left third covered"), cover_left, COVERED_LIMIT),
        Corruption(mark("mask"), partial(mask, spec=spec), COVERED_LIMIT),
        Corruption(mark("sunglasses"), partial(sunglasses, spec=spec), COVERED_LIMIT),
        Corruption(mark("crop 20% wider"), partial(zoom, scale=1 / 1.2)),
        Corruption(mark("crop 20% tighter"), partial(zoom, scale=1.2)),
    )


def photo_corruptions() -> tuple[PhotoCorruption, ...]:
    """Return all corruptions of whole photos."""
    return (
        PhotoCorruption(mark("photo turned by +20°"), partial(turned, degrees=20)),
        PhotoCorruption(mark("photo turned by -20°"), partial(turned, degrees=-20)),
        PhotoCorruption(mark("photo within a scene"), within_scene),
    )


def greyscale(faces: Tensor) -> Tensor:
    """Remove the colour; all functions on faces have the signature of `Corruption.change`."""
    return TF.rgb_to_grayscale(faces, num_output_channels=3)


def at_resolution(faces: Tensor, pixels: int) -> Tensor:
    """Reduce detail to that of `pixels` x `pixels`; smaller faces stay as they are."""
    side = faces.shape[-1]
    return faces if pixels >= side else _resize(_resize(faces, pixels), side)


def blur(faces: Tensor, sigma: float) -> Tensor:
    """Blur by a Gaussian; `sigma` as a fraction of the side."""
    pixels = sigma * faces.shape[-1]
    return TF.gaussian_blur(faces, [2 * round(3 * pixels) + 1] * 2, [pixels] * 2)


def motion_blur(faces: Tensor, length: float) -> Tensor:
    """Blur as sideways motion does; `length` as a fraction of the side."""
    reach = round(length * faces.shape[-1] / 2)
    padded = F.pad(faces.float(), (reach, reach, 0, 0), mode="replicate")
    return _uint8(F.avg_pool2d(padded, (1, 2 * reach + 1), stride=1))


def smooth_skin(faces: Tensor, tone: float) -> Tensor:
    """Smooth small differences from the surroundings and keep edges.

    The bilateral filter of Tomasi and Manduchi (1998, doi:10.1109/ICCV.1998.710815), over 2.5 % of
    the side each way.

    Args:
        faces: uint8, shape (B, 3, size, size).
        tone: standard deviation of the differences that are smoothed, grey levels, 0 to 255.
    """
    reach = round(0.025 * faces.shape[-1])
    own = faces.float()
    padded = F.pad(own, [reach] * 4, mode="replicate")
    total, weights = torch.zeros_like(own), torch.zeros_like(own[:, :1])
    for down, right in product(range(2 * reach + 1), repeat=2):
        other = padded[..., down : down + own.shape[-2], right : right + own.shape[-1]]
        # By colour, not by channel: the edge of lips is an edge of hue.
        apart = (other - own).square().mean(1, keepdim=True)
        weight = torch.exp(-apart / (2 * tone**2))
        total += weight * other
        weights += weight
    return _uint8(total / weights)


def jpeg(faces: Tensor, quality: int) -> Tensor:
    """Save as JPEG files and read them again."""
    files = [BytesIO() for _ in faces]
    for picture, file in zip(as_pictures(faces), files, strict=True):
        picture.save(file, "JPEG", quality=quality)
    return as_batch([Image.open(file) for file in files])


def noise(faces: Tensor, sigma: float) -> Tensor:
    """Add the same Gaussian noise to every face; `sigma` in grey levels, 0 to 255."""
    generator = torch.Generator().manual_seed(_SEED)
    return _uint8(faces + sigma * torch.randn(faces.shape[1:], generator=generator))


def light(faces: Tensor, gains: tuple[float, float, float]) -> Tensor:
    """Multiply the light of red, green and blue; what is too bright is clipped."""
    level = faces / 255
    # IEC 61966-2-1 (sRGB): pixel values are not proportional to light.
    linear = torch.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    linear = linear * torch.tensor(gains)[:, None, None]
    level = torch.where(
        linear <= 0.0031308, linear * 12.92, 1.055 * linear.clamp(min=1e-6) ** (1 / 2.4) - 0.055
    )
    return _uint8(level * 255)


def cover_left(faces: Tensor) -> Tensor:
    """Cover the left third with a plain grey."""
    covered = faces.clone()
    covered[..., : faces.shape[-1] // 3] = _GREY
    return covered


def mask(faces: Tensor, spec: FaceSpec) -> Tensor:
    """Cover nose, mouth and chin with a white mask, from halfway up the nose."""
    _, right_eye, nose, left_mouth, _ = spec.landmarks()
    top = (right_eye[1] + nose[1]) / 2
    side = 0.5 * left_mouth[0]
    covered = faces.clone()
    covered[..., round(top) :, round(side) : spec.size - round(side)] = 230
    return covered


def sunglasses(faces: Tensor, spec: FaceSpec) -> Tensor:
    """Cover the eyes with a dark bar as high as half the distance between them."""
    left_eye, right_eye = spec.landmarks()[:2]
    reach = (right_eye[0] - left_eye[0]) / 4
    covered = faces.clone()
    rows = slice(round(left_eye[1] - reach), round(left_eye[1] + reach))
    columns = slice(round(left_eye[0] - 2 * reach), round(right_eye[0] + 2 * reach))
    covered[..., rows, columns] = 20
    return covered


def zoom(faces: Tensor, scale: float) -> Tensor:
    """Enlarge the faces within their crops; where they get smaller, border pixels are repeated."""
    side = faces.shape[-1]
    if scale > 1:
        return _resize(TF.center_crop(faces, [round(side / scale)] * 2), side)
    smaller = _resize(faces, round(side * scale))
    before = (side - smaller.shape[-1]) // 2
    after = side - smaller.shape[-1] - before
    return F.pad(smaller.float(), (before, after) * 2, mode="replicate").to(torch.uint8)


def turned(photo: Image.Image, degrees: float) -> Image.Image:
    """Turn a photo anticlockwise; its border pixels are repeated around it."""
    pad = max(photo.size) // 2  # enough for the corners at up to 20 degrees
    wider = Image.fromarray(
        np.pad(np.asarray(photo), ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    )
    # A quarter of the photo is kept on each side, so that the turned face is whole.
    left, top = pad - photo.width // 4, pad - photo.height // 4
    box = (left, top, wider.width - left, wider.height - top)
    return wider.rotate(degrees, Image.Resampling.BICUBIC).crop(box)


def within_scene(photo: Image.Image) -> Image.Image:
    """Put a photo off the centre of a larger scene: a grey gradient with coarse texture."""
    width, height = max(SCENE[0], 2 * photo.width), max(SCENE[1], 2 * photo.height)
    gradient = Image.linear_gradient("L").resize((width, height))
    generator = np.random.default_rng(_SEED)
    grain = Image.fromarray(generator.integers(0, 256, (height // 10, width // 10), np.uint8))
    texture = grain.resize((width, height), Image.Resampling.BICUBIC)
    scene = Image.blend(gradient, texture, 0.3).convert("RGB")
    scene.paste(photo, ((width - photo.width) // 3, (height - photo.height) // 3))
    return scene


def _resize(faces: Tensor, side: int) -> Tensor:
    return _uint8(F.interpolate(faces.float(), (side, side), mode="bicubic", antialias=True))


def _uint8(faces: Tensor) -> Tensor:
    return faces.round().clamp(0, 255).to(torch.uint8)
