"""Which face of a photo is the main one."""

import numpy as np
from PIL import Image

from age_model.vision.faces import DetectedFace, main_face


def face_at(left: float, top: float, side: float) -> DetectedFace:
    return DetectedFace((left, top, left + side, top + side), np.zeros((5, 2)), 1.0)


def test_main_face_is_large_and_central() -> None:
    photo = Image.new("RGB", (1000, 600))
    large, small = face_at(380, 180, 240), face_at(100, 100, 90)
    assert main_face([small, large], photo) is large
    # Of two of one size the central one; a little larger at the very edge is not enough.
    edge = face_at(0, 180, 250)
    assert main_face([edge, large], photo) is large
    # But a face twice as large is not passed over for a bystander in the middle.
    bystander = face_at(450, 250, 120)
    assert main_face([bystander, edge], photo) is edge


def test_without_faces_there_is_no_main_face() -> None:
    assert main_face([], Image.new("RGB", (10, 10))) is None
