"""Why the age of a labelled photo may be wrong: what can be seen in the photo and its label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from PIL import Image

from age_model.alignment import whole_picture
from age_model.detection import MIN_SCORE, main_face
from age_model.language import tr, trn
from age_model.model_files import as_batch
from age_model.photos import open_photo
from age_model.quality import LOOKING_DOWN, LOOKING_UP, FaceQuality, quality_warnings

if TYPE_CHECKING:
    from age_model.predictor import Predictor

_MEASURES = {
    "face_size": "size",
    "detection_score": "score",
    "sharpness": "sharpness",
    "light": "light",
    "clipped": "clipped",
    "contrast": "contrast",
}
"""Columns of the predictions table, and what `FaceQuality` calls them."""


@dataclass(frozen=True)
class Examined:
    """What a labelled photo shows.

    Attributes:
        picture: the upright RGB photo.
        faces: how many faces were found.
        quality: of the face that the label is taken to be of; None if no face was found.
        distribution: float, shape (AGE_BINS,), summing to 1: how likely each age is.
    """

    picture: Image.Image
    faces: int
    quality: FaceQuality | None
    distribution: np.ndarray


def examine(predictor: "Predictor", path: Path) -> Examined:
    """Look at a labelled photo as the evaluation did: at its main face, or all of it without one.

    Raises:
        PhotoError: if the photo cannot be read.
        ModelError: if the model gives no age.
    """
    picture = open_photo(path)
    # The app's detector may be set to find more than the evaluation's.
    found = [face for face in predictor.detector.detect(picture) if face.score >= MIN_SCORE]
    face = main_face(found, picture)
    if face is None:
        crop = whole_picture(picture, predictor.model.spec)
        return Examined(
            picture, 0, None, predictor.model.distributions(as_batch([crop]))[0].numpy()
        )
    (estimate,) = predictor.estimate(picture, [face])
    return Examined(picture, len(found), estimate.quality, estimate.distribution)


def reasons(
    row: Mapping[str, Any],
    examined: Examined | None = None,
    train_ages: Sequence[float] | None = None,
) -> tuple[str, ...]:
    """Say in plain sentences what may have misled the model; empty if nothing unusual is known.

    Args:
        row: of the predictions table; further columns of `evaluate_split` are used if it has them.
        examined: the photo itself, where it is at hand; it says more than the table.
        train_ages: the youngest and the oldest age that the model was trained on, years.
    """
    return (*_face_reasons(row, examined), *_label_reasons(row, train_ages))


def _face_reasons(row: Mapping[str, Any], examined: Examined | None) -> tuple[str, ...]:
    face_found = examined.faces > 0 if examined else bool(row.get("face_found", True))
    sentences = []
    if not face_found:
        sentences.append(tr("No face was found: the whole picture was taken for it."))
    if examined and examined.faces > 1:
        sentences.append(
            trn(
                "{n} face is in the picture: the label may be of another one.",
                "{n} faces are in the picture: the label may be of another one.",
                examined.faces,
            ).format(n=examined.faces)
        )
    if row.get("colour") == "grey":
        sentences.append(tr("The picture is grey."))
    quality = examined.quality if examined else _table_quality(row)
    if face_found and quality:
        sentences += map(tr, quality_warnings(quality))
    return tuple(sentences)


def _label_reasons(row: Mapping[str, Any], train_ages: Sequence[float] | None) -> tuple[str, ...]:
    sentences = []
    twins = row.get("twin_ages")
    if isinstance(twins, str) and twins:  # pandas reads an empty text as a missing number
        sentences.append(
            tr("An identical picture is labelled with another age: {ages}.").format(ages=twins)
        )
    if train_ages and not train_ages[0] <= row["real_age"] <= train_ages[1]:
        sentences.append(
            tr(
                "The real age is outside those that the model was trained on, {low} to {high}."
            ).format(low=f"{train_ages[0]:g}", high=f"{train_ages[1]:g}")
        )
    return tuple(sentences)


def _table_quality(row: Mapping[str, Any]) -> FaceQuality | None:
    """The quality as far as the table knows it: it does not know how the face is turned."""
    if not set(_MEASURES) <= set(row) or any(pd.isna(row[column]) for column in _MEASURES):
        return None
    known = {name: float(row[column]) for column, name in _MEASURES.items()}
    return FaceQuality(yaw=0.0, pitch=(LOOKING_UP + LOOKING_DOWN) / 2, roll=0.0, **known)
