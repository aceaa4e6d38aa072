"""The predictions table."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from synthetic import OLDEST, SPEC, prepared_faces
from torch import Tensor

from age_model.alignment import FaceSpec
from age_model.evaluation import evaluate_prepared, predict_distributions
from age_model.model_files import AgeModel
from age_model.network import AGE_BINS, AgeNetwork, gaussian_bins
from age_model.prepare import PreparedError

CARD: dict[str, Any] = {
    "face": SPEC.to_dict(),
    "decoding": "median",
    "interval": {"level": 0.9, "quantiles": [0.05, 0.95]},
}


class ReadsTheBar(AgeNetwork):
    """Knows the age from the middle of the bar, and is the less sure the older the face."""

    def forward(self, images: Tensor) -> Tensor:
        bar = (images.mean((1, 3)) - 0.5).clamp(min=0)  # (B, rows)
        middle = bar @ torch.arange(SPEC.size, dtype=torch.float32) / bar.sum(1)
        ages = (middle - 2.5) / (SPEC.size - 6) * OLDEST
        return gaussian_bins(ages, 1 + ages / 20).clamp(min=1e-30).log()


@pytest.fixture(scope="module")
def model() -> AgeModel:
    return AgeModel(ReadsTheBar(), CARD)


def test_the_table_has_a_row_a_photo_in_their_order(model: AgeModel) -> None:
    prepared = prepared_faces(train=150, valid=3, test=3)  # more than one batch
    table = evaluate_prepared(model, prepared)
    assert list(table) == [
        "file_name", "real_age", "split", "predicted_age", "age_low", "age_high",
    ]  # fmt: skip
    pairs = ["file_name", "real_age", "split"]
    assert table[pairs].equals(prepared.table[pairs])
    assert ((table["predicted_age"] - table["real_age"]).abs() < 2.5).all()


def test_columns_that_the_labels_have_are_kept_and_others_are_not(model: AgeModel) -> None:
    prepared = prepared_faces(2, 2, 2)
    table = prepared.table.assign(
        coral_test=[0, 1, 0, 1, 0, 1], shop="Minsk", ethnicity="Asian", gender="female"
    )
    assert list(evaluate_prepared(model, replace(prepared, table=table))) == [
        "file_name", "real_age", "gender", "ethnicity", "split", "coral_test",
        "predicted_age", "age_low", "age_high",
    ]  # fmt: skip


@pytest.mark.parametrize("decoding", ["median", "expectation"])
def test_the_interval_holds_the_age(decoding: str) -> None:
    torch.manual_seed(0)
    network = AgeNetwork()
    network.forward = lambda images: torch.randn(len(images), AGE_BINS) * 4  # type: ignore[method-assign]
    table = evaluate_prepared(AgeModel(network, CARD | {"decoding": decoding}), prepared_faces())
    assert (table["age_low"] <= table["predicted_age"]).all()
    assert (table["predicted_age"] <= table["age_high"]).all()
    assert (table["age_low"] < table["age_high"]).all()


def test_ages_have_two_decimals(model: AgeModel) -> None:
    numbers = evaluate_prepared(model, prepared_faces())[["predicted_age", "age_low", "age_high"]]
    assert numbers.equals(numbers.astype("float64").round(2))
    assert not numbers.equals(numbers.round(1))


def test_distributions_come_in_the_order_of_the_faces(model: AgeModel) -> None:
    prepared = prepared_faces(130, 1, 1)
    distributions = predict_distributions(model, prepared)
    assert distributions.shape == (132, AGE_BINS)
    alone = predict_distributions(model, prepared.select("test"))
    assert torch.equal(distributions[-1:], alone)


def test_faces_aligned_otherwise_are_refused(model: AgeModel) -> None:
    template = ((0.3, 0.2), *SPEC.template[1:])
    for spec in (FaceSpec(64), FaceSpec(32, template)):
        with pytest.raises(PreparedError, match=r"prepared as .*, but the model expects"):
            evaluate_prepared(model, replace(prepared_faces(2, 2, 2), spec=spec))
