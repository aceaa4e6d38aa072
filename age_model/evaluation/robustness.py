"""What damage to a photo costs: errors with and without it, on the same faces."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from age_model.data.face_set import PreparedError, PreparedFaces
from age_model.evaluation.corruptions import at_resolution, corruptions, photo_corruptions
from age_model.evaluation.metrics import summarise
from age_model.evaluation.predictions import BATCH, predict_distributions
from age_model.model.saved_model import AgeModel, as_batch
from age_model.vision.alignment import align_face
from age_model.vision.detector import Detector
from age_model.vision.faces import main_face
from age_model.vision.photos import open_photo

MOST_PHOTOS = 300  # that faces are found in anew: this takes far longer than the prediction
RESOLUTIONS = (200, 96, 72, 56)  # pixels of an aligned face's side

Row = dict[str, Any]


def sample_faces(prepared: PreparedFaces, count: int) -> PreparedFaces:
    """Choose faces by the hash of their picture.

    The choice depends neither on the order of the photos nor on chance, and a larger sample holds
    every smaller one. A photo that is added to the set takes the place of at most one other.

    Args:
        prepared: a set, or a split of it.
        count: how many; 0 for all.

    Returns:
        Only faces that the detector found: those of which nothing is known cannot be covered.

    Raises:
        PreparedError: if there are none.
    """
    found = np.flatnonzero(prepared.table["face_found"].to_numpy(bool))
    if not len(found):
        raise PreparedError("In none of these photos was a face found.")
    # Hashed once more, with a word of its own: the splits are drawn from the same hashes.
    keys = prepared.table["content_hash"].map(lambda content: _hash(f"robustness {content}"))
    chosen = sorted(found, key=lambda i: (keys[i], prepared.table["file_name"][i]))
    chosen = chosen[: count or len(chosen)]
    return replace(
        prepared,
        table=prepared.table.iloc[chosen].reset_index(drop=True),
        jpegs=tuple(prepared.jpegs[int(i)] for i in chosen),
    )


def robustness_report(
    model: AgeModel, detector: Detector, faces: PreparedFaces, photos: Path
) -> Row:
    """Measure a model on damaged faces, and on the same faces at several resolutions.

    Args:
        model: a trained model.
        detector: finds the faces of damaged photos.
        faces: a sample, see `sample_faces`; of it the first `MOST_PHOTOS` photos are damaged as a
            whole.
        photos: the folder that the paths of the labels begin at.

    Returns:
        Only what JSON can hold; figures with four decimals. Ages and errors in years; `mae_change`
        is the MAE minus that of the same faces undamaged.

    Raises:
        PreparedError: if the faces were aligned otherwise than the model expects.
    """
    splits = faces.table["split"].unique()
    real = faces.table["real_age"].to_numpy(float)
    undamaged = model.ages(predict_distributions(model, faces)).double().numpy()
    report = {
        "model": {key: model.card[key] for key in ("architecture", "head", "decoding")},
        "split": str(splits[0]) if len(splits) == 1 else "all",
        "undamaged": _errors(real, undamaged),
        "corruptions": [
            *_damaged_faces(model, faces, real, undamaged),
            *_damaged_photos(model, detector, faces, photos, real, undamaged),
        ],
        "resolutions": resolution_rows(model, faces),
    }
    rounded: Row = json.loads(
        json.dumps(report), parse_float=lambda digits: round(float(digits), 4)
    )
    return rounded


def resolution_rows(model: AgeModel, faces: PreparedFaces) -> list[Row]:
    """Predict faces as if they had been photographed smaller.

    Args:
        model: a trained model.
        faces: aligned as it expects.

    Returns:
        One row each of `RESOLUTIONS`: `pixels`, `n`, `mean_predicted`, `mae`, and `shift`, the
        mean prediction minus that of the first row, years. A crop smaller than `pixels` stays as
        it is.
    """
    images, real = faces.images(), faces.table["real_age"].to_numpy(float)
    rows: list[Row] = []
    for pixels in tqdm(RESOLUTIONS, desc="Shrinking faces", unit="size"):
        ages = _predict(model, images, partial(at_resolution, pixels=pixels))
        row = {"pixels": pixels, "n": len(ages), "mean_predicted": float(ages.mean())}
        row |= {"mae": float(np.abs(ages - real).mean())}
        rows.append(row | {"shift": row["mean_predicted"] - (rows or [row])[0]["mean_predicted"]})
    return rows


def damage_row(
    real: np.ndarray,
    undamaged: np.ndarray,
    damaged: np.ndarray,
    limit: float,
    bias_limit: float | None = None,
) -> Row:
    """Compare predictions of damaged faces, NaN where none was found, with those before.

    Args:
        real: ages, shape (N,), years.
        undamaged: ages predicted without the damage, shape (N,), years.
        damaged: with it, shape (N,), years.
        limit: by how much the MAE may rise, years.
        bias_limit: how far the bias may be from 0, years; None for no limit.

    Returns:
        `n` and `not_found`, the MAE and bias with their intervals, `mae_change` with the interval
        of a paired bootstrap, `limit`, `bias_limit` and `passed`; errors are None if n is 0.
    """
    found = np.isfinite(damaged)
    counts = {"n": int(found.sum()), "not_found": int((~found).sum())}
    limits = {"limit": limit, "bias_limit": bias_limit}
    if not found.any():
        return counts | dict.fromkeys(ROW_FIGURES) | limits | {"passed": False}
    real, undamaged, damaged = real[found], undamaged[found], damaged[found]
    # The mean of what each absolute error has grown by is the bias of one against the other: its
    # bootstrap is that of the pairs.
    change = summarise(np.abs(undamaged - real), np.abs(damaged - real))
    errors = _errors(real, damaged)
    passed = change.bias <= limit and (bias_limit is None or abs(errors["bias"]) < bias_limit)
    changes = (change.bias, change.bias_low, change.bias_high)
    figures = errors | dict(zip(ROW_FIGURES[-3:], changes, strict=True))
    return counts | {name: figures[name] for name in ROW_FIGURES} | limits | {"passed": passed}


ROW_FIGURES = (
    "mae", "mae_low", "mae_high", "bias", "bias_low", "bias_high",
    "mae_change", "mae_change_low", "mae_change_high",
)  # fmt: skip


def _damaged_faces(
    model: AgeModel, faces: PreparedFaces, real: np.ndarray, undamaged: np.ndarray
) -> list[Row]:
    images = faces.images()
    rows = []
    for kind in tqdm(corruptions(faces.spec), desc="Damaging faces", unit="kind"):
        damaged = _predict(model, images, kind.change)
        row = damage_row(real, undamaged, damaged, kind.limit, kind.bias_limit)
        rows.append({"name": kind.name, **row})
    return rows


def _damaged_photos(
    model: AgeModel,
    detector: Detector,
    faces: PreparedFaces,
    folder: Path,
    real: np.ndarray,
    undamaged: np.ndarray,
) -> list[Row]:
    paths = [folder / path for path in faces.table["path"][:MOST_PHOTOS]]
    kinds = photo_corruptions()
    ages = np.empty((len(kinds), len(paths)))
    for i, path in enumerate(tqdm(paths, desc="Damaging photos", unit="photo")):
        photo = open_photo(path)
        ages[:, i] = [age_of_photo(model, detector, kind.change(photo)) for kind in kinds]
    count = len(paths)
    return [
        {"name": kind.name, **damage_row(real[:count], undamaged[:count], damaged, kind.limit)}
        for kind, damaged in zip(kinds, ages, strict=True)
    ]


def age_of_photo(model: AgeModel, detector: Detector, photo: Image.Image) -> float:
    """Return the age of a photo's main face, years; NaN if none is found."""
    (faces,) = detector.detect([photo])
    face = main_face(faces, photo)
    if face is None:
        return float("nan")
    crop = align_face(photo, face.landmarks, model.spec)
    return model.ages(model.distributions(as_batch([crop]))).item()


def _predict(model: AgeModel, images: Tensor, change: Callable[[Tensor], Tensor]) -> np.ndarray:
    """Predict the ages (N,), years, of changed faces (N, 3, size, size), uint8."""
    ages = [model.ages(model.distributions(change(batch))) for batch in images.split(BATCH)]
    return torch.cat(ages).double().numpy()


def _errors(real: np.ndarray, predicted: np.ndarray) -> Row:
    summary = summarise(real, predicted)
    return {"n": summary.n, **{name: getattr(summary, name) for name in ROW_FIGURES[:6]}}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
