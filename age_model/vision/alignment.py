"""The aligned square crop: one similarity transform from five landmarks to a fixed template.

The same crop feeds training, evaluation, the command line and the app.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image

# Where the landmarks of an aligned face lie, as fractions (x, y) of the crop: left eye, right eye,
# nose, left and right corner of the mouth, as seen in the picture. These are the medians of
# MTCNN's landmarks over UTKFace chips, made symmetric and 4.5 % larger: a wider crop would reach
# beyond the chips that the network learns from, and so show it something else than a face cut
# from a full photo.
LARGEST_CROP = 1024  # pixels
TEMPLATE = ((0.296, 0.284), (0.704, 0.284), (0.5, 0.526), (0.314, 0.701), (0.686, 0.701))


@dataclass(frozen=True)
class FaceSpec:
    """How a face becomes the network's input; stored in the checkpoint.

    Attributes:
        size: side of the square crop, pixels.
        template: where the five landmarks lie in the crop, fractions (x, y) of its side.
    """

    size: int = 128
    template: tuple[tuple[float, float], ...] = TEMPLATE

    def __post_init__(self) -> None:
        if self.size < 16:
            raise ValueError(f"A face crop of {self.size} px is too small; the least is 16 px.")
        if self.size > LARGEST_CROP:
            raise ValueError(f"A face crop of {self.size} px is too large; {LARGEST_CROP} px do.")
        if np.shape(self.template) != (5, 2):
            raise ValueError(f"The template has shape {np.shape(self.template)}, not (5, 2).")
        if not _is_face(np.array(self.template, float)):
            raise ValueError("The template's points do not lie as those of a face.")

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> "FaceSpec":
        """Make a spec from what `to_dict` returned, or from its JSON."""
        return cls(int(fields["size"]), tuple((x, y) for x, y in fields["template"]))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values, for JSON."""
        return asdict(self)

    def landmarks(self) -> np.ndarray:
        """Return the landmark positions in the crop: float, shape (5, 2), pixels."""
        return np.array(self.template) * self.size


def _is_face(template: np.ndarray) -> bool:
    """Return whether points, shape (5, 2), lie in a crop about as `TEMPLATE` does.

    Otherwise a crop would be cut from far beyond the photo, at the price of all memory.
    """
    if not (np.abs(template) <= 2).all():  # not-a-number neither
        return False
    factor, _ = similarity(np.array(TEMPLATE), template)[:, 0]
    return bool(factor > 0.1)


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the least-squares similarity transform from `source` to `target` points.

    Closed form of Umeyama (1991) in the plane without reflection, by complex numbers: a rotation
    with scale is one complex factor.

    Args:
        source: float, shape (N, 2), pixels; N >= 2, not all equal.
        target: float, shape (N, 2), pixels.

    Returns:
        float, shape (2, 3): `matrix @ (x, y, 1)` maps a source point to the target.

    Raises:
        ValueError: if the points of `source` coincide.
    """
    z, w = source @ (1, 1j), target @ (1, 1j)
    z_mean, w_mean = z.mean(), w.mean()
    spread = np.vdot(z - z_mean, z - z_mean).real
    if spread < 1e-9:
        raise ValueError("The landmarks coincide; a face cannot be aligned from them.")
    factor = np.vdot(z - z_mean, w - w_mean) / spread
    shift = w_mean - factor * z_mean
    return np.array(
        [[factor.real, -factor.imag, shift.real], [factor.imag, factor.real, shift.imag]]
    )


def align_face(image: Image.Image, landmarks: np.ndarray, spec: FaceSpec) -> Image.Image:
    """Cut the aligned square crop of one face.

    Large faces are averaged down, never subsampled: aliasing would look like wrinkles. Beyond the
    picture's edge its border pixels are repeated.

    Args:
        image: upright RGB photo.
        landmarks: float, shape (5, 2), pixels of `image`, in the order of `TEMPLATE`.
        spec: size and geometry of the crop.

    Returns:
        RGB picture of `spec.size` x `spec.size` pixels.
    """
    to_crop = similarity(np.asarray(landmarks, float), spec.landmarks())
    return _warp(image, to_crop, spec.size)


def whole_picture(image: Image.Image, spec: FaceSpec) -> Image.Image:
    """Return the whole picture, cropped to a centred square, as if it were an aligned face.

    For labelled photos in which no face is found.
    """
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    scale = spec.size / side
    return _warp(image, np.array([[scale, 0, -left * scale], [0, scale, -top * scale]]), spec.size)


def _warp(image: Image.Image, to_crop: np.ndarray, size: int) -> Image.Image:
    """Resample `image` to a (size, size) crop under the similarity `to_crop`, shape (2, 3)."""
    linear, shift = to_crop[:, :2], to_crop[:, 2]
    to_photo = np.linalg.inv(linear)
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], float)
    region = (corners - shift) @ to_photo.T
    low = np.floor(region.min(0)).astype(int) - 2
    high = np.ceil(region.max(0)).astype(int) + 2
    patch = _region(image, low, high)

    # Sample at twice the crop's size and average 2 x 2; before that, average the photo down until
    # a sample is at most two photo pixels wide.
    pixels_per_sample = np.sqrt(abs(np.linalg.det(to_photo))) / 2
    reduce = max(1, int(pixels_per_sample))
    if reduce > 1:
        patch = patch.reduce(reduce)
    matrix = to_photo / (2 * reduce)
    offset = (-to_photo @ shift - low) / reduce
    coefficients = (*matrix[0], offset[0], *matrix[1], offset[1])
    warped = patch.transform(
        (2 * size, 2 * size), Image.Transform.AFFINE, coefficients, Image.Resampling.BICUBIC
    )
    return warped.reduce(2)


def _region(image: Image.Image, low: np.ndarray, high: np.ndarray) -> Image.Image:
    """Cut the box from `low` to `high` (x, y), repeating border pixels beyond the picture."""
    limit = np.array(image.size)
    # At least one real pixel, even for a face wholly outside the picture.
    inner_low = np.clip(low, 0, limit - 1)
    inner_high = np.clip(high, inner_low + 1, limit)
    patch = image.crop((*inner_low.tolist(), *inner_high.tolist()))
    before, after = inner_low - low, high - inner_high
    if not before.any() and not after.any():
        return patch
    pad = ((before[1], after[1]), (before[0], after[0]), (0, 0))
    return Image.fromarray(np.pad(np.asarray(patch), np.maximum(pad, 0), mode="edge"))
