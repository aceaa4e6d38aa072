"""Possible reasons why the age of a labelled photo is wrong, from the photo and its label."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from age_model.i18n.translate import tr, trn
from age_model.vision.quality import LOOKING_DOWN, LOOKING_UP, FaceQuality, quality_warnings

if TYPE_CHECKING:
    pass
from age_model.evaluation.explain import Examined

_MEASURES = {
    "face_size": "size",
    "detection_score": "score",
    "sharpness": "sharpness",
    "light": "light",
    "clipped": "clipped",
    "contrast": "contrast",
}
"""Columns of the predictions table, and their names in `FaceQuality`."""


def reasons(
    row: Mapping[str, Any],
    examined: Examined | None = None,
    train_ages: Sequence[float] | None = None,
) -> tuple[str, ...]:
    """Return sentences on what may have misled the model; empty if nothing is unusual.

    Args:
        row: of the predictions table; further columns of `evaluate_split` are used where present.
        examined: the photo itself, where it is available; it has more than the table.
        train_ages: the youngest and the oldest age that the model was trained on, years.
    """
    return (*_face_reasons(row, examined), *_label_reasons(row, train_ages))


def _face_reasons(row: Mapping[str, Any], examined: Examined | None) -> tuple[str, ...]:
    face_found = examined.faces > 0 if examined else bool(row.get("face_found", True))
    sentences = []
    if not face_found:
        sentences.append(tr("No face was found: the whole picture was used."))
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
    if isinstance(twins, str) and twins:  # pandas reads an empty text as NaN
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
    """The quality, as far as the table has it: it lacks the pose of the face."""
    if not set(_MEASURES) <= set(row) or any(pd.isna(row[column]) for column in _MEASURES):
        return None
    known = {name: float(row[column]) for column, name in _MEASURES.items()}
    return FaceQuality(yaw=0.0, pitch=(LOOKING_UP + LOOKING_DOWN) / 2, roll=0.0, **known)
