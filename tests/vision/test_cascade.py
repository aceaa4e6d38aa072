"""The cascade against facenet-pytorch's own, on example faces."""

from pathlib import Path

import numpy as np
import pytest
from facenet_pytorch import MTCNN
from PIL import Image, ImageOps

from age_model.vision.mtcnn import SMALLEST_FACE, Mtcnn
from age_model.vision.photos import open_photo


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
    (found,) = Mtcnn()._cascade([picture])
    theirs = MTCNN(select_largest=False, min_face_size=SMALLEST_FACE).eval()
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
