"""How good the picture of a face is: what makes an age estimate more or less sure."""

from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
from PIL import Image

from age_model.i18n.message import Sentence, mark
from age_model.vision.faces import DetectedFace

# Sharpness is measured at one size, so that it does not depend on the model's.
SHARPNESS_SIDE = 128
DARKEST, BRIGHTEST = 4, 251  # grey levels that count as clipped: JPEG blurs 0 and 255 a little

# From here on an age is called less sure. The shares are those of 1,493 UTKFace validation photos;
# none of 75 portraits of politicians and of 12 faces on seven press photos is beyond any limit.
# On the 9 to 14 photos a limit that were dark or looked down, the first model erred by 3 years
# more than on others of those ages; a face turned by up to 0.35 cost nothing.
SMALL_FACE = 48  # pixels: below this the crop is enlarged by more than two; 0 %
UNSURE_SCORE = 0.97  # 1.3 % are below, most of them babies
BLURRED = 0.07  # 0.3 % are below; a portrait is from a Gaussian blur of 2 % of the crop's side on
DARK, BRIGHT = 60, 195  # 0.9 % are below, 0.6 % above
CLIPPED = 0.25  # 0.1 % are above
LOW_CONTRAST = 20  # 0.3 % are below
TURNED = 0.4  # 0.5 % are above, to either side
LOOKING_UP, LOOKING_DOWN = 0.30, 0.80  # 0.3 % are below, 0.5 % above
TILTED = 35  # degrees; 0 %: faces turned by 40 degrees were missed, or their ages changed


@dataclass(frozen=True)
class FaceQuality:
    """What can be measured of a face without knowing its age.

    Left and right are those of the picture.

    Attributes:
        size: shorter side of the face's box, pixels of the photo.
        sharpness: spread of the Laplacian over the spread of the grey levels, both of the aligned
            crop at 128 px; 0 is a plain surface, a photo in focus has 0.1 to 0.6, and noise counts
            as detail.
        light: mean grey level of the crop, 0 to 255.
        clipped: share of the crop's pixels that are black or white, 0 to 1.
        contrast: standard deviation of the crop's grey levels, 0 to 127.5.
        yaw: how far the nose lies to the right of the middle between the eyes, in distances
            between the eyes; 0 facing the camera.
        pitch: where the nose lies between the line of the eyes (0) and that of the mouth (1);
            less for a face that looks up.
        roll: by how much the line of the eyes falls to the right, degrees; 0 upright.
        score: the detector's confidence, 0 to 1.
    """

    size: float
    sharpness: float
    light: float
    clipped: float
    contrast: float
    yaw: float
    pitch: float
    roll: float
    score: float


@dataclass(frozen=True)
class CropQuality:
    """What can be measured of the aligned crop of a face alone; see `FaceQuality`."""

    sharpness: float
    light: float
    clipped: float
    contrast: float


def crop_quality(crop: Image.Image) -> CropQuality:
    """Measure the aligned crop of a face, RGB."""
    grey = np.asarray(crop.convert("L"), float)
    return CropQuality(
        sharpness=_sharpness(crop),
        light=float(grey.mean()),
        clipped=float(((grey <= DARKEST) | (grey >= BRIGHTEST)).mean()),
        contrast=float(grey.std()),
    )


def face_quality(face: DetectedFace, crop: Image.Image) -> FaceQuality:
    """Measure a face.

    Args:
        face: as found in the photo.
        crop: the same face, aligned, RGB.
    """
    yaw, pitch, roll = _pose(face.landmarks)
    return FaceQuality(
        size=face.side,
        **asdict(crop_quality(crop)),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        score=face.score,
    )


class Shortcoming(NamedTuple):
    """Something that makes an age less sure.

    Attributes:
        warning: what it is.
        remedy: what to do for a better picture.
    """

    warning: str
    remedy: str


def shortcomings(quality: FaceQuality) -> tuple[Shortcoming, ...]:
    """List what makes an age less sure; empty for an ordinary face."""
    turned_up_or_down = not LOOKING_UP <= quality.pitch <= LOOKING_DOWN
    checks = (
        (
            quality.size < SMALL_FACE,
            Sentence(
                "The face is small ({size} pixels): the age is less sure.", size=round(quality.size)
            ),
            mark("Come closer."),
        ),
        (
            quality.score < UNSURE_SCORE,
            mark("This may not be a face, or it is partly hidden."),
            mark("Show the whole face."),
        ),
        (
            quality.sharpness < BLURRED,
            mark("The face is blurred: the age is less sure."),
            mark("Hold still; wipe the camera if it is dirty."),
        ),
        (
            quality.light < DARK,
            mark("The face is dark: the age is less sure."),
            mark("Turn towards the light."),
        ),
        (
            quality.light > BRIGHT,
            mark("The face is very bright: the age is less sure."),
            mark("Step out of the bright light."),
        ),
        (
            quality.clipped > CLIPPED,
            mark("Parts of the face are black or white: the age is less sure."),
            mark("Find even light, without a lamp or the sun on one side or behind."),
        ),
        (
            quality.contrast < LOW_CONTRAST,
            mark("The face has little contrast: the age is less sure."),
            mark("Keep light from shining into the camera; wipe it if it is dirty."),
        ),
        (
            abs(quality.yaw) > TURNED,
            mark("The face is turned away: the age is less sure."),
            mark("Look straight at the camera."),
        ),
        (
            turned_up_or_down,
            mark("The face looks up or down: the age is less sure."),
            mark("Hold the camera at the height of the eyes."),
        ),
        (
            abs(quality.roll) > TILTED,
            mark("The face is tilted: the age is less sure."),
            mark("Hold the head and the camera upright."),
        ),
    )
    return tuple(Shortcoming(warning, remedy) for applies, warning, remedy in checks if applies)


def quality_warnings(quality: FaceQuality) -> tuple[str, ...]:
    """Return the warnings among the shortcomings."""
    return tuple(shortcoming.warning for shortcoming in shortcomings(quality))


def _sharpness(crop: Image.Image) -> float:
    side = (SHARPNESS_SIDE, SHARPNESS_SIDE)
    grey = np.asarray(crop.convert("L").resize(side, Image.Resampling.BICUBIC), float)
    neighbours = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    laplacian = neighbours - 4 * grey[1:-1, 1:-1]
    # Light and contrast scale both spreads alike; only how fine the detail is remains.
    return float(laplacian.std() / max(grey.std(), 1.0))


def _pose(landmarks: np.ndarray) -> tuple[float, float, float]:
    """Return yaw, pitch and roll as `FaceQuality` has them, from landmarks (5, 2)."""
    # Points of the plane as complex numbers, turned and scaled so that the eyes lie at -1/2, 1/2.
    left_eye, right_eye, nose, left_mouth, right_mouth = landmarks @ (1, 1j)
    eyes = right_eye - left_eye
    unit = eyes if abs(eyes) > 1e-6 else 1e-6
    middle = (left_eye + right_eye) / 2
    nose = (nose - middle) / unit
    mouth = ((left_mouth + right_mouth) / 2 - middle) / unit
    pitch = nose.imag / max(mouth.imag, 1e-6)
    return float(nose.real), float(pitch), float(np.degrees(np.angle(eyes)))
