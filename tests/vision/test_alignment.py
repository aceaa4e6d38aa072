"""The aligned crop: positions of landmarks, behaviour at the edge, detail after shrinking."""

import json

import numpy as np
import pytest
from PIL import Image

from age_model.vision.alignment import TEMPLATE, FaceSpec, align_face, similarity, whole_picture
from age_model.vision.detector import Detector
from age_model.vision.faces import DetectedFace

# Landmarks of an upright face of 100 px: what every photo below is turned, scaled, shifted from.
FACE = np.array(TEMPLATE) * 100


def moved(
    points: np.ndarray, degrees: float, scale: float, shift: tuple[float, float]
) -> np.ndarray:
    """Turn clockwise as seen in a picture (y points down), scale and shift points (N, 2)."""
    turn = np.deg2rad(degrees)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return points @ matrix.T + shift


def with_dots(size: tuple[int, int], points: np.ndarray, radius: float) -> Image.Image:
    """Draw soft bright dots; the middle of the top left pixel is at (0.5, 0.5)."""
    x, y = np.arange(size[0]) + 0.5, np.arange(size[1])[:, None] + 0.5
    dots = sum(np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * radius**2)) for px, py in points)
    grey = np.clip(255 * dots, 0, 255).astype(np.uint8)
    return Image.fromarray(np.repeat(grey[..., None], 3, axis=2))


def dot_near(crop: Image.Image, point: np.ndarray) -> np.ndarray:
    """Return the centre of gravity of the light within 9 px of a point: (x, y)."""
    light = np.asarray(crop.convert("L"), float)
    x, y = np.arange(crop.width) + 0.5, np.arange(crop.height)[:, None] + 0.5
    light = light * ((x - point[0]) ** 2 + (y - point[1]) ** 2 < 81)
    assert light.max() > 60, "no dot there"
    return np.array([(light * x).sum(), (light * y).sum()]) / light.sum()


def mean_difference(a: Image.Image, b: Image.Image) -> float:
    return float(np.abs(np.asarray(a, float) - np.asarray(b, float)).mean())


def holds(place: tuple[int, int], face: DetectedFace) -> bool:
    """Whether the nose lies in the portrait, 320 px wide, that was pasted there."""
    return all(0 < nose - edge < 320 for nose, edge in zip(face.landmarks[2], place, strict=True))


def test_similarity_is_the_hand_computed_turn_scale_and_shift() -> None:
    # A quarter turn (x, y) -> (-y, x), twice as large, moved by (5, -1).
    source = np.array([[0, 0], [1, 0], [0, 3]], float)
    target = np.array([[5, -1], [5, 1], [-1, -1]], float)
    np.testing.assert_allclose(similarity(source, target), [[0, -2, 5], [2, 0, -1]], atol=1e-12)


def test_similarity_fits_with_the_least_squares() -> None:
    # Two points are too far apart by one pixel each side: scale 1 + 2/10, no turn, no shift.
    source = np.array([[-5, 0], [5, 0]], float)
    target = np.array([[-6, 1], [6, 1]], float)
    np.testing.assert_allclose(similarity(source, target), [[1.2, 0, 0], [0, 1.2, 1]], atol=1e-12)
    # A mirror image is not a similarity: of a square, nothing but the middle can be kept.
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], float)
    np.testing.assert_allclose(similarity(square, square * (-1, 1)), np.zeros((2, 3)), atol=1e-12)


@pytest.mark.parametrize("count", [2, 5])
def test_coinciding_landmarks_are_refused(count: int) -> None:
    points = np.full((count, 2), 7.0)
    with pytest.raises(ValueError, match="landmarks coincide"):
        similarity(points, np.arange(2.0 * count).reshape(count, 2))


@pytest.mark.parametrize(
    ("degrees", "scale", "shift"),
    [
        (0, 1.28, (200, 150)),
        (0, 0.4, (300, 200)),
        (30, 1.5, (400, 150)),
        (-75, 2.2, (150, 400)),
        (180, 1, (400, 300)),
        (20, 6.3, (350, 30)),
    ],
)
@pytest.mark.parametrize("size", [64, 128])
def test_landmarks_land_on_the_template(
    size: int, degrees: float, scale: float, shift: tuple[float, float]
) -> None:
    spec = FaceSpec(size)
    landmarks = moved(FACE, degrees, scale, shift)
    photo = with_dots((1000, 800), landmarks, radius=2.5 * scale)
    crop = align_face(photo, landmarks, spec)
    assert crop.size == (size, size)
    assert crop.mode == "RGB"
    for point in spec.landmarks():
        np.testing.assert_allclose(dot_near(crop, point), point, atol=0.25)


def test_pixels_keep_their_place_when_nothing_has_to_be_moved() -> None:
    spec = FaceSpec(64)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    photo = Image.fromarray(pixels).resize((64, 64), Image.Resampling.BICUBIC)
    assert mean_difference(align_face(photo, spec.landmarks(), spec), photo) < 2


