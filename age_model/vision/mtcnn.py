"""Finding faces with MTCNN (Zhang et al. 2016), with the networks and weights of facenet-pytorch.

Nothing else of that library is used, and no other file imports it.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from PIL import Image, ImageOps

from age_model.vision.cascade import Cascade, Found
from age_model.vision.detector import MIN_SCORE, DetectorError
from age_model.vision.faces import DetectedFace

NOT_INSTALLED = "Finding faces needs facenet-pytorch: pip install -r requirements.txt."

# Faces are looked for on a copy of the photo whose long side is at most this many pixels: MTCNN's
# cost grows with the area, and `benchmarks/detection_size.py` shows what is lost at each size. Many
# photos are a whole number of times as large as this, and then resized four times faster.
WORKING_SIDE = 960
SMALLEST_FACE = 24  # pixels of the working copy
# MTCNN cuts what it looks at off at the picture's edge: the landmarks of a face whose box reaches
# beyond, as on every tightly cropped photo, come out shifted by up to a fifth of the face. Such a
# photo is looked at again with a plain border, this wide for a face of side 1; and so is one in
# which nothing was found: a face larger than the picture is found only with a border.
BORDER = 0.3
_GREY = (127, 127, 127)  # 0 to the networks
# MTCNN builds an empty image pyramid, and then fails, on pictures smaller than its first window.
_SMALLEST_PICTURE = SMALLEST_FACE


class Mtcnn:
    """MTCNN with its traps taken care of; a `Detector`.

    Args:
        min_score: faces of a lower score are left out.
        device: where the networks run.
    """

    def __init__(self, min_score: float = MIN_SCORE, device: str = "cpu") -> None:
        self.min_score = min_score
        self.device = device

    @property
    def cache_key(self) -> str:
        """Return the settings; without a name, so that faces cached before it had one are found."""
        return f"{WORKING_SIDE}, {SMALLEST_FACE}, {BORDER}, {self.min_score}"

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        """Find all faces of each photo: see `Detector.detect`.

        Photos of one batch share the passes of the second and third network. A face is found at
        the same place in any batch, to a thousandth of a pixel.
        """
        copies = [_working_copy(photo) for photo in photos]
        large_enough = [i for i, copy in enumerate(copies) if min(copy.size) >= _SMALLEST_PICTURE]
        faces: list[list[DetectedFace]] = [[] for _ in photos]
        found_in_each = self._find([copies[i] for i in large_enough])
        for i, found in zip(large_enough, found_in_each, strict=True):
            faces[i] = self._faces(found, photos[i], copies[i].size)
        return faces

    @cached_property
    def _cascade(self) -> Cascade:
        # Imported on first use: training on prepared faces runs where the library is missing.
        try:
            from facenet_pytorch.models.mtcnn import ONet, PNet, RNet
        except ImportError as error:
            raise DetectorError(NOT_INSTALLED) from error
        return Cascade((PNet(), RNet(), ONet()), SMALLEST_FACE, self.device)

    def _find(self, copies: list[Image.Image]) -> list[list[Found]]:
        """Find faces on working copies, also those that touch the edge."""
        found = self._cascade(copies)
        borders = [_border(faces, copy) for faces, copy in zip(found, copies, strict=True)]
        again = [i for i, border in enumerate(borders) if border]
        bordered = self._cascade([ImageOps.expand(copies[i], borders[i], _GREY) for i in again])
        for i, faces in zip(again, bordered, strict=True):
            # Some faces are missed with a border: better the landmarks of the first look than none.
            if _best_score(faces) >= min(MIN_SCORE, _best_score(found[i])):
                found[i] = [(b - borders[i], p - borders[i], score) for b, p, score in faces]
        return found

    def _faces(
        self, found: list[Found], photo: Image.Image, copy_size: tuple[int, int]
    ) -> list[DetectedFace]:
        back = np.array(photo.size) / copy_size
        faces = [
            _face(box * back, points * back, score, photo)
            for box, points, score in found
            if score >= self.min_score
        ]
        return sorted((face for face in faces if face.side > 0), key=lambda face: face.box[0])


def _working_copy(photo: Image.Image) -> Image.Image:
    scale = min(1.0, WORKING_SIDE / max(photo.size))
    width, height = (max(1, round(side * scale)) for side in photo.size)
    return photo.resize((width, height), Image.Resampling.BOX, reducing_gap=1.0)


def _border(found: list[Found], copy: Image.Image) -> int:
    """Return how wide a border a second look needs, pixels; 0 if it needs no second look."""
    cut = [
        float((box[1] - box[0]).max())
        for box, _, _ in found
        if (box[0] < 0).any() or (box[1] > copy.size).any()
    ]
    if found and not cut:
        return 0
    return round(BORDER * max(cut, default=min(copy.size)))


def _face(box: np.ndarray, points: np.ndarray, score: float, photo: Image.Image) -> DetectedFace:
    left, top, right, bottom = np.clip(box, 0, photo.size).ravel().tolist()
    return DetectedFace((left, top, right, bottom), points, min(score, 1.0))


def _best_score(found: list[Found]) -> float:
    return max((score for _, _, score in found), default=0.0)
