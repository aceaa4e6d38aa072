"""How many faces are lost, and how much time is saved, by detecting them on a smaller copy?

    python -m benchmarks.detection_size [FOLDER-OF-PHOTOS...]

Counts how many of the faces found at full size are found at each working size, on the photos and
on a wide group picture of the example faces at many sizes. WORKING_SIDE was chosen by it.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from age_model.vision import mtcnn
from age_model.vision.default_detector import default_detector
from age_model.vision.detector import Detector
from age_model.vision.faces import DetectedFace
from age_model.vision.photos import open_photo
from benchmarks.report import EXAMPLES, Row, show

SIZES = (480, 640, 800, 960, 1024, 1280)  # pixels, longer side of the working copy
FULL = 1_000_000
GROUP_SIZE = (4000, 2250)
FACE_SIDES = (24, 32, 40, 50, 64, 80, 100, 130, 160, 200)  # pixels on the group picture
FACE_SHARE = 0.65  # of an example picture's side is the face


def group_picture() -> Image.Image:
    """Set all example faces, in a row for each of `FACE_SIDES`, on one large canvas."""
    portraits = [open_photo(path) for path in sorted(EXAMPLES.glob("ages-*.jpg"))]
    picture = Image.new("RGB", GROUP_SIZE, portraits[0].getpixel((0, 0)))
    top = 20
    for side in FACE_SIDES:
        pasted = round(side / FACE_SHARE)
        for i, portrait in enumerate(portraits):
            left = 60 + i * (GROUP_SIZE[0] - 120) // len(portraits)
            picture.paste(portrait.resize((pasted, pasted), Image.Resampling.LANCZOS), (left, top))
        top += pasted + 30
    return picture


def refound(reference: list[DetectedFace], faces: list[DetectedFace]) -> int:
    """Count the faces of `reference` in which the nose of one of `faces` lies."""
    return sum(any(_holds(face, other.landmarks[2]) for other in faces) for face in reference)


def _holds(face: DetectedFace, point: tuple[float, float]) -> bool:
    left, top, right, bottom = face.box
    return left < point[0] < right and top < point[1] < bottom


def measure(
    detector: Detector, images: list[Image.Image], side: int
) -> tuple[list[list[DetectedFace]], float]:
    """Return the faces of each picture and the seconds taken, at one working size."""
    usual, mtcnn.WORKING_SIDE = mtcnn.WORKING_SIDE, side
    try:
        started = time.process_time()
        faces = [detector.detect([image])[0] for image in images]
        return faces, time.process_time() - started
    finally:
        mtcnn.WORKING_SIDE = usual


def compare(
    detector: Detector, title: str, images: list[Image.Image], sizes: Sequence[int]
) -> list[Row]:
    """Return a row for each working size."""
    full, full_seconds = measure(detector, images, FULL)
    count = sum(map(len, full))
    rows = []
    for side in sizes:
        faces, seconds = measure(detector, images, side)
        again = sum(refound(*pair) for pair in zip(full, faces, strict=True))
        known = sum(refound(*pair) for pair in zip(faces, full, strict=True))
        rows.append(
            {
                "pictures": title,
                "longer side": f"{side} px",
                "found of those at full size (n)": f"{again} of {count}",
                "further": f"{sum(map(len, faces)) - known}",
                "processor's time beside full size": f"{seconds / full_seconds:.0%}",
            }
        )
    return rows


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Compare working sizes on the photos and on the group picture."""
    detector = default_detector()
    detector.detect([Image.new("RGB", (64, 64))])  # the first time is slower
    sizes = SIZES[:1] if miniature else SIZES
    images = [open_photo(path) for path in (photos[:1] if miniature else photos)]
    picture = group_picture().reduce(4 if miniature else 1)
    group = "faces of 24 to 200 px, made up"
    return [
        *compare(detector, f"{len(images)} as given", images, sizes),
        *compare(detector, group, [picture], sizes),
    ]


if __name__ == "__main__":
    show(rows)
