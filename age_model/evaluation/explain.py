"""A labelled photo, examined as in the evaluation."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from age_model.model.age_model import as_batch
from age_model.vision.alignment import whole_picture
from age_model.vision.detector import MIN_SCORE
from age_model.vision.faces import main_face
from age_model.vision.photos import open_photo
from age_model.vision.quality import FaceQuality

if TYPE_CHECKING:
    from age_model.predict.predictor import Predictor


@dataclass(frozen=True)
class Examined:
    """The result for a labelled photo.

    Attributes:
        picture: the upright RGB photo.
        faces: how many faces were found.
        quality: of the face that the label is assumed to belong to; None if no face was found.
        distribution: float, shape (AGE_BINS,), summing to 1: how likely each age is.
    """

    picture: Image.Image
    faces: int
    quality: FaceQuality | None
    distribution: np.ndarray


def examine(predictor: "Predictor", path: Path) -> Examined:
    """Examine a labelled photo as the evaluation did: its main face, or all of it without one.

    Raises:
        PhotoError: if the photo cannot be read.
        ModelError: if the model gives no age.
    """
    picture = open_photo(path)
    # The app's detector may be set to find more faces than the evaluation's.
    (faces,) = predictor.detector.detect([picture])
    found = [face for face in faces if face.score >= MIN_SCORE]
    face = main_face(found, picture)
    if face is None:
        crop = whole_picture(picture, predictor.model.spec)
        return Examined(
            picture, 0, None, predictor.model.distributions(as_batch([crop]))[0].numpy()
        )
    (estimate,) = predictor.estimate(picture, [face])
    return Examined(picture, len(found), estimate.quality, estimate.distribution)
