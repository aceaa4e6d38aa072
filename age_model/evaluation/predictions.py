"""The predictions table: the model's predictions for labelled photos, and picture quality."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from age_model.ages import AGE_LIMITS, under_column
from age_model.data.face_set import FaceSet, FaceSetError
from age_model.evaluation.label_errors import LABEL_COLUMN, label_probability
from age_model.evaluation.report import CORAL_AGES, CORAL_COLUMN, metrics_report
from age_model.model.age_model import AgeModel, as_pictures
from age_model.model.distributions import known_within
from age_model.model.json_files import write_json
from age_model.vision.quality import CropQuality, crop_quality

BATCH = 128
GREY_SPREAD = (
    0.02  # of the range: largest difference between a pixel's channels in JPEGs of grey photos
)
LABEL_COLUMNS = ("file_name", "real_age", "gender", "ethnicity", "split", "coral_test")


def predict_distributions(model: AgeModel, prepared: FaceSet) -> torch.Tensor:
    """Predict the age distributions of all faces of a set: shape (N, AGE_BINS), on the CPU.

    Raises:
        FaceSetError: as `decoded_faces`.
    """
    return torch.cat([model.distributions(faces) for faces in decoded_faces(model, prepared)])


def decoded_faces(model: AgeModel, prepared: FaceSet) -> Iterator[torch.Tensor]:
    """Decode the faces of a set in batches, with a progress bar if there are many.

    Yields:
        uint8, shape (B, 3, size, size), RGB.

    Raises:
        FaceSetError: if the faces were aligned differently from what the model expects.
    """
    if prepared.spec != model.spec:
        raise FaceSetError(
            f"These faces were prepared as {prepared.spec}, but the model expects {model.spec}. "
            "Prepare the photos again with this model."
        )
    count = math.ceil(len(prepared) / BATCH)
    yield from tqdm(
        prepared.batches(BATCH),
        desc="Predicting ages",
        total=count,
        unit="batch",
        disable=count < 4,
    )


def predict_face_set(model: AgeModel, prepared: FaceSet, facts: bool = False) -> pd.DataFrame:
    """Make the predictions table; each face is decoded once.

    Args:
        model: a trained model.
        prepared: the photos to predict.
        facts: whether to add the columns of `picture_facts`.

    Returns:
        As `predictions_table`, with `colour` ("colour" or "grey").

    Raises:
        FaceSetError: as `decoded_faces`.
    """
    distributions, grey, qualities = [], [], []
    for faces in decoded_faces(model, prepared):
        distributions.append(model.distributions(faces))
        grey += is_grey(faces).tolist()
        if facts:
            qualities += [crop_quality(crop) for crop in as_pictures(faces)]
    table = predictions_table(model, prepared.table, torch.cat(distributions))
    table = table.assign(colour=["grey" if is_one else "colour" for is_one in grey])
    return table.join(picture_facts(prepared.table, qualities)) if facts else table


class Measured(NamedTuple):
    """Predictions of some photos, as `predictions_table` makes them, and the metrics report."""

    predictions: pd.DataFrame
    metrics: dict[str, Any]


def evaluate_split(
    model: AgeModel,
    prepared: FaceSet,
    split: str,
    table: Path | None = None,
    metrics_file: Path | None = None,
) -> Measured:
    """Measure a model on one split, or on `all`; write the files that are given.

    Args:
        model: a trained model.
        prepared: the whole data set: an identical picture may lie in another split.
        split: as `FaceSet.select` has it.
        table: for the predictions table, CSV: that of `predictions_table`, then `picture_facts`,
            then `twin_ages`.
        metrics_file: for the metrics, JSON.

    Raises:
        FaceSetError: if the split has no faces, or they were aligned differently from what the
            model expects.
    """
    whole = replace(prepared, table=prepared.table.assign(twin_ages=twin_ages(prepared.table)))
    chosen = whole.select(split)
    predictions = predict_face_set(model, chosen, facts=True).join(chosen.table["twin_ages"])
    metrics = metrics_report(predictions, model.card, chosen.without_face)
    if table:
        predictions.to_csv(table, index=False)
    if metrics_file:
        write_json(metrics_file, metrics)
    return Measured(predictions, metrics)


def predictions_table(
    model: AgeModel, labels: pd.DataFrame, distributions: torch.Tensor
) -> pd.DataFrame:
    """Make the predictions table from predicted distributions.

    Args:
        model: decodes and calibrates the distributions.
        labels: of the photos, as `FaceSet.table` has them.
        distributions: predicted, shape (N, AGE_BINS).

    Returns:
        The label columns present of `LABEL_COLUMNS`, `predicted_age`, `age_low` and `age_high`
        (90 % interval), `age_low_80` and `age_high_80`, in years with two decimals, `p_under_18`
        and `p_under_25` with four, `p_label` (see `label_errors`) with six, and where photos are
        marked as `coral_test`, `CORAL_COLUMN`, the estimate given that the age lies in
        `CORAL_AGES`; one row a photo.
    """
    low, high = model.intervals(distributions)
    low_80, high_80 = model.intervals(distributions, 0.8)
    ages = {
        "predicted_age": model.ages(distributions),
        "age_low": low,
        "age_high": high,
        "age_low_80": low_80,
        "age_high_80": high_80,
    }
    if "coral_test" in labels:
        ages[CORAL_COLUMN] = model.ages(known_within(distributions, *CORAL_AGES)).clamp(*CORAL_AGES)
    probabilities = {
        under_column(limit): model.probability_under(distributions, limit) for limit in AGE_LIMITS
    }
    real = torch.tensor(labels["real_age"].to_numpy(dtype=float))
    p_label = label_probability(distributions.double(), real)
    columns = [name for name in LABEL_COLUMNS if name in labels]
    return labels[columns].assign(
        **{name: values.double().numpy().round(2) for name, values in ages.items()},
        **{name: values.double().numpy().round(4) for name, values in probabilities.items()},
        **{LABEL_COLUMN: p_label.numpy().round(6)},
    )


def is_grey(images: torch.Tensor) -> torch.Tensor:
    """Return which pictures are greyscale.

    Args:
        images: uint8, shape (B, 3, H, W), RGB.

    Returns:
        bool, shape (B,).
    """
    return (images.amax(1) - images.amin(1)).float().mean((1, 2)) < 255 * GREY_SPREAD


def picture_facts(table: pd.DataFrame, qualities: Sequence[CropQuality]) -> pd.DataFrame:
    """Collect the detection and quality measurements of a face set.

    Args:
        table: of the set.
        qualities: of its faces, in the order of the table.

    Returns:
        One row a photo, in the order of the set, with these columns, where available: `face_found`;
        `face_size` (shorter side of the face's box, pixels of the photo) and `detection_score`,
        missing where no face was found; and those of `quality.crop_quality`, with four decimals.
    """
    facts = table[["face_found"]].astype(bool)
    if {"left", "top", "right", "bottom", "detection_score"} <= set(table):
        sides = np.minimum(table["right"] - table["left"], table["bottom"] - table["top"])
        facts = facts.assign(
            face_size=sides.astype(float).round(1),
            detection_score=table["detection_score"].astype(float).round(4),
        )
    measured = pd.DataFrame([asdict(quality) for quality in qualities], index=table.index)
    return facts.join(measured.round(4))


def twin_ages(table: pd.DataFrame) -> pd.Series:
    """Return the other ages that labels give to an identical picture.

    Args:
        table: of a whole data set, with `content_hash` and `real_age`.

    Returns:
        Text such as "5, 7.5" (years), empty where there is no such label; indexed as the table.
    """
    ages = table.groupby("content_hash")["real_age"].agg(lambda group: sorted(set(group)))
    others = [
        ", ".join(f"{other:g}" for other in ages.get(content, []) if other != age)
        for content, age in zip(table["content_hash"], table["real_age"], strict=True)
    ]
    return pd.Series(others, index=table.index, dtype=str)
