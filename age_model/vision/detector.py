"""What a face detector does for the rest of the project, and which one is used.

Another detector is a class that meets `Detector`, and its name in `default_detector`.
"""

from collections.abc import Sequence
from typing import Protocol

from PIL import Image

from age_model.vision.faces import DetectedFace

MIN_SCORE = 0.9  # of the faces that are kept where nobody chooses otherwise


class DetectorError(Exception):
    """The detector cannot be used on this machine."""


class Detector(Protocol):
    """Finds faces. An instance is cheap to make and can be pickled: networks load on first use."""

    @property
    def cache_key(self) -> str:
        """Everything that decides which faces are found, and where, as text.

        Faces that were found under one key are taken from the cache wherever the key is the same.
        """

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        """Find all faces of each photo.

        Args:
            photos: upright RGB photos, each of any size.

        Returns:
            For each photo its faces from left to right, in its own pixels; empty if it has none.

        Raises:
            DetectorError: if the detector cannot be used here.
        """


def default_detector(min_score: float = MIN_SCORE, device: str = "cpu") -> Detector:
    """Return the detector of the app, the commands and the training.

    Args:
        min_score: faces of a lower score are left out.
        device: where its networks run.
    """
    from age_model.vision.mtcnn import Mtcnn  # takes seconds: it loads torch

    return Mtcnn(min_score, device)
