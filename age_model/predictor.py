"""From a photo to ages: the one way that the app, the command line and the tests share."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from PIL import Image

from age_model.ages import AGE_LIMITS, CLEARLY_ADULT, LEGAL_AGE, under_column
from age_model.alignment import align_face
from age_model.decision import cannot_tell
from age_model.detection import DetectedFace, FaceDetector
from age_model.language import mark
from age_model.model_files import DEFAULT_MODEL_DIR, AgeModel, ModelError, as_batch, load_model
from age_model.photos import PhotoError, open_photo
from age_model.quality import FaceQuality, face_quality, quality_warnings

CANNOT_TELL = mark("The age cannot be told from this picture: too many ages are possible.")
NO_FACE = mark("No face was found. Use a photo where a face is large, lit and looks at the camera.")
NO_NUMBER = mark("The model gives ages that are not numbers: its files are damaged.")

RESULT_COLUMNS = (
    "photo", "face", "left", "top", "right", "bottom", "detection_score",
    "age", "age_low", "age_high", *map(under_column, AGE_LIMITS), "warnings",
)  # fmt: skip


@dataclass(frozen=True)
class FaceEstimate:
    """What is predicted for one face.

    Attributes:
        box: left, top, right, bottom in pixels of the upright photo.
        landmarks: float, shape (5, 2), pixels of the upright photo.
        detection_score: the detector's confidence, 0 to 1.
        crop: the aligned RGB square that the network sees.
        age: years.
        age_low: lower end of the 90 % interval, years.
        age_high: upper end of the 90 % interval, years.
        distribution: float, shape (AGE_BINS,), summing to 1; entry i is the probability of age i.
        p_under_18: probability of being younger than 18.
        p_under_25: probability of being younger than 25.
        quality: how good the picture of the face is.
        warnings: sentences on what makes the estimate less sure.
    """

    box: tuple[float, float, float, float]
    landmarks: np.ndarray
    detection_score: float
    crop: Image.Image
    age: float
    age_low: float
    age_high: float
    distribution: np.ndarray
    p_under_18: float
    p_under_25: float
    quality: FaceQuality
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class PhotoResult:
    """The faces of one photo, from left to right.

    Attributes:
        name: of the photo.
        image: the upright RGB photo; None if it could not be read.
        faces: the estimates; empty if none was found.
        problem: the sentence to show when the photo could not be read or has no face.
    """

    name: str
    image: Image.Image | None
    faces: tuple[FaceEstimate, ...]
    problem: str | None


class Predictor:
    """A face detector and an age model.

    Args:
        model: the age model.
        detector: finds the faces; MTCNN by default.
    """

    def __init__(self, model: AgeModel, detector: FaceDetector | None = None) -> None:
        self.model = model
        self.detector = detector or FaceDetector()

    @classmethod
    def load(cls, model_dir: Path = DEFAULT_MODEL_DIR) -> "Predictor":
        """Load a saved model.

        Raises:
            ModelError: if it cannot be used.
        """
        return cls(load_model(model_dir))

    def predict(self, name: str, source: str | Path | bytes | BinaryIO) -> PhotoResult:
        """Read a photo and estimate the ages of its faces; a bad photo never raises.

        Args:
            name: how the result is called.
            source: what `open_photo` reads.

        Raises:
            ModelError: see `estimate`.
        """
        try:
            image = open_photo(source)
        except PhotoError as error:
            return PhotoResult(name, None, (), str(error))
        faces = tuple(self.estimate(image, self.detector.detect(image)))
        return PhotoResult(name, image, faces, None if faces else NO_FACE)

    def estimate(self, image: Image.Image, found: list[DetectedFace]) -> list[FaceEstimate]:
        """Estimate the ages of faces found in an upright RGB photo, in one batch.

        Raises:
            ModelError: an age is not a number; it would pass any limit.
        """
        if not found:
            return []
        crops = [align_face(image, face.landmarks, self.model.spec) for face in found]
        qualities = [face_quality(face, crop) for face, crop in zip(found, crops, strict=True)]
        distributions = self.model.distributions(as_batch(crops))
        if not distributions.isfinite().all():
            raise ModelError(NO_NUMBER)
        low, high = self.model.intervals(distributions)
        ages = self.model.ages(distributions)
        minors, young = (self.model.probability_under(distributions, age) for age in AGE_LIMITS)
        estimates = [
            FaceEstimate(
                box=face.box,
                landmarks=face.landmarks,
                detection_score=face.score,
                crop=crop,
                age=ages[i].item(),
                age_low=low[i].item(),
                age_high=high[i].item(),
                distribution=distributions[i].numpy(),
                p_under_18=minors[i].item(),
                p_under_25=young[i].item(),
                quality=quality,
                warnings=quality_warnings(quality),
            )
            for i, (face, crop, quality) in enumerate(zip(found, crops, qualities, strict=True))
        ]
        return [
            replace(face, warnings=(CANNOT_TELL, *face.warnings)) if cannot_tell(face) else face
            for face in estimates
        ]


def results_table(results: Iterable[PhotoResult]) -> pd.DataFrame:
    """Return one row a face, with `RESULT_COLUMNS`; photos without a face have one empty row."""
    rows = [row for result in results for row in result_rows(result)]
    # Fixed types: face numbers stay whole, and figures figures, where values are missing.
    types = dict.fromkeys(RESULT_COLUMNS[2:-1], "float64") | {"face": "Int64"}
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS)).astype(types)


def result_rows(result: PhotoResult) -> list[dict[str, str | int | float | None]]:
    """Return the rows of one photo: pixels and ages to 0.1, probabilities to 0.001."""
    if not result.faces:
        empty = dict.fromkeys(RESULT_COLUMNS)
        return [empty | {"photo": result.name, "warnings": result.problem}]
    return [
        {
            "photo": result.name,
            "face": number,
            **dict(zip(RESULT_COLUMNS[2:6], (round(edge, 1) for edge in face.box), strict=True)),
            "detection_score": round(face.detection_score, 3),
            "age": round(face.age, 1),
            "age_low": round(face.age_low, 1),
            "age_high": round(face.age_high, 1),
            under_column(LEGAL_AGE): round(face.p_under_18, 3),
            under_column(CLEARLY_ADULT): round(face.p_under_25, 3),
            "warnings": " ".join(face.warnings),
        }
        for number, face in enumerate(result.faces, 1)
    ]
