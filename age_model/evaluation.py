"""Predictions over a prepared data set: the one table that every figure is computed from."""

import pandas as pd
import torch
from tqdm import tqdm

from age_model.model_files import AgeModel
from age_model.prepare import PreparedError, PreparedFaces

BATCH = 128
LABEL_COLUMNS = ("file_name", "real_age", "gender", "ethnicity", "split", "coral_test")


def predict_distributions(model: AgeModel, prepared: PreparedFaces) -> torch.Tensor:
    """Predict the age distributions of all faces of a set: shape (N, AGE_BINS), on the CPU.

    Raises:
        PreparedError: if the faces were aligned otherwise than the model expects.
    """
    if prepared.spec != model.spec:
        raise PreparedError(
            f"These faces were prepared as {prepared.spec}, but the model expects {model.spec}. "
            "Prepare the photos again with this model."
        )
    batches = prepared.images().split(BATCH)
    progress = tqdm(batches, desc="Predicting ages", unit="batch", disable=len(batches) < 4)
    return torch.cat([model.distributions(batch) for batch in progress])


def evaluate_prepared(model: AgeModel, prepared: PreparedFaces) -> pd.DataFrame:
    """Make the predictions table.

    Args:
        model: a trained model.
        prepared: the photos to predict.

    Returns:
        The label columns present of `LABEL_COLUMNS`, `predicted_age`, `age_low` and `age_high`
        (90 % interval), in years with two decimals; one row a photo.
    """
    distributions = predict_distributions(model, prepared)
    low, high = model.intervals(distributions)
    columns = [name for name in LABEL_COLUMNS if name in prepared.table]
    predictions = {
        "predicted_age": model.ages(distributions),
        "age_low": low,
        "age_high": high,
    }
    return prepared.table[columns].assign(
        **{name: values.double().numpy().round(2) for name, values in predictions.items()}
    )
