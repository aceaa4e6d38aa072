from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from age_model.vision.boxes import DISPLAY_SIDE, annotate, blur_faces
from age_model.vision.detector import Detector


@dataclass(frozen=True)
class Face:
    box: tuple[float, float, float, float]


def changed(before: Image.Image, after: Image.Image) -> np.ndarray:
    """Where two pictures of one size differ clearly: bool, shape (height, width)."""
    difference = np.abs(np.asarray(before, np.int16) - np.asarray(after, np.int16))
    return difference.max(axis=2) > 60


@pytest.mark.parametrize("background", ["white", "black", (128, 128, 128), (255, 204, 51)])
@pytest.mark.parametrize("size", [(300, 225), (4000, 3000)])
def test_box_is_visible_on_any_background(
    size: tuple[int, int], background: str | tuple[int, int, int]
) -> None:
    width, height = size
    image = Image.new("RGB", size, background)
    box = (width * 0.4, height * 0.4, width * 0.6, height * 0.8)
    drawn = annotate(image, [Face(box)])
    marks = changed(image.resize(drawn.size), drawn)
    scale = drawn.width / width
    rows = slice(round(box[1] * scale) + 20, round(box[3] * scale) - 20)
    for edge in (box[0], box[2]):
        column = round(edge * scale)
        assert marks[rows, column - 8 : column + 9].any(axis=1).all()
    middle = round(width * 0.5 * scale)
    assert not marks[rows, middle - 10 : middle + 10].any()  # the face itself stays clear


def test_big_photo_is_shrunk_and_the_original_left_alone() -> None:
    image = Image.new("RGB", (4000, 3000), "white")
    drawn = annotate(image, [Face((0, 0, 100, 100))])
    assert drawn.size == (DISPLAY_SIDE, DISPLAY_SIDE * 3 // 4)
    assert image.size == (4000, 3000)
    assert image.getextrema() == ((255, 255),) * 3


def test_small_photo_keeps_its_size() -> None:
    assert annotate(Image.new("RGB", (300, 225)), []).size == (300, 225)


def number_plate(number_of_faces: int, box: tuple[float, float, float, float]) -> Image.Image:
    """The part of a drawn photo around the upper left corner of its last face's box."""
    elsewhere = Face((700, 500, 760, 560))
    faces = [elsewhere] * (number_of_faces - 1) + [Face(box)]
    drawn = annotate(Image.new("RGB", (800, 600), "white"), faces)
    left, top = max(round(box[0]) - 5, 0), max(round(box[1]) - 40, 0)
    return drawn.crop((left, top, left + 60, top + 60))


def test_faces_are_numbered_from_one() -> None:
    box = (200.0, 200.0, 400.0, 400.0)
    plates = [number_plate(count, box) for count in (1, 2, 12)]
    assert changed(plates[0], plates[1]).any()
    assert changed(plates[1], plates[2]).any()


@pytest.mark.parametrize(
    "box", [(-20.0, -30.0, 60.0, 80.0), (770.0, 2.0, 830.0, 90.0), (10.0, 560.0, 90.0, 640.0)]
)
def test_number_stays_inside_the_photo(box: tuple[float, float, float, float]) -> None:
    blank = Image.new("RGB", (800, 600), "white")
    one, two = annotate(blank, [Face(box)]), annotate(blank, [Face(box), Face(box)])
    digits = changed(one, two)  # all that differs is the digit, so all of it must be in sight
    inside = annotate(blank, [Face((300, 300, 400, 400))])
    inside_two = annotate(blank, [Face((300, 300, 400, 400))] * 2)
    assert digits.sum() == pytest.approx(changed(inside, inside_two).sum(), rel=0.15)


def test_boxes_measured_in_the_photo_are_drawn_on_a_smaller_copy() -> None:
    photo, face = Image.new("RGB", (1200, 800), "white"), Face((300, 200, 600, 600))
    small = photo.resize((600, 400))
    drawn = annotate(small, [face], photo.size)
    halved = annotate(small, [Face((150, 100, 300, 300))])
    assert drawn.tobytes() == halved.tobytes()


def test_blurred_face_is_no_longer_found(portraits: list[Image.Image], detector: Detector) -> None:
    for portrait in portraits[::4]:
        (faces,) = detector.detect([portrait])
        assert faces
        assert detector.detect([blur_faces(portrait, faces)]) == [[]]


def test_blur_leaves_no_detail_of_the_face_and_the_rest_alone() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    blurred = np.asarray(blur_faces(Image.fromarray(noise), [Face((150, 150, 250, 250))]), float)
    face = blurred[150:250, 150:250]
    assert np.abs(np.diff(face, axis=0)).max() < 8  # noise differs by up to 255 a pixel
    assert (blurred[:120] == noise[:120]).all()
    assert (blurred[:, 280:] == noise[:, 280:]).all()


@pytest.mark.parametrize("box", [(-10.0, -10.0, 20.0, 30.0), (395.0, 395.0, 430.0, 420.0)])
def test_face_at_the_edge_is_blurred(box: tuple[float, float, float, float]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (400, 400, 3), dtype=np.uint8)
    image = Image.fromarray(noise)
    assert changed(image, blur_faces(image, [Face(box)])).any()
