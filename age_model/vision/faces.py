"""What a face detector returns, and which face a photo is of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np

from age_model.vision.boxes import Box, Boxed


@dataclass(frozen=True)
class DetectedFace:
    """One face found in a photo.

    Attributes:
        box: left, top, right, bottom in pixels of the upright photo, inside it.
        landmarks: float, shape (5, 2), pixels: left eye, right eye, nose, mouth corners.
        score: the detector's confidence that this is a face, 0 to 1.
    """

    box: Box
    landmarks: np.ndarray
    score: float

    @property
    def side(self) -> float:
        """Shorter side of the box, pixels."""
        return _side(self.box)


FaceT = TypeVar("FaceT", bound=Boxed)


class Sized(Protocol):
    """Anything with a width and a height, such as a picture."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""


def main_face(faces: Sequence[FaceT], image: Sized) -> FaceT | None:
    """Return the face that a photo is most likely of: large and central.

    Args:
        faces: faces of one photo, in its pixels.
        image: that photo.

    Returns:
        The face with the largest side, reduced by its distance from the centre, or None.
    """
    centre = np.array(image.size) / 2

    def prominence(face: FaceT) -> float:
        middle = np.array([face.box[0] + face.box[2], face.box[1] + face.box[3]]) / 2
        return _side(face.box) * (1 - 0.5 * float(np.abs((middle - centre) / image.size).max()))

    return max(faces, key=prominence, default=None)


def _side(box: Box) -> float:
    return min(box[2] - box[0], box[3] - box[1])
