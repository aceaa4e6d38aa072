"""What a face detector does for the rest of the project."""

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
