"""The predictions table."""

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

from age_model.ages import AGE_BINS
from age_model.data.face_set import FaceSetError
from age_model.evaluation.predictions import (
    evaluate_split,
    is_grey,
    predict_distributions,
    predict_face_set,
)
from age_model.model.age_model import AgeModel
from age_model.model.network import AgeNetwork
from age_model.vision.alignment import FaceSpec
from tests.support.bar_reader import CARD, ReadsTheBar
from tests.support.synthetic import SPEC, count_decoded, synthetic_face_set


@pytest.fixture(scope="module")
def model() -> AgeModel:
    return AgeModel([ReadsTheBar()], CARD)


def test_the_table_has_a_row_a_photo_in_their_order(model: AgeModel) -> None:
    prepared = synthetic_face_set(train=150, valid=3, test=3)  # more than one batch
    table = predict_face_set(model, prepared)
    assert list(table) == [
        "file_name", "real_age", "split", "predicted_age", "age_low", "age_high",
        "age_low_80", "age_high_80", "p_under_18", "p_under_25", "p_label", "colour",
    ]  # fmt: skip
    pairs = ["file_name", "real_age", "split"]
    assert table[pairs].equals(prepared.table[pairs])
    assert ((table["predicted_age"] - table["real_age"]).abs() < 2.5).all()


def test_columns_that_the_labels_have_are_kept_and_others_are_not(model: AgeModel) -> None:
    prepared = synthetic_face_set(2, 2, 2)
    table = prepared.table.assign(
        coral_test=[0, 1, 0, 1, 0, 1], shop="Minsk", ethnicity="Asian", gender="female"
    )
    assert list(predict_face_set(model, replace(prepared, table=table))) == [
        "file_name", "real_age", "gender", "ethnicity", "split", "coral_test",
        "predicted_age", "age_low", "age_high", "age_low_80", "age_high_80",
        "predicted_age_21_60", "p_under_18", "p_under_25", "p_label", "colour",
    ]  # fmt: skip


def test_who_is_known_to_be_21_to_60_is_not_said_to_be_another_age(model: AgeModel) -> None:
    prepared = synthetic_face_set()
    marked = replace(prepared, table=prepared.table.assign(coral_test=1))
    table = predict_face_set(model, marked)
    known, free = table["predicted_age_21_60"], table["predicted_age"]
    assert (free < 21).any() and (free > 60).any()
    assert known.between(21, 60).all()
    assert known[free.between(14, 19)].between(21, 23).all()
    assert known[free.between(62, 70)].between(57, 60).all()
    middle = free.between(30, 50)
    assert middle.any() and ((known - free).abs()[middle] < 0.1).all()


@pytest.mark.parametrize("decoding", ["median", "expectation"])
def test_the_interval_holds_the_age(decoding: str) -> None:
    torch.manual_seed(0)
    network = AgeNetwork()
    network.forward = lambda images: torch.randn(len(images), AGE_BINS) * 4  # type: ignore[method-assign]
    table = predict_face_set(
        AgeModel([network], CARD | {"decoding": decoding}), synthetic_face_set()
    )
    assert (table["age_low"] <= table["predicted_age"]).all()
    assert (table["predicted_age"] <= table["age_high"]).all()
    assert (table["age_low"] < table["age_high"]).all()
    assert table["predicted_age"].between(table["age_low_80"], table["age_high_80"]).all()
    assert (table["age_low_80"] > table["age_low"]).any()


def test_grey_photos_are_told_from_colour_ones() -> None:
    generator = torch.Generator().manual_seed(0)
    grey = torch.randint(0, 256, (2, 1, 32, 32), generator=generator).expand(-1, 3, -1, -1)
    sepia = grey * torch.tensor([1.0, 0.9, 0.7]).view(1, 3, 1, 1)
    faint = grey + torch.tensor([2, 0, 1]).view(1, 3, 1, 1)  # as JPEG files leave them
    pictures = torch.cat([grey, sepia, faint]).clamp(0, 255).to(torch.uint8)
    assert is_grey(pictures).tolist() == [True, True, False, False, True, True]


def test_ages_have_two_decimals(model: AgeModel) -> None:
    numbers = predict_face_set(model, synthetic_face_set())[
        ["predicted_age", "age_low", "age_high"]
    ]
    assert numbers.equals(numbers.astype("float64").round(2))
    assert not numbers.equals(numbers.round(1))


def test_probabilities_have_four_decimals_and_follow_the_bar(model: AgeModel) -> None:
    table = predict_face_set(model, synthetic_face_set())
    for limit in (18, 25):
        probabilities = table[f"p_under_{limit}"]
        assert probabilities.equals(probabilities.round(4))
        assert (probabilities[table["real_age"] < limit - 5] > 0.9).all()
        assert (probabilities[table["real_age"] > limit + 10] < 0.1).all()


def test_distributions_come_in_the_order_of_the_faces(model: AgeModel) -> None:
    prepared = synthetic_face_set(130, 1, 1)
    distributions = predict_distributions(model, prepared)
    assert distributions.shape == (132, AGE_BINS)
    alone = predict_distributions(model, prepared.select("test"))
    assert torch.equal(distributions[-1:], alone)


def test_faces_aligned_otherwise_are_refused(model: AgeModel) -> None:
    template = ((0.3, 0.2), *SPEC.template[1:])
    for spec in (FaceSpec(64), FaceSpec(32, template)):
        with pytest.raises(FaceSetError, match=r"prepared as .*, but the model expects"):
            predict_face_set(model, replace(synthetic_face_set(2, 2, 2), spec=spec))


def test_each_face_is_decoded_once(model: AgeModel, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = synthetic_face_set(2, 2, 150)  # more than one batch
    card = CARD | {"architecture": "", "head": "", "gate": {}, "data": {"train_median_age": 30}}
    decoded = count_decoded(monkeypatch)
    evaluate_split(AgeModel(model.networks, card), prepared, "test")
    assert len(decoded) == 150


def test_batches_hold_all_faces_in_their_order() -> None:
    prepared = synthetic_face_set(4, 2, 1)
    batches = list(prepared.batches(3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert torch.equal(torch.cat(batches), prepared.images())


def test_a_split_is_measured_and_written(model: AgeModel, tmp_path: Path) -> None:
    prepared = synthetic_face_set(2, 2, 2)
    hashes = prepared.table["content_hash"].tolist()
    hashes[5] = hashes[0]  # a test photo is the same picture as a training photo
    prepared = replace(prepared, table=prepared.table.assign(content_hash=hashes))
    card = CARD | {"architecture": "", "head": "", "gate": {}, "data": {"train_median_age": 30}}
    trained = AgeModel(model.networks, card)
    table, file = tmp_path / "table.csv", tmp_path / "metrics.json"
    metrics = evaluate_split(trained, prepared, "test", table, file).metrics
    written = pd.read_csv(table, keep_default_na=False)
    assert metrics == json.loads(file.read_text(encoding="utf-8"))
    assert metrics["overall"]["n"] == len(written) == 2
    ages = prepared.table["real_age"]
    assert written["twin_ages"].tolist() == ["", f"{ages[0]:g}"]
    assert written["face_found"].all()
    assert written["sharpness"].astype(float).gt(0).all()
