"""Several models made into one: it says their mean, and refuses those that do not fit together."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from age_model.data.splits import labels_fingerprint
from age_model.evaluation.calibration import uncalibrated
from age_model.model.network import AgeNetwork
from age_model.model.saved_model import AgeModel, ModelError, load_model, save_model
from age_model.training import finish
from age_model.training.ensemble import combine
from tests.support.synthetic import LOOKS, SPEC, count_decoded, prepared_faces, use_tiny_network

PREPARED = prepared_faces()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)


def trained(seed: int, **changes: Any) -> AgeModel:  # noqa: ANN401
    torch.manual_seed(seed)
    card: dict[str, Any] = {
        "architecture": "resnet18",
        "head": "distribution",
        "normalisation": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        "face": json.loads(json.dumps(SPEC.to_dict())),
        "looks": LOOKS,
        "decoding": "median",
        **uncalibrated(),
        "data": {"fingerprint": labels_fingerprint(PREPARED.table), "photos": {}},
        "training": [{"seed": seed}],
        "licence": "none",
    }
    return AgeModel([AgeNetwork()], card | changes)


def test_the_networks_answer_together_and_the_choices_are_made_anew(tmp_path: Path) -> None:
    models = [trained(1), trained(2)]
    combined = combine(tmp_path / "both", models, PREPARED)
    faces = PREPARED.select("test").images()
    looks = combined.card["looks"]
    apart = [AgeModel(m.networks, m.card | {"looks": looks}).distributions(faces) for m in models]
    assert torch.allclose(combined.distributions(faces), (apart[0] + apart[1]) / 2, atol=1e-3)
    assert not torch.allclose(apart[0], apart[1], atol=1e-3)
    assert [run["seed"] for run in combined.card["training"]] == [1, 2]
    assert combined.card["interval"] != uncalibrated()["interval"]
    tried = [choice["mae"] for choice in combined.card["metrics"]["valid_mae_by_choice"]]
    assert combined.card["metrics"]["valid"]["mae"] == pytest.approx(min(tried))


def test_each_validation_face_is_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_tiny_network(monkeypatch)
    decoded = count_decoded(monkeypatch)
    combine(tmp_path, [trained(1)], PREPARED)
    assert len(decoded) == 16


def test_the_saved_model_holds_nothing_in_the_language_of_who_combined_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_tiny_network(monkeypatch)
    cards = []
    for language in ("en", "ru"):
        monkeypatch.setattr("age_model.i18n.translate._choose", lambda code=language: code)
        cards.append(combine(tmp_path / language, [trained(1)], PREPARED).card)
    assert cards[0] == cards[1]


def test_an_interrupted_combination_leaves_the_older_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_tiny_network(monkeypatch)
    combine(tmp_path, [trained(1)], PREPARED)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(finish, "calibrate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        combine(tmp_path, [trained(2), trained(3)], PREPARED)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.usefixtures("tiny")
def test_a_combined_model_combines_with_a_third(tmp_path: Path) -> None:
    both = combine(tmp_path / "both", [trained(1), trained(2)], PREPARED)
    third = combine(tmp_path / "third", [both, trained(3)], PREPARED)
    assert [run["seed"] for run in third.card["training"]] == [1, 2, 3]
    assert len(load_model(tmp_path / "third").networks) == 3


@pytest.mark.usefixtures("tiny")
def test_a_missing_second_network_is_named(tmp_path: Path) -> None:
    combine(tmp_path, [trained(1), trained(2)], PREPARED)
    (tmp_path / "model-2.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model-2\.safetensors is missing"):
        load_model(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"head": "regression"}, "differ in head"),
        ({"face": {"size": 64}}, "differ in face"),
        ({"licence": "another"}, "differ in licence"),
        ({"data": {"fingerprint": "other splits"}}, "not all trained on these photos"),
    ],
)
def test_models_that_do_not_belong_together_are_refused(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    other = trained(2)
    other.card |= change
    with pytest.raises(ModelError, match=message):
        combine(tmp_path / "both", [trained(1), other], PREPARED)
    assert not (tmp_path / "both").exists()


@pytest.mark.usefixtures("tiny")
def test_a_model_of_one_network_leaves_nothing_of_an_older_one_of_two(tmp_path: Path) -> None:
    both = combine(tmp_path, [trained(1), trained(2)], PREPARED)
    save_model(tmp_path, both.networks[:1], both.card | {"training": [{}]})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.safetensors"]
