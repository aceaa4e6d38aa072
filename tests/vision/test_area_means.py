"""Means of areas from sums, against torch's own."""

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from age_model.vision.area_means import area_means, area_sums


@pytest.mark.parametrize("size", [(24, 24), (48, 48), (30, 41), (61, 83), (100, 7)])
def test_a_part_of_the_picture_is_shrunk_to_the_means_of_areas(size: tuple[int, int]) -> None:
    # Smaller, unequal, as large, and larger than the part itself.
    pixels = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
    part = torch.from_numpy(pixels[7:68, 20:103].copy()).permute(2, 0, 1)[None].float()
    expected = interpolate(part, size=size, mode="area")[0].permute(1, 2, 0)
    means = area_means(area_sums(pixels)[7:69, 20:104], *size)
    assert means.dtype == np.float32
    np.testing.assert_allclose(means, expected.numpy(), atol=1e-4)


def test_sums_that_wrap_around_give_the_same_means() -> None:
    sums = area_sums(np.full((3000, 3000, 3), 255, np.uint8))
    assert sums.min() < 0
    np.testing.assert_array_equal(area_means(sums[2900:, 2900:], 20, 20), 255)
