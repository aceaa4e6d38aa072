"""MTCNN on the example faces, and its traps."""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from age_model.vision import mtcnn
from age_model.vision.cascade import Found
from age_model.vision.detector import Detector, DetectorError
from age_model.vision.faces import DetectedFace
from age_model.vision.mtcnn import WORKING_SIDE, Mtcnn
from age_model.vision.photos import open_photo

LEFT_EYE, RIGHT_EYE, NOSE, LEFT_MOUTH, RIGHT_MOUTH = range(5)


class FakeCascade:
    """A fake cascade that returns given faces.

    A larger picture than the first is taken for that one with a border.
    """

    def __init__(self, boxes: list[list[float]], scores: list[float]) -> None:
        self.boxes, self.scores = boxes, scores
        self.seen: list[tuple[int, int]] = []

    def __call__(self, pictures: Sequence[Image.Image]) -> list[list[Found]]:
        return [self.find(picture) for picture in pictures]

    def find(self, picture: Image.Image) -> list[Found]:
        self.seen.append(picture.size)
        border = (picture.width - self.seen[0][0]) // 2
        corners = [np.reshape(box, (2, 2)) + float(border) for box in self.boxes]
        points = [np.tile(box[0] + (1, 2), (5, 1)) for box in corners]
        return list(zip(corners, points, self.scores, strict=True))


def detector_with(cascade: FakeCascade, min_score: float = 0.9) -> Mtcnn:
    detector = Mtcnn(min_score)
    detector.__dict__["_cascade"] = cascade
    return detector


def only(faces: list[list[DetectedFace]]) -> DetectedFace:
    """Return the one face of the one photo."""
    ((face,),) = faces
    return face


def check_order_of_landmarks(face: DetectedFace) -> None:
    x, y = face.landmarks.T
    assert face.landmarks.shape == (5, 2)
    assert x[LEFT_EYE] < x[NOSE] < x[RIGHT_EYE]
    assert x[LEFT_MOUTH] < x[NOSE] < x[RIGHT_MOUTH]
    assert max(y[LEFT_EYE], y[RIGHT_EYE]) < y[NOSE] < min(y[LEFT_MOUTH], y[RIGHT_MOUTH])


@pytest.mark.parametrize("number", [0, 3, 7])
def test_one_face_is_found_on_a_portrait(
    portraits: list[Image.Image], detector: Detector, number: int
) -> None:
    face = only(detector.detect([portraits[number]]))
    left, top, right, bottom = face.box
    assert 0 <= left < 80 < 240 < right <= 320
    assert 0 <= top < 80 < 240 < bottom <= 320
    assert face.side == min(right - left, bottom - top)
    assert 0.9 <= face.score <= 1
    assert face.landmarks.dtype == float
    check_order_of_landmarks(face)


def test_the_faces_of_a_group_come_from_left_to_right(examples: Path, detector: Detector) -> None:
    image = open_photo(examples / "group.jpg")
    (faces,) = detector.detect([image])
    assert len(faces) == 4
    for quarter, face in enumerate(faces):
        check_order_of_landmarks(face)
        assert quarter == face.landmarks[NOSE, 0] // (image.width / 4)
        left, top, right, bottom = face.box
        assert 0 <= left < face.landmarks[:, 0].min() < face.landmarks[:, 0].max() < right
        assert 0 <= top < face.landmarks[:, 1].min() < face.landmarks[:, 1].max() < bottom
        assert right <= image.width
        assert bottom <= image.height


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (300, 5), (19, 19), (23, 23), (4000, 30)])
def test_nothing_is_found_on_tiny_pictures(detector: Detector, size: tuple[int, int]) -> None:
    assert detector.detect([Image.new("RGB", size, (200, 160, 140))]) == [[]]


@pytest.mark.parametrize("size", [(24, 24), (200, 150)])
def test_nothing_is_found_on_plain_grey(detector: Detector, size: tuple[int, int]) -> None:
    assert detector.detect([Image.new("RGB", size, (128, 128, 128))]) == [[]]


def test_places_are_scaled_back_on_a_big_photo(
    portraits: list[Image.Image], detector: Detector
) -> None:
    portrait = ImageOps.expand(portraits[3], 60, (206, 212, 218))
    small = only(detector.detect([portrait]))
    canvas = Image.new("RGB", (4000, 2900), (206, 212, 218))
    side = 4 * portrait.width
    canvas.paste(portrait.resize((side, side), Image.Resampling.BICUBIC), (2000, 1000))
    big = only(detector.detect([canvas]))
    tolerance = 0.06 * big.side
    expected = np.reshape(small.box, (2, 2)) * 4 + (2000, 1000)
    np.testing.assert_allclose(np.reshape(big.box, (2, 2)), expected, atol=tolerance)
    np.testing.assert_allclose(big.landmarks, small.landmarks * 4 + (2000, 1000), atol=tolerance)


