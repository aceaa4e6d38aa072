"""Predictions over a prepared data set: the one table that every figure is computed from."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from tqdm import tqdm

from age_model.label_doubts import LABEL_COLUMN, label_probability
from age_model.model_files import AgeModel, as_pictures, write_json
from age_model.network import AGE_LIMITS, known_within
from age_model.picture_facts import picture_facts, twin_ages
from age_model.prepared import PreparedError, PreparedFaces
from age_model.quality import crop_quality
from age_model.report import CORAL_AGES, CORAL_COLUMN, metrics_report

BATCH = 128
GREY_SPREAD = 0.02  # of the range: between a pixel's channels; JPEG files of grey photos stay below
LABEL_COLUMNS = ("file_name", "real_age", "gender", "ethnicity", "split", "coral_test")


def predict_distributions(model: AgeModel, prepared: PreparedFaces) -> torch.Tensor:
    """Predict the age distributions of all faces of a set: shape (N, AGE_BINS), on the CPU.

    Raises:
        PreparedError: as `decoded_faces`.
    """
    return torch.cat([model.distributions(faces) for faces in decoded_faces(model, prepared)])


def decoded_faces(model: AgeModel, prepared: PreparedFaces) -> Iterator[torch.Tensor]:
    """Decode the faces of a set in batches, with a progress bar if they are many.

    Yields:
        uint8, shape (B, 3, size, size), RGB.

    Raises:
        PreparedError: if the faces were aligned otherwise than the model expects.
    """
    if prepared.spec != model.spec:
        raise PreparedError(
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


def evaluate_prepared(
    model: AgeModel, prepared: PreparedFaces, facts: bool = False
) -> pd.DataFrame:
    """Make the predictions table; each face is decoded once.

    Args:
        model: a trained model.
        prepared: the photos to predict.
        facts: whether to add those of `picture_facts`.

    Returns:
        As `predictions_table`, with `colour` ("colour" or "grey").

    Raises:
        PreparedError: as `decoded_faces`.
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


def evaluate_split(
    model: AgeModel,
    prepared: PreparedFaces,
    split: str,
    table: Path | None = None,
    metrics_file: Path | None = None,
) -> dict[str, Any]:
    """Measure a model on one split, or on `all`; write the files that are named.

    Args:
        model: a trained model.
        prepared: the whole data set: an identical picture may lie in another split.
        split: as `PreparedFaces.select` has it.
        table: for the predictions table, CSV: that of `predictions_table`, then `picture_facts`,
            then `twin_ages`.
        metrics_file: for the metrics, JSON.

    Returns:
        The metrics report.

    Raises:
        PreparedError: if the split has no faces, or they were aligned otherwise than the model
            expects.
    """
    whole = replace(prepared, table=prepared.table.assign(twin_ages=twin_ages(prepared.table)))
    chosen = whole.select(split)
    predictions = evaluate_prepared(model, chosen, facts=True).join(chosen.table["twin_ages"])
    metrics = metrics_report(predictions, model.card, chosen.without_face)
    if table:
        predictions.to_csv(table, index=False)
    if metrics_file:
        write_json(metrics_file, metrics)
    return metrics


def predictions_table(
    model: AgeModel, labels: pd.DataFrame, distributions: torch.Tensor
) -> pd.DataFrame:
    """Make the predictions table from predicted distributions.

    Args:
        model: how ages, intervals and probabilities are read off the distributions.
        labels: of the photos, as `PreparedFaces.table` has them.
        distributions: theirs, shape (N, AGE_BINS).

    Returns:
        The label columns present of `LABEL_COLUMNS`, `predicted_age`, `age_low` and `age_high`
        (90 % interval), `age_low_80` and `age_high_80`, in years with two decimals, `p_under_18`
        and `p_under_25` with four, `p_label` (see `label_doubts`) with six, and where photos are
        marked as `coral_test`, `CORAL_COLUMN`, the estimate if the age is known to lie in
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
        f"p_under_{limit}": model.probability_under(distributions, limit) for limit in AGE_LIMITS
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
    """Tell which pictures are greyscale.

    Args:
        images: uint8, shape (B, 3, H, W), RGB.

    Returns:
        bool, shape (B,).
    """
    return (images.amax(1) - images.amin(1)).float().mean((1, 2)) < 255 * GREY_SPREAD
