"""Robustness: errors with and without each corruption, on the same faces."""

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

from age_model.data.face_set import FaceSet, FaceSetError
from age_model.evaluation.corruptions import at_resolution, corruptions, photo_corruptions
from age_model.evaluation.metrics import summarise
from age_model.evaluation.predictions import BATCH, predict_distributions
from age_model.model.age_model import AgeModel, as_batch
from age_model.vision.alignment import align_face
from age_model.vision.detector import Detector
from age_model.vision.faces import main_face
from age_model.vision.photos import open_photo

MOST_PHOTOS = 300  # to detect faces in again: this takes far longer than the prediction
RESOLUTIONS = (200, 96, 72, 56)  # pixels of an aligned face's side

Row = dict[str, Any]


def sample_faces(prepared: FaceSet, count: int) -> FaceSet:
    """Choose faces by the hash of their picture.

    The choice is deterministic and independent of the photos' order, and a larger sample contains
    every smaller one. A photo added to the set replaces at most one other.

    Args:
        prepared: a set, or a split of it.
        count: how many; 0 for all.

    Returns:
        Only faces that the detector found: a mask or sunglasses need their landmarks.

    Raises:
        FaceSetError: if there are none.
    """
    found = np.flatnonzero(prepared.table["face_found"].to_numpy(bool))
    if not len(found):
        raise FaceSetError("No face was found in any of these photos.")
    # Hashed again with a prefix: the splits are derived from the same hashes.
    keys = prepared.table["content_hash"].map(lambda content: _hash(f"robustness {content}"))
    chosen = sorted(found, key=lambda i: (keys[i], prepared.table["file_name"][i]))
    chosen = chosen[: count or len(chosen)]
    return replace(
        prepared,
        table=prepared.table.iloc[chosen].reset_index(drop=True),
        jpegs=tuple(prepared.jpegs[int(i)] for i in chosen),
    )


def robustness_report(model: AgeModel, detector: Detector, faces: FaceSet, photos: Path) -> Row:
    """Measure a model on corrupted faces, and on the same faces at several resolutions.

    Args:
        model: a trained model.
        detector: finds the faces of corrupted photos.
        faces: a sample, see `sample_faces`; of it the first `MOST_PHOTOS` photos are corrupted
            as a whole.
        photos: the folder that the paths of the labels begin at.

    Returns:
        Only what JSON can hold; numbers with four decimals. Ages and errors in years; `mae_change`
        is the MAE minus that of the same faces without the corruption.

    Raises:
        FaceSetError: if the faces were aligned differently from what the model expects.
    """
    splits = faces.table["split"].unique()
    real = faces.table["real_age"].to_numpy(float)
    clean = model.ages(predict_distributions(model, faces)).double().numpy()
    report = {
        "model": {key: model.card[key] for key in ("architecture", "head", "decoding")},
        "split": str(splits[0]) if len(splits) == 1 else "all",
        "undamaged": _errors(real, clean),
        "corruptions": [
            *_corrupted_faces(model, faces, real, clean),
            *_corrupted_photos(model, detector, faces, photos, real, clean),
        ],
        "resolutions": resolution_rows(model, faces),
    }
    rounded: Row = json.loads(
        json.dumps(report), parse_float=lambda digits: round(float(digits), 4)
    )
    return rounded


def resolution_rows(model: AgeModel, faces: FaceSet) -> list[Row]:
    """Predict faces at lower resolutions.

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


def corruption_row(
    real: np.ndarray,
    clean: np.ndarray,
    corrupted: np.ndarray,
    limit: float,
    bias_limit: float | None = None,
) -> Row:
    """Compare predictions with and without a corruption.

    Args:
        real: ages, shape (N,), years.
        clean: ages predicted without the corruption, shape (N,), years.
        corrupted: with it, shape (N,), years; NaN where no face was found.
        limit: by how much the MAE may rise, years.
        bias_limit: how far the bias may be from 0, years; None for no limit.

    Returns:
        `n` and `not_found`, the MAE and bias with their intervals, `mae_change` with the interval
        of a paired bootstrap, `limit`, `bias_limit` and `passed`; errors are None if n is 0.
    """
    found = np.isfinite(corrupted)
    counts = {"n": int(found.sum()), "not_found": int((~found).sum())}
    limits = {"limit": limit, "bias_limit": bias_limit}
    if not found.any():
        return counts | dict.fromkeys(ROW_METRICS) | limits | {"passed": False}
    real, clean, corrupted = real[found], clean[found], corrupted[found]
    # The mean growth of the absolute errors is the bias of one against the other, and its bootstrap
    # is the paired one.
    change = summarise(np.abs(clean - real), np.abs(corrupted - real))
    errors = _errors(real, corrupted)
    passed = change.bias <= limit and (bias_limit is None or abs(errors["bias"]) < bias_limit)
    changes = (change.bias, change.bias_low, change.bias_high)
    metrics = errors | dict(zip(ROW_METRICS[-3:], changes, strict=True))
    return counts | {name: metrics[name] for name in ROW_METRICS} | limits | {"passed": passed}


ROW_METRICS = (
    "mae", "mae_low", "mae_high", "bias", "bias_low", "bias_high",
    "mae_change", "mae_change_low", "mae_change_high",
)  # fmt: skip


def _corrupted_faces(
    model: AgeModel, faces: FaceSet, real: np.ndarray, clean: np.ndarray
) -> list[Row]:
    images = faces.images()
    rows = []
    for kind in tqdm(corruptions(faces.spec), desc="Corrupting faces", unit="kind"):
        corrupted = _predict(model, images, kind.change)
        row = corruption_row(real, clean, corrupted, kind.limit, kind.bias_limit)
        rows.append({"name": kind.name, **row})
    return rows


def _corrupted_photos(
    model: AgeModel,
    detector: Detector,
    faces: FaceSet,
    folder: Path,
    real: np.ndarray,
    clean: np.ndarray,
) -> list[Row]:
    paths = [folder / path for path in faces.table["path"][:MOST_PHOTOS]]
    kinds = photo_corruptions()
    ages = np.empty((len(kinds), len(paths)))
    for i, path in enumerate(tqdm(paths, desc="Corrupting photos", unit="photo")):
        photo = open_photo(path)
        ages[:, i] = [age_of_photo(model, detector, kind.change(photo)) for kind in kinds]
    count = len(paths)
    return [
        {"name": kind.name, **corruption_row(real[:count], clean[:count], corrupted, kind.limit)}
        for kind, corrupted in zip(kinds, ages, strict=True)
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
    """Predict the ages (N,), years, of corrupted faces (N, 3, size, size), uint8."""
    ages = [model.ages(model.distributions(change(batch))) for batch in images.split(BATCH)]
    return torch.cat(ages).double().numpy()


def _errors(real: np.ndarray, predicted: np.ndarray) -> Row:
    summary = summarise(real, predicted)
    return {"n": summary.n, **{name: getattr(summary, name) for name in ROW_METRICS[:6]}}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
