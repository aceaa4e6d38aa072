"""Shrinking any rectangle of a picture by the means of areas, from sums that are made once.

The same as `torch.nn.functional.interpolate(..., mode="area")`, but each mean takes four look-ups
however many pixels it covers.
"""

from itertools import pairwise

import numpy as np


def area_sums(pixels: np.ndarray) -> np.ndarray:
    """Sum a picture (H, W, 3), uint8, for `area_means`.

    Beyond 8 megapixels the sums may wrap around; their differences are right all the same.

    Returns:
        int32, shape (H + 1, W + 1, 3): at y, x the sum of all pixels above and left of there.
    """
    height, width, channels = pixels.shape
    sums = np.zeros((height + 1, width + 1, channels), np.int32)
    sums[1:, 1:] = pixels
    for above, row in pairwise(sums):  # np.cumsum is slow across rows
        row += above
    return np.cumsum(sums, 1, out=sums)


def area_means(sums: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize a picture, given by its sums or by a rectangle of them.

    Returns:
        float32, shape (height, width, 3): each pixel is the mean of all those that it touches.
    """
    top, bottom = _windows(sums.shape[0] - 1, height)
    left, right = _windows(sums.shape[1] - 1, width)
    rows = sums[bottom] - sums[top]
    totals = rows.take(right, 1) - rows.take(left, 1)
    areas = (bottom - top)[:, None, None] * (right - left)[:, None]
    return np.divide(totals, areas, dtype=np.float32)


def _windows(length: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where each of `count` overlapping parts of a length begins and ends."""
    numbers = np.arange(count)
    return numbers * length // count, -(-(numbers + 1) * length // count)
