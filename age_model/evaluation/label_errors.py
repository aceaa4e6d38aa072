"""Likely label errors, found by a model that was not trained on the photos.

After confident learning (Northcutt, Jiang and Chuang, 2021): a label is doubtful if
a model that was not trained on it gives it a low probability.
"""

from typing import TYPE_CHECKING

import pandas as pd

from age_model.evaluation.metrics import CLOSE

if TYPE_CHECKING:  # torch takes seconds to load, and pages need only the columns
    from torch import Tensor

LABEL_COLUMN = "p_label"
DOUBT_COLUMNS = (
    "file_name",
    "real_age",
    "predicted_age",
    "age_low",
    "age_high",
    LABEL_COLUMN,
)
"""Columns of a list of doubtful labels: years and a probability."""

DOUBTFUL_BELOW = 0.05
"""A label is listed if the predicted probability of the ages within `CLOSE` years is lower."""


def label_probability(distributions: "Tensor", ages: "Tensor") -> "Tensor":
    """Return the predicted probability of the ages within `CLOSE` years of each label.

    Args:
        distributions: shape (N, AGE_BINS), rows summing to 1; bin i is age i.
        ages: the labels, shape (N,), years.

    Returns:
        shape (N,), 0 to 1.

    >>> import torch
    >>> label_probability(torch.eye(20)[[10, 10]], torch.tensor([15.0, 16.0])).tolist()
    [1.0, 0.0]
    """
    bins = ages.new_tensor(range(distributions.shape[1]))
    near = (bins - ages[:, None]).abs() <= CLOSE  # (N, AGE_BINS)
    return (distributions * near).sum(1)


def doubtful_labels(predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the photos whose labels the predictions contradict, the most doubtful first.

    Args:
        predictions: a predictions table with the column `p_label`, of photos that the model
            was not trained on.

    Returns:
        The rows below `DOUBTFUL_BELOW`, with `error` (predicted minus real age, years);
        of equally improbable labels the one further off comes first.
    """
    doubted = predictions[predictions[LABEL_COLUMN] < DOUBTFUL_BELOW]
    error = doubted["predicted_age"] - doubted["real_age"]
    ranked = doubted.assign(error=error.round(2), far=-error.abs())
    return ranked.sort_values([LABEL_COLUMN, "far"], kind="stable").drop(columns="far")
