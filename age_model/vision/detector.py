"""Finding faces with MTCNN (Zhang et al. 2016), in the version of facenet-pytorch."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageOps

from age_model.vision.faces import DetectedFace, Found

# Faces are looked for on a copy of the photo whose long side is at most this many pixels: MTCNN's
# cost grows with the area, and `benchmarks/detection_size.py` shows what is lost at each size. Many
# photos are a whole number of times as large as this, and then shrunk four times faster.
WORKING_SIDE = 960
SMALLEST_FACE = 24  # pixels of the working copy
MIN_SCORE = 0.9
# facenet-pytorch cuts what it looks at off at the picture's edge: the landmarks of a face whose box
# reaches beyond, as on every tightly cropped photo, come out shifted by up to a fifth of the face.
# Such a photo is looked at again with a plain border, this wide for a face of side 1; and so is one
# in which nothing was found: a face larger than the picture is found only with a border.
BORDER = 0.3
_GREY = (127, 127, 127)  # 0 to the networks
# MTCNN builds an empty image pyramid, and then fails, on pictures smaller than its first window.
_SMALLEST_PICTURE = SMALLEST_FACE


class FaceDetector:
    """MTCNN with its traps taken care of."""

    def __init__(self, min_score: float = MIN_SCORE) -> None:
        # Imported here: training on prepared faces runs where facenet-pytorch is not installed.
        from age_model.vision.mtcnn import Cascade

        self.min_score = min_score
        self._cascade: Callable[[Image.Image], list[Found]] = Cascade(SMALLEST_FACE)

    def detect(self, image: Image.Image) -> list[DetectedFace]:
        """Find all faces of a photo, from left to right.

        Args:
            image: upright RGB photo of any size.

        Returns:
            The faces with a score of at least `min_score`; empty if there are none.
        """
        scale = min(1.0, WORKING_SIDE / max(image.size))
        width, height = (max(1, round(side * scale)) for side in image.size)
        if min(width, height) < _SMALLEST_PICTURE:
            return []
        small = image.resize((width, height), Image.Resampling.BOX, reducing_gap=1.0)
        back = np.array(image.size) / (width, height)
        faces = [
            self._face(box, points, score, back, image)
            for box, points, score in self._find(small)
            if score >= self.min_score
        ]
        return sorted((face for face in faces if face.side > 0), key=lambda face: face.box[0])

    def _find(self, small: Image.Image) -> list[Found]:
        """Find boxes (2, 2), landmarks (5, 2) and scores, also of faces that touch the edge."""
        found = self._cascade(small)
        cut = [
            float((box[1] - box[0]).max())
            for box, _, _ in found
            if (box[0] < 0).any() or (box[1] > small.size).any()
        ]
        if found and not cut:
            return found
        border = round(BORDER * max(cut, default=min(small.size)))
        bordered = self._cascade(ImageOps.expand(small, border, _GREY))
        # Some faces are missed with a border: better the landmarks of the first look than none.
        if _best_score(bordered) < min(MIN_SCORE, _best_score(found)):
            return found
        return [(box - border, points - border, score) for box, points, score in bordered]

    @staticmethod
    def _face(
        box: np.ndarray, points: np.ndarray, score: float, back: np.ndarray, image: Image.Image
    ) -> DetectedFace:
        corners = np.clip(box * back, 0, image.size)
        left, top, right, bottom = corners.ravel().tolist()
        return DetectedFace((left, top, right, bottom), points * back, min(score, 1.0))


def _best_score(found: list[Found]) -> float:
    return max((score for _, _, score in found), default=0.0)
