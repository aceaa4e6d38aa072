"""Ensembles: they predict the mean, and refuse models that do not fit together."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from age_model.data.splits import labels_fingerprint
from age_model.evaluation.calibration import uncalibrated
from age_model.model.age_model import AgeModel
from age_model.model.card import ModelError
from age_model.model.distributions import prior_shift
from age_model.model.network import AgeNetwork
from age_model.model.saved_model import load_model, save_model
from age_model.training import finish
from age_model.training.ensemble import save_ensemble
from tests.support.synthetic import SPEC, VIEWS, count_decoded, synthetic_face_set, use_tiny_network

PREPARED = synthetic_face_set()


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
        "looks": VIEWS,
        "decoding": "median",
        **uncalibrated(),
        "data": {"fingerprint": labels_fingerprint(PREPARED.table), "photos": {}},
        "training": [{"seed": seed}],
        "licence": "none",
    }
    return AgeModel([AgeNetwork()], card | changes)


def test_the_networks_answer_together_and_the_choices_are_made_anew(tmp_path: Path) -> None:
    models = [trained(1), trained(2)]
    ensemble = save_ensemble(tmp_path / "both", models, PREPARED)
    faces = PREPARED.select("test").images()
    views = ensemble.card["looks"]
    assert [view["network"] for view in views] == [0, 1]  # each has one of its own
    apart = [
        AgeModel(model.networks, model.card | {"looks": [view | {"network": None}]})
        for model, view in zip(models, views, strict=True)
    ]
    first, second = (model.distributions(faces) for model in apart)
    mean = prior_shift((first + second) / 2, ensemble.prior_ratio)
    assert torch.allclose(ensemble.distributions(faces), mean, atol=1e-3)
    assert not torch.allclose(first, second, atol=1e-3)
    assert [run["seed"] for run in ensemble.card["training"]] == [1, 2]
    assert ensemble.card["interval"] != uncalibrated()["interval"]
    tried = [choice["mae"] for choice in ensemble.card["metrics"]["valid_mae_by_choice"]]
    assert ensemble.card["metrics"]["valid"]["mae"] == pytest.approx(min(tried))


def test_each_validation_face_is_decoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_tiny_network(monkeypatch)
    decoded = count_decoded(monkeypatch)
    save_ensemble(tmp_path, [trained(1)], PREPARED)
    assert len(decoded) == 16


def test_the_saved_model_holds_nothing_in_the_language_of_its_maker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_tiny_network(monkeypatch)
    cards = []
    for language in ("en", "ru"):
        monkeypatch.setattr("age_model.i18n.translate._choose", lambda code=language: code)
        cards.append(save_ensemble(tmp_path / language, [trained(1)], PREPARED).card)
    assert cards[0] == cards[1]


def test_an_interrupted_ensemble_leaves_the_older_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_tiny_network(monkeypatch)
    save_ensemble(tmp_path, [trained(1)], PREPARED)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(finish, "calibrate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        save_ensemble(tmp_path, [trained(2), trained(3)], PREPARED)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.usefixtures("tiny")
def test_an_ensemble_grows_by_a_third_model(tmp_path: Path) -> None:
    both = save_ensemble(tmp_path / "both", [trained(1), trained(2)], PREPARED)
    third = save_ensemble(tmp_path / "third", [both, trained(3)], PREPARED)
    assert [run["seed"] for run in third.card["training"]] == [1, 2, 3]
    assert len(load_model(tmp_path / "third").networks) == 3


@pytest.mark.usefixtures("tiny")
def test_a_missing_second_network_is_named(tmp_path: Path) -> None:
    save_ensemble(tmp_path, [trained(1), trained(2)], PREPARED)
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
        save_ensemble(tmp_path / "both", [trained(1), other], PREPARED)
    assert not (tmp_path / "both").exists()


@pytest.mark.usefixtures("tiny")
def test_a_model_of_one_network_leaves_nothing_of_an_older_one_of_two(tmp_path: Path) -> None:
    both = save_ensemble(tmp_path, [trained(1), trained(2)], PREPARED)
    save_model(tmp_path, both.networks[:1], both.card | {"training": [{}]})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "model.safetensors"]
