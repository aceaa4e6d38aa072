"""The cascade against facenet-pytorch's own, on example faces."""

from pathlib import Path

import numpy as np
import pytest
import torch
from facenet_pytorch import MTCNN
from PIL import Image, ImageOps
from torch.nn.functional import interpolate

from age_model.vision.mtcnn import Cascade, _means, _sums
from age_model.vision.photos import open_photo

SMALLEST = 24  # pixels


def picture_of(kind: str, examples: Path, portraits: list[Image.Image]) -> Image.Image:
    match kind:
        case "group":
            return open_photo(examples / "group.jpg")
        case "tight":  # its box reaches beyond the picture
            return portraits[3].crop((60, 90, 260, 320))
        case "bordered":
            return ImageOps.expand(portraits[5], 60, (127, 127, 127))
        case _:
            noise = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
            return Image.fromarray(noise)


@pytest.mark.parametrize(
    ("kind", "faces"), [("group", 4), ("tight", 1), ("bordered", 1), ("noise", 0)]
)
def test_it_finds_what_facenet_pytorch_finds(
    kind: str, faces: int, examples: Path, portraits: list[Image.Image]
) -> None:
    picture = picture_of(kind, examples, portraits)
    found = Cascade(SMALLEST)(picture)
    theirs = MTCNN(select_largest=False, min_face_size=SMALLEST).eval()
    boxes, scores, landmarks = theirs.detect(picture, landmarks=True)
    if boxes is None:
        boxes, scores, landmarks = [], [], []
    assert len(found) == len(boxes) == faces
    for (box, points, score), their_box, their_points, their_score in zip(
        found, boxes, landmarks, scores, strict=True
    ):
        np.testing.assert_allclose(box.ravel(), np.asarray(their_box, float), atol=0.01)
        np.testing.assert_allclose(points, np.asarray(their_points, float), atol=0.01)
        assert score == pytest.approx(float(their_score), abs=1e-4)


@pytest.mark.parametrize("size", [(24, 24), (48, 48), (30, 41), (61, 83), (100, 7)])
def test_a_part_of_the_picture_is_shrunk_to_the_means_of_areas(size: tuple[int, int]) -> None:
    # Smaller, unequal, as large, and larger than the part itself.
    pixels = np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)
    part = torch.from_numpy(pixels[7:68, 20:103].copy()).permute(2, 0, 1)[None].float()
    expected = interpolate(part, size=size, mode="area")[0].permute(1, 2, 0)
    means = _means(_sums(pixels)[7:69, 20:104], *size)
    assert means.dtype == np.float32
    np.testing.assert_allclose(means, expected.numpy(), atol=1e-4)


def test_sums_that_wrap_around_give_the_same_means() -> None:
    sums = _sums(np.full((3000, 3000, 3), 255, np.uint8))
    assert sums.min() < 0
    np.testing.assert_array_equal(_means(sums[2900:, 2900:], 20, 20), 255)