def test_border_pixels_are_repeated_beyond_the_picture() -> None:
    rows = np.linspace(20, 240, 100).round().astype(np.uint8)
    photo = Image.fromarray(np.broadcast_to(rows[:, None, None], (100, 100, 3)).copy())
    spec = FaceSpec(100)
    whole = np.asarray(align_face(photo, FACE, spec), int)
    # Half of the face lies beyond an edge, on each side by turns.
    left = np.asarray(align_face(photo, FACE - (50, 0), spec), int)
    right = np.asarray(align_face(photo, FACE - (-50, 0), spec), int)
    above = np.asarray(align_face(photo, FACE - (0, 50), spec), int)
    below = np.asarray(align_face(photo, FACE - (0, -50), spec), int)
    np.testing.assert_allclose(left, whole, atol=2)
    np.testing.assert_allclose(right, whole, atol=2)
    np.testing.assert_allclose(above[:49], 20, atol=2)
    np.testing.assert_allclose(above[50:], whole[:50], atol=3)
    np.testing.assert_allclose(below[:50], whole[50:], atol=3)
    np.testing.assert_allclose(below[51:], 240, atol=2)


@pytest.mark.parametrize("shift", [(-300, 0), (300, 0), (0, -300), (0, 300)])
def test_a_face_wholly_outside_shows_the_nearest_border(shift: tuple[int, int]) -> None:
    photo = Image.new("RGB", (100, 100), (200, 100, 50))
    crop = align_face(photo, FACE + shift, FaceSpec(32))
    assert crop.getextrema() == ((200, 200), (100, 100), (50, 50))


@pytest.mark.parametrize(("cell", "degrees"), [(1, 17), (7, 0)])
def test_a_very_large_face_is_averaged_down_without_aliasing(cell: int, degrees: float) -> None:
    y, x = np.arange(3200)[:, None] // cell, np.arange(3200) // cell
    board = np.where((x + y) % 2, 255, 0).astype(np.uint8)
    photo = Image.fromarray(np.repeat(board[..., None], 3, axis=2))
    crop = np.asarray(align_face(photo, moved(FACE, degrees, 30, (700, 50)), FaceSpec(128)), float)
    inside = crop[20:-20, 20:-20]
    assert inside.mean() == pytest.approx(127.5, abs=3)
    assert inside.std() < 8  # subsampling every 23rd pixel would give 127


def test_a_tight_chip_and_a_big_picture_give_nearly_the_same_landmarks(
    portraits: list[Image.Image], detector: Detector
) -> None:
    big = Image.new("RGB", (1700, 900), (90, 100, 110))
    places = [(30 + 420 * (i % 4), 40 + 440 * (i // 4)) for i in range(len(portraits))]
    for portrait, place in zip(portraits, places, strict=True):
        big.paste(portrait, place)
    (in_big,) = detector.detect([big])
    assert len(in_big) == len(portraits) == 8
    for portrait, (left, top) in zip(portraits, places, strict=True):
        ((face,),) = detector.detect([portrait.crop((40, 30, 280, 290))])
        (same,) = [other for other in in_big if holds((left, top), other)]
        in_place = face.landmarks + np.array((left + 40, top + 30))
        distance = np.linalg.norm(in_place - same.landmarks, axis=1)
        assert distance.mean() < 0.03 * same.side  # without the border: 0.08 to 0.18


def test_the_whole_picture_is_its_centred_square() -> None:
    photo = Image.new("RGB", (300, 100), "red")
    photo.paste("green", (100, 0, 200, 100))
    crop = whole_picture(photo, FaceSpec(50))
    assert crop.size == (50, 50)
    assert (np.asarray(crop)[:, 1:-1] == (0, 128, 0)).all()
    upright = whole_picture(photo.transpose(Image.Transpose.ROTATE_90), FaceSpec(50))
    assert (np.asarray(upright)[1:-1] == (0, 128, 0)).all()


def test_the_whole_of_a_single_pixel() -> None:
    crop = whole_picture(Image.new("RGB", (1, 1), "blue"), FaceSpec(32))
    assert crop.getextrema() == ((0, 0), (0, 0), (255, 255))


def test_a_spec_comes_back_from_json() -> None:
    spec = FaceSpec(96, ((0.1, 0.2), (0.8, 0.2), (0.5, 0.5), (0.3, 0.7), (0.6, 0.75)))
    assert FaceSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert FaceSpec.from_dict(spec.to_dict()) != FaceSpec(96)
    np.testing.assert_allclose(spec.landmarks()[4], (57.6, 72))


def test_unusable_specs_are_refused() -> None:
    with pytest.raises(ValueError, match="15 px is too small"):
        FaceSpec(15)
    with pytest.raises(ValueError, match=r"shape \(4, 2\), not \(5, 2\)"):
        FaceSpec(128, TEMPLATE[:4])
