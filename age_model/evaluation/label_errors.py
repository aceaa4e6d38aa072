"""Which labels are likely wrong, by what a model that has not seen the photo says of them.

The idea is that of confident learning (Northcutt, Jiang and Chuang, 2021): a label is doubtful if
a model that did not train on it gives it little probability.
"""

from typing import TYPE_CHECKING

import pandas as pd

from age_model.evaluation.metrics import CLOSE

if TYPE_CHECKING:  # loading torch takes seconds, and pages need only the columns
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
"""What a list of doubtful labels says of each photo, years and a probability."""

DOUBTFUL_BELOW = 0.05
"""A label is listed if less of the predicted distribution lies within `CLOSE` years of it."""


def label_probability(distributions: "Tensor", ages: "Tensor") -> "Tensor":
    """Return how much probability lies within `CLOSE` years of each label.

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
        predictions: a predictions table with the column `p_label`, of photos that the model did
            not train on.

    Returns:
        The rows with less than `DOUBTFUL_BELOW`, with `error` (predicted minus real age, years);
        of equally improbable labels the one further off comes first.
    """
    doubted = predictions[predictions[LABEL_COLUMN] < DOUBTFUL_BELOW]
    error = doubted["predicted_age"] - doubted["real_age"]
    ranked = doubted.assign(error=error.round(2), far=-error.abs())
    return ranked.sort_values([LABEL_COLUMN, "far"], kind="stable").drop(columns="far")
