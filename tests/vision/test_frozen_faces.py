"""Faces stay where they are, whatever versions of torch, NumPy and Pillow are installed.

The places were written down with torch 2.14.1, NumPy 2.4.6 and Pillow 13.0.0. They are the same to
0.0001 px with the instructions of processors from SSE 4.1 to AVX-512: a difference of 0.01 px comes
from a changed library. Age models are trained on faces aligned by these landmarks. The cropped
picture is looked at again with a border.
"""

from pathlib import Path

import numpy as np
import pytest

from age_model.vision.detector import Detector
from age_model.vision.photos import open_photo

TOLERANCE = 0.01  # pixels

Crop = tuple[int, int, int, int] | None

# A picture of the examples and the part that is seen -> box and landmarks of each face, pixels.
FACES: dict[tuple[str, Crop], list[tuple[list[float], list[list[float]]]]] = {
    ("ages-25-34.jpg", None): [
        (
            [17.39, 0.0, 289.129, 320.0],
            [
                [92.357, 94.981],
                [220.66, 90.992],
                [159.136, 165.74],
                [100.746, 230.128],
                [217.604, 225.48],
            ],
        ),
    ],
    ("ages-65-and-over.jpg", None): [
        (
            [14.196, 0.0, 298.773, 311.549],
            [
                [96.282, 90.432],
                [221.953, 90.203],
                [160.943, 175.794],
                [99.954, 218.785],
                [221.005, 222.248],
            ],
        ),
    ],
    ("ages-25-34.jpg", (60, 90, 260, 320)): [
        (
            [0.0, 0.0, 200.0, 225.462],
            [
                [37.771, 1.674],
                [161.494, 5.073],
                [100.537, 76.829],
                [39.22, 132.373],
                [155.312, 134.872],
            ],
        ),
    ],
    ("group.jpg", None): [
        (
            [33.222, 0.0, 290.979, 313.236],
            [
                [96.536, 109.194],
                [220.929, 109.637],
                [158.622, 176.477],
                [96.883, 223.171],
                [220.332, 222.518],
            ],
        ),
        (
            [369.34, 35.139, 585.847, 328.482],
            [
                [425.508, 152.929],
                [531.486, 153.42],
                [480.775, 221.976],
                [428.883, 254.004],
                [529.863, 253.519],
            ],
        ),
        (
            [678.039, 13.025, 924.213, 336.253],
            [
                [741.491, 134.008],
                [860.217, 133.218],
                [801.284, 193.693],
                [741.873, 246.044],
                [856.207, 245.448],
            ],
        ),
        (
            [989.457, 0.0, 1253.832, 328.09],
            [
                [1059.757, 108.876],
                [1176.828, 108.768],
                [1121.4, 179.994],
                [1065.371, 235.172],
                [1176.54, 235.014],
            ],
        ),
    ],
}


@pytest.mark.parametrize(("name", "crop"), FACES)
def test_boxes_and_landmarks_stay_where_they_are(
    name: str, crop: Crop, examples: Path, detector: Detector
) -> None:
    picture = open_photo(examples / name)
    (faces,) = detector.detect([picture.crop(crop) if crop else picture])
    expected = FACES[name, crop]
    assert len(faces) == len(expected)
    for face, (box, landmarks) in zip(faces, expected, strict=True):
        np.testing.assert_allclose(face.box, box, atol=TOLERANCE, rtol=0)
        np.testing.assert_allclose(face.landmarks, landmarks, atol=TOLERANCE, rtol=0)
