"""What is found on a photo: its faces with their ages, as objects and as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from PIL import Image

from age_model.ages import AGE_LIMITS, CLEARLY_ADULT, LEGAL_AGE, under_column
from age_model.i18n.message import mark
from age_model.vision.quality import FaceQuality

CANNOT_TELL = mark("The age cannot be estimated from this picture: too many ages are possible.")

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


def results_table(results: Iterable[PhotoResult]) -> pd.DataFrame:
    """Return one row a face, with `RESULT_COLUMNS`; photos without a face have one empty row."""
    rows = [row for result in results for row in result_rows(result)]
    # Fixed types: face numbers stay whole and ages numeric where values are missing.
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


FILTERED_OUT = mark(
    "What was found is smaller or less certain to be a face than the settings ask for: lower them "
    "to see it."
)


def with_faces(result: PhotoResult, smallest_face: float, min_score: float) -> PhotoResult:
    """Return a result with only the faces that are large and certain enough.

    Args:
        result: of one photo.
        smallest_face: shorter side of a face's box, pixels of the photo.
        min_score: the detector's confidence, 0 to 1.
    """
    faces = tuple(
        face
        for face in result.faces
        if face.detection_score >= min_score
        and min(face.box[2] - face.box[0], face.box[3] - face.box[1]) >= smallest_face
    )
    if result.faces and not faces:
        return replace(result, faces=(), problem=FILTERED_OUT)
    return replace(result, faces=faces)
