"""Which labels are doubtful, from distributions and tables written by hand."""

import pandas as pd
import pytest
import torch

from age_model.evaluation.label_errors import DOUBTFUL_BELOW, doubtful_labels, label_probability
from age_model.evaluation.metrics import CLOSE


def test_probability_counts_the_ages_near_the_label() -> None:
    distribution = torch.zeros(2, 117, dtype=torch.float64)
    distribution[:, 30] = 0.6
    distribution[:, 30 + CLOSE] = 0.3
    distribution[:, 30 + CLOSE + 1] = 0.1
    labels = torch.tensor([30.0, 36.5], dtype=torch.float64)
    assert label_probability(distribution, labels).tolist() == pytest.approx([0.9, 0.4])


def test_labels_at_the_ends_of_the_scale_have_fewer_neighbours() -> None:
    even = torch.full((2, 117), 1 / 117)
    shares = label_probability(even, torch.tensor([0.0, 116.0]))
    assert shares.tolist() == pytest.approx([(CLOSE + 1) / 117] * 2, abs=1e-6)


def test_the_least_probable_label_comes_first_not_the_largest_error() -> None:
    table = pd.DataFrame(
        {
            "file_name": ["sure", "far", "fine", "near", "edge"],
            "real_age": [10.0, 80.0, 30.0, 10.0, 20.0],
            "predicted_age": [25.0, 40.0, 31.0, 22.0, 40.0],
            "p_label": [0.0001, 0.01, 0.7, 0.0001, DOUBTFUL_BELOW],
        }
    )
    doubts = doubtful_labels(table)
    assert doubts["file_name"].tolist() == ["sure", "near", "far"]
    assert doubts["error"].tolist() == [15, 12, -40]
    assert list(table) == ["file_name", "real_age", "predicted_age", "p_label"]
