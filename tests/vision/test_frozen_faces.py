"""Faces stay where they are, whatever versions of torch, NumPy and Pillow are installed.

The places were written down with torch 2.12.1, NumPy 2.3.5 and Pillow 12.1.1. They are the same to
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
            [52.195, 0.0, 261.105, 287.878],
            [
                [107.128, 106.435],
                [210.104, 104.817],
                [161.023, 165.654],
                [109.907, 207.779],
                [210.19, 206.663],
            ],
        ),
    ],
    ("ages-65-and-over.jpg", None): [
        (
            [52.485, 10.256, 265.154, 287.004],
            [
                [107.396, 104.023],
                [210.802, 103.557],
                [159.052, 169.251],
                [110.596, 206.719],
                [213.156, 205.886],
            ],
        ),
    ],
    ("ages-25-34.jpg", (60, 90, 260, 320)): [
        (
            [0.0, 0.0, 200.0, 192.027],
            [
                [46.198, 16.415],
                [152.019, 16.44],
                [100.835, 78.587],
                [48.876, 116.925],
                [150.192, 117.627],
            ],
        ),
    ],
    ("group.jpg", None): [
        (
            [58.064, 64.177, 272.357, 327.109],
            [
                [109.244, 153.622],
                [211.249, 153.587],
                [157.769, 204.744],
                [111.304, 247.023],
                [208.349, 248.567],
            ],
        ),
        (
            [394.844, 148.168, 560.622, 369.245],
            [
                [439.024, 231.185],
                [519.374, 230.923],
                [480.467, 277.58],
                [442.971, 307.856],
                [517.422, 307.881],
            ],
        ),
        (
            [700.395, 102.058, 894.26, 351.457],
            [
                [754.145, 193.614],
                [843.473, 192.743],
                [799.152, 245.936],
                [757.765, 280.026],
                [845.068, 280.009],
            ],
        ),
        (
            [1016.858, 57.846, 1220.988, 321.13],
            [
                [1071.17, 150.364],
                [1168.104, 150.464],
                [1118.353, 209.038],
                [1072.457, 247.544],
                [1168.495, 247.853],
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
