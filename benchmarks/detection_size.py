"""How many faces are lost, and how much time is saved, by looking for them on a smaller copy?

    python -m benchmarks.detection_size FOLDER-OF-PHOTOS...

Faces found at each working size are counted among those found at full size, on the photos and on
a wide group picture of the example faces at many sizes. This is how WORKING_SIDE was chosen.
"""

import sys
import time
from pathlib import Path

from PIL import Image

from age_model import detection
from age_model.detection import DetectedFace, FaceDetector
from age_model.photos import find_photos, open_photo

SIZES = (480, 640, 800, 960, 1024, 1280)  # pixels, longer side of the working copy
FULL = 1_000_000
EXAMPLES = Path(__file__).parent.parent / "assets" / "examples"
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
    detector: FaceDetector, images: list[Image.Image], side: int
) -> tuple[list[list[DetectedFace]], float]:
    """Return the faces of each picture and the seconds taken, at one working size."""
    detection.WORKING_SIDE = side
    started = time.process_time()
    faces = [detector.detect(image) for image in images]
    return faces, time.process_time() - started


def print_table(detector: FaceDetector, title: str, images: list[Image.Image]) -> None:
    """Print a line for each working size."""
    full, full_seconds = measure(detector, images, FULL)
    count = sum(map(len, full))
    print(f"{title}: {count} faces at full size, {full_seconds:.1f} s")
    print("  size   found   further   time")
    for side in SIZES:
        faces, seconds = measure(detector, images, side)
        again = sum(refound(*pair) for pair in zip(full, faces, strict=True))
        further = sum(map(len, faces)) - sum(
            refound(*pair) for pair in zip(faces, full, strict=True)
        )
        share = f"{again}/{count}"
        print(f"  {side:<6} {share:<7} {further:<9} {seconds / full_seconds:.0%}")


def main(folders: list[str]) -> None:
    """Print a table for the photos in the folders and one for the group picture."""
    detector = FaceDetector()
    detector.detect(Image.new("RGB", (64, 64)))  # the first time is slower
    photos = [open_photo(path) for path in find_photos(Path(folder) for folder in folders)]
    if photos:
        print_table(detector, f"{len(photos)} photos", photos)
    print_table(detector, "Group picture, faces of 24 to 200 px", [group_picture()])


if __name__ == "__main__":
    main(sys.argv[1:])