def test_a_big_photo_is_shrunk_before_mtcnn_sees_it() -> None:
    # The working copy is half as large in both directions, to the pixel.
    cascade = FakeCascade([[100, 50, 200, 160]], [0.95])
    photo = Image.new("RGB", (2 * WORKING_SIDE, WORKING_SIDE))
    face = only(detector_with(cascade).detect([photo]))
    assert cascade.seen == [(WORKING_SIDE, WORKING_SIDE // 2)]
    assert face.box == (200, 100, 400, 320)
    np.testing.assert_allclose(face.landmarks, [[202, 104]] * 5)
    cascade.seen.clear()
    detector_with(cascade).detect([Image.new("RGB", (WORKING_SIDE, 400))])
    assert cascade.seen == [(WORKING_SIDE, 400)]


def test_boxes_end_at_the_edge_and_doubtful_faces_are_left_out() -> None:
    boxes: list[list[float]] = [
        [60, -5, 130, 90],
        [-20, 10, 30, 60],
        [40, 10, 60, 30],  # doubtful
        [110, 10, 120, 30],  # wholly outside
    ]
    cascade = FakeCascade(boxes, [0.9, 1.0000001, 0.89, 1.0])
    (faces,) = detector_with(cascade).detect([Image.new("RGB", (100, 80))])
    assert [face.box for face in faces] == [(0, 10, 30, 60), (60, 0, 100, 80)]
    assert [face.score for face in faces] == [1.0, 0.9]


def test_only_photos_with_a_face_at_the_edge_are_looked_at_again() -> None:
    cascade = FakeCascade([[5, 5, 60, 60]], [0.95])
    detector_with(cascade).detect([Image.new("RGB", (100, 80))])
    assert cascade.seen == [(100, 80)]
    # The doubtful face of 50 px touches the edge: a border of 15 px.
    cascade = FakeCascade([[5, 5, 60, 60], [60, 31, 100, 81]], [0.95, 0.7])
    face = only(detector_with(cascade).detect([Image.new("RGB", (100, 80))]))
    assert cascade.seen == [(100, 80), (130, 110)]
    assert face.box == (5, 5, 60, 60)
    np.testing.assert_allclose(face.landmarks, [[6, 7]] * 5)


def test_a_face_that_fills_the_picture_is_found_with_a_border() -> None:
    class OnlyWithBorder(FakeCascade):
        def find(self, picture: Image.Image) -> list[Found]:
            found = super().find(picture)
            return found if len(self.seen) > 1 else []

    cascade = OnlyWithBorder([[-3, -9, 104, 90]], [0.95])
    face = only(detector_with(cascade).detect([Image.new("RGB", (100, 80))]))
    assert cascade.seen == [(100, 80), (148, 128)]  # 0.3 of the shorter side
    assert face.box == (0, 0, 100, 80)


@pytest.mark.parametrize(
    ("bordered_score", "left"),
    [(None, 5), (0.8, 5), (0.92, 6)],  # missed, doubtful, certain with the border
)
def test_a_face_missed_with_a_border_stays_as_it_was_found_without(
    bordered_score: float | None, left: float
) -> None:
    class WorseWithBorder(FakeCascade):
        def find(self, picture: Image.Image) -> list[Found]:
            ((box, points, score),) = super().find(picture)
            if len(self.seen) == 1:
                return [(box, points, score)]
            return [] if bordered_score is None else [(box + 1, points, bordered_score)]

    cascade = WorseWithBorder([[5, 5, 60, 81]], [0.95])
    face = only(detector_with(cascade).detect([Image.new("RGB", (100, 80))]))
    assert len(cascade.seen) == 2
    assert face.box[0] == left


def test_each_photo_of_a_batch_has_its_own_faces(
    portraits: list[Image.Image], examples: Path, detector: Detector
) -> None:
    tight = portraits[3].crop((60, 90, 260, 320))  # looked at again with a border
    photos = [portraits[0], Image.new("RGB", (5, 300)), open_photo(examples / "group.jpg")]
    photos += [Image.new("RGB", (200, 150), (128, 128, 128)), tight]
    together = detector.detect(photos)
    assert [len(faces) for faces in together] == [1, 0, 4, 0, 1]
    for photo, faces in zip(photos, together, strict=True):
        (alone,) = detector.detect([photo])
        for face, other in zip(faces, alone, strict=True):
            np.testing.assert_allclose(face.box, other.box, atol=0.001)
            np.testing.assert_allclose(face.landmarks, other.landmarks, atol=0.001)
    assert detector.detect([]) == []


def test_faces_of_a_lower_score_are_found_where_they_are_asked_for() -> None:
    cascade = FakeCascade([[5, 5, 60, 60]], [0.75])
    photo = Image.new("RGB", (100, 80))
    assert detector_with(cascade).detect([photo]) == [[]]
    assert only(detector_with(cascade, min_score=0.7).detect([photo])).score == 0.75


def test_every_setting_is_part_of_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {Mtcnn().cache_key, Mtcnn(0.5).cache_key}
    for name, value in (("WORKING_SIDE", 640), ("SMALLEST_FACE", 20), ("BORDER", 0.2)):
        monkeypatch.setattr(mtcnn, name, value)
        keys.add(Mtcnn().cache_key)
    assert len(keys) == 5


def test_without_the_library_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "facenet_pytorch.models.mtcnn", None)
    detector = Mtcnn()  # the key is known without the networks
    with pytest.raises(DetectorError, match="needs facenet-pytorch"):
        detector.detect([Image.new("RGB", (100, 80))])


def test_the_networks_run_on_the_given_device(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: list[str] = []

    def cascade(networks: object, smallest: int, device: str) -> FakeCascade:
        placed.append(device)
        return FakeCascade([], [])

    monkeypatch.setattr(mtcnn, "Cascade", cascade)
    Mtcnn(device="cuda:1").detect([Image.new("RGB", (100, 80))])
    assert placed == ["cuda:1"]
