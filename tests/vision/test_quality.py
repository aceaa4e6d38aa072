"""Quality measures of a face change in the right direction, and become plain sentences."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from age_model.vision.alignment import FaceSpec, align_face
from age_model.vision.detector import Detector
from age_model.vision.faces import DetectedFace
from age_model.vision.quality import FaceQuality, face_quality, quality_warnings, shortcomings

# Eyes, nose and corners of the mouth of an upright face, pixels.
LANDMARKS = np.array([[40, 40], [60, 40], [50, 52], [42, 60], [58, 60]], float)
ORDINARY = FaceQuality(
    size=160, sharpness=0.2, light=125, clipped=0.01, contrast=50, yaw=0.05, pitch=0.57, roll=2,
    score=0.999,
)  # fmt: skip


def found(landmarks: np.ndarray = LANDMARKS) -> DetectedFace:
    return DetectedFace((20.0, 15.0, 80.0, 90.0), landmarks, 0.98)


def turned(degrees: float) -> np.ndarray:
    """Turn the landmarks clockwise, as seen in the picture."""
    return (LANDMARKS @ (1, 1j) * np.exp(1j * np.radians(degrees)))[:, None].view(float)


def moved(point: int, x: float, y: float) -> np.ndarray:
    landmarks = LANDMARKS.copy()
    landmarks[point] += (x, y)
    return landmarks


@pytest.fixture(scope="module")
def crop(portraits: list[Image.Image]) -> Image.Image:
    return portraits[5].resize((128, 128))


def test_size_and_score_are_those_of_the_detector(crop: Image.Image) -> None:
    quality = face_quality(found(), crop)
    assert (quality.size, quality.score) == (60, 0.98)


def test_a_blurred_crop_is_less_sharp(crop: Image.Image) -> None:
    blurred = [
        face_quality(found(), crop.filter(ImageFilter.GaussianBlur(sigma))).sharpness
        for sigma in (0, 1, 2, 4)
    ]
    assert blurred == sorted(blurred, reverse=True)
    assert blurred[-1] < blurred[0] / 2


def test_sharpness_depends_neither_on_contrast_nor_on_light(crop: Image.Image) -> None:
    sharpness = face_quality(found(), crop).sharpness
    for change in (ImageEnhance.Contrast(crop), ImageEnhance.Brightness(crop)):
        changed = face_quality(found(), change.enhance(0.5))
        assert changed.contrast < 30
        # Rounding to whole grey levels adds a little grain.
        assert changed.sharpness == pytest.approx(sharpness, rel=0.2)


def test_sharpness_hardly_depends_on_the_size_of_the_crop(crop: Image.Image) -> None:
    smooth = crop.resize((48, 48), Image.Resampling.BICUBIC)
    sharp = [face_quality(found(), smooth.resize((s, s))).sharpness for s in (128, 224)]
    assert sharp[0] == pytest.approx(sharp[1], rel=0.15)


def test_dark_and_bright_crops(crop: Image.Image) -> None:
    dark, bright = (
        face_quality(found(), ImageEnhance.Brightness(crop).enhance(factor)) for factor in (0.3, 2)
    )
    assert dark.light < face_quality(found(), crop).light < bright.light
    assert dark.clipped < 0.01 and bright.clipped > 0.3


def test_light_contrast_and_clipped_by_hand() -> None:
    pixels = np.full((64, 64, 3), 100, np.uint8)
    pixels[:16] = 0
    pixels[16:24] = 255
    quality = face_quality(found(), Image.fromarray(pixels))
    values = [0] * 16 + [255] * 8 + [100] * 40
    assert quality.light == pytest.approx(np.mean(values))
    assert quality.contrast == pytest.approx(np.std(values))
    assert quality.clipped == pytest.approx(24 / 64)


def test_a_plain_crop_has_no_sharpness() -> None:
    assert face_quality(found(), Image.new("RGB", (64, 64), "grey")).sharpness == 0


@pytest.mark.parametrize(
    ("landmarks", "yaw", "pitch", "roll"),
    [
        (LANDMARKS, 0, 0.6, 0),
        (moved(2, x=5, y=0), 0.25, 0.6, 0),  # the nose to the right
        (moved(2, x=-10, y=0), -0.5, 0.6, 0),
        (moved(2, x=0, y=4), 0, 0.8, 0),  # the nose down
        (moved(2, x=0, y=-8), 0, 0.2, 0),
        (turned(30), 0, 0.6, 30),
        (turned(-100), 0, 0.6, -100),
        (3 * LANDMARKS + 7, 0, 0.6, 0),  # a larger face elsewhere
    ],
)
def test_pose(
    crop: Image.Image, landmarks: np.ndarray, yaw: float, pitch: float, roll: float
) -> None:
    quality = face_quality(found(landmarks), crop)
    measured = (quality.yaw, quality.pitch, quality.roll)
    assert measured == pytest.approx((yaw, pitch, roll), abs=1e-9)


def test_coinciding_eyes_are_measured_as_turned_away(crop: Image.Image) -> None:
    landmarks = moved(1, x=-20, y=0)
    quality = face_quality(found(landmarks), crop)
    assert np.isfinite([quality.yaw, quality.pitch, quality.roll]).all()
    assert "The face is turned away: the age is less sure." in quality_warnings(quality)


def test_an_ordinary_face_has_no_warning() -> None:
    assert quality_warnings(ORDINARY) == ()


@pytest.mark.parametrize(
    ("measure", "value", "ordinary", "sentence"),
    [
        ("size", 33.6, 48.0, "The face is small (34 pixels): the age is less sure."),
        ("score", 0.96, 0.97, "This may not be a face, or it is partly hidden."),
        ("sharpness", 0.06, 0.07, "The face is blurred: the age is less sure."),
        ("light", 59.0, 60.0, "The face is dark: the age is less sure."),
        ("light", 196.0, 195.0, "The face is very bright: the age is less sure."),
        ("clipped", 0.3, 0.25, "Parts of the face are black or white: the age is less sure."),
        ("contrast", 19.0, 20.0, "The face has little contrast: the age is less sure."),
        ("yaw", 0.45, 0.4, "The face is turned away: the age is less sure."),
        ("yaw", -0.45, -0.4, "The face is turned away: the age is less sure."),
        ("pitch", 0.29, 0.3, "The face looks up or down: the age is less sure."),
        ("pitch", 0.81, 0.8, "The face looks up or down: the age is less sure."),
        ("roll", -36.0, -35.0, "The face is tilted: the age is less sure."),
        ("roll", 36.0, 35.0, "The face is tilted: the age is less sure."),
    ],
)
def test_what_makes_an_age_less_sure_is_said(
    measure: str, value: float, ordinary: float, sentence: str
) -> None:
    assert quality_warnings(replace(ORDINARY, **{measure: value})) == (sentence,)
    assert quality_warnings(replace(ORDINARY, **{measure: ordinary})) == ()


def test_several_warnings_stand_together() -> None:
    poor = replace(ORDINARY, size=30, score=0.91, light=20)
    assert [text.split()[3] for text in quality_warnings(poor)] == ["small", "be", "dark:"]


def test_each_shortcoming_has_its_remedy() -> None:
    poor = replace(ORDINARY, size=30, yaw=-0.5)
    small, turned_away = shortcomings(poor)
    assert (small.remedy, turned_away.remedy) == ("Come closer.", "Look straight at the camera.")
    assert (small.warning, turned_away.warning) == quality_warnings(poor)


def test_the_example_faces_have_no_warning_until_they_are_spoilt(
    portraits: list[Image.Image], detector: Detector
) -> None:
    for photo in portraits[::3]:
        ((face,),) = detector.detect([photo])
        crop = align_face(photo, face.landmarks, FaceSpec())
        assert quality_warnings(face_quality(face, crop)) == ()
        blurred = face_quality(face, crop.filter(ImageFilter.GaussianBlur(4)))
        assert quality_warnings(blurred) == ("The face is blurred: the age is less sure.",)
