"""Does a face get the same age as a tight chip, as in training, and in its full photo?

    python -m benchmarks.chip_or_photo [FOLDER-OF-PHOTOS...]

From each photo with a face, a chip is cut like those of UTKFace (200 x 200 px, eyes at 29 % and
mouth at 69.5 % of the height), and both go through the whole pipeline from photo to age.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from age_model.predict.predictor import Predictor
from age_model.vision.faces import main_face
from age_model.vision.photos import PhotoError, open_photo
from benchmarks.report import Row, show

CHIP_SIDE = 200  # pixels
EYES, MOUTH, MIDDLE = 0.29, 0.695, 0.5  # medians over UTKFace chips, fractions of the side


def cut_chip(image: Image.Image, landmarks: np.ndarray) -> bytes:
    """Cut a tight chip around landmarks (5, 2) in pixels of the photo; return it as PNG."""
    eyes, mouth = landmarks[:2].mean(0), landmarks[3:].mean(0)
    side = float(mouth[1] - eyes[1]) / (MOUTH - EYES)
    left, top = eyes[0] - MIDDLE * side, eyes[1] - EYES * side
    box = (max(left, 0), max(top, 0), min(left + side, image.width), min(top + side, image.height))
    size = (
        round(CHIP_SIDE * (box[2] - box[0]) / side),
        round(CHIP_SIDE * (box[3] - box[1]) / side),
    )
    buffer = BytesIO()
    image.resize(size, Image.Resampling.BICUBIC, box, reducing_gap=3.0).save(buffer, "PNG")
    return buffer.getvalue()


def rows(photos: Sequence[Path], miniature: bool = False) -> list[Row]:
    """Return the differences of the two ages over all photos; unreadable ones are left out."""
    predictor = Predictor.load()
    differences, lost = [], 0
    for path in photos[:3] if miniature else photos:
        try:
            image = open_photo(path)
        except PhotoError:
            continue
        (found,) = predictor.detector.detect([image])
        face = main_face(found, image)
        if face is None:
            continue
        in_photo = predictor.estimate(image, [face])[0].age
        as_chip = predictor.predict(path.name, cut_chip(image, face.landmarks)).faces
        if as_chip:
            differences.append(
                max(as_chip, key=lambda found: found.box[2] - found.box[0]).age - in_photo
            )
        else:
            lost += 1
    values = np.array(differences)
    return [
        {
            "faces (n)": f"{len(values)}",
            "not found again in the chip": f"{lost}",
            "chip minus photo, mean": f"{values.mean():+.2f} years",
            "mean size": f"{abs(values).mean():.2f} years",
            "90 % are below": f"{np.quantile(abs(values), 0.9):.2f} years",
        }
    ]


if __name__ == "__main__":
    show(rows)
