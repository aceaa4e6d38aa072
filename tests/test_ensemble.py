"""Several networks as one model: the mean of their distributions, saved, read and described."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from age_model.calibration import uncalibrated
from age_model.card_figures import members
from age_model.ensemble import Ensemble
from age_model.finishing import save_ensemble
from age_model.model_files import AgeModel, ModelError, load_model, save_model
from age_model.network import AGE_BINS, AgeNetwork, Normalisation
from synthetic import SPEC, prepared_faces, use_tiny_network


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)


def model(folder: Path, seed: int, size: int = SPEC.size, **changes: Any) -> AgeModel:  # noqa: ANN401
    torch.manual_seed(seed)
    card = {
        "face": SPEC.to_dict() | {"size": size},
        "decoding": "median",
        **uncalibrated(),
        "data": {"fingerprint": "abc"},
        **{entry: {} for entry in ("versions", "metrics")},
        "training": {"seed": seed},
        "licence": "none",
    }
    normalisation = changes.pop("normalisation", None)
    network = AgeNetwork("resnet18", changes.pop("head", "distribution"), normalisation)
    save_model(folder, network, card | changes)
    return load_model(folder)


def test_the_distribution_is_the_mean_of_the_members(tmp_path: Path) -> None:
    networks = [model(tmp_path / str(seed), seed).network for seed in (1, 2, 3)]
    images = torch.rand(4, 3, 32, 32)
    with torch.inference_mode():
        together = Ensemble(networks, [32, 32, 32])(images).softmax(-1)  # type: ignore[arg-type]
        alone = torch.stack([network(images).softmax(-1) for network in networks])
    assert together.shape == (4, AGE_BINS)
    assert torch.allclose(together, alone.mean(0), atol=1e-6)
    assert not torch.allclose(alone[0], alone[1], atol=1e-4)


def test_each_member_sees_faces_of_its_own_size() -> None:
    images = torch.rand(2, 3, 32, 32)
    seen: list[torch.Tensor] = []
    members = [AgeNetwork("resnet18").eval() for _ in range(2)]
    for member in members:
        member.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    Ensemble(members, [32, 24])(images)
    assert torch.equal(seen[0], images)
    small = F.interpolate(images, (24, 24), mode="bilinear", antialias=True)
    assert torch.equal(seen[1], small)


def test_members_need_a_distribution_and_a_size() -> None:
    with pytest.raises(ValueError, match="predict a distribution"):
        Ensemble([AgeNetwork("resnet18", "regression")], [32])
    with pytest.raises(ValueError, match="1 networks, but 2 sizes"):
        Ensemble([AgeNetwork("resnet18")], [32, 24])


def test_a_saved_ensemble_predicts_the_same_and_tells_its_members(tmp_path: Path) -> None:
    large, small = model(tmp_path / "a", 1), model(tmp_path / "b", 2, size=24)
    valid = prepared_faces().select("valid")
    saved = save_ensemble([small, large], valid, tmp_path / "both")
    assert saved.spec.size == 32
    assert [m["size"] for m in members(saved.card)] == [24, 32]
    assert [m["training"]["seed"] for m in members(saved.card)] == [2, 1]
    assert saved.card["architecture"] == "resnet18 + resnet18"
    assert saved.card["metrics"]["valid"]["n"] == len(valid)
    faces = valid.images()
    shrunk = F.interpolate(faces.float(), (24, 24), mode="bilinear", antialias=True)
    parts = large.distributions(faces), small.distributions(shrunk.round().to(torch.uint8))
    assert torch.allclose(saved.distributions(faces), sum(parts) / 2, atol=2e-3)
    assert load_model(tmp_path / "both").version == saved.version


def test_a_single_network_is_its_own_only_member(tmp_path: Path) -> None:
    card = model(tmp_path / "a", 5).card
    assert members(card) == [{"architecture": "resnet18", "size": 32, "training": {"seed": 5}}]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"head": "regression"}, "predict a distribution"),
        ({"data": {"fingerprint": "other"}}, "not trained on the same photos"),
        ({"normalisation": Normalisation((0.5,) * 3, (0.5,) * 3)}, "not trained on the same"),
    ],
)
def test_models_that_do_not_go_together_are_refused(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    models = [model(tmp_path / "a", 1), model(tmp_path / "b", 2, **changes)]
    with pytest.raises(ModelError, match=message):
        save_ensemble(models, prepared_faces().select("valid"), tmp_path / "both")
    assert not (tmp_path / "both").exists()


def test_a_card_whose_members_do_not_fit_the_weights_is_refused(tmp_path: Path) -> None:
    models = [model(tmp_path / "a", 1), model(tmp_path / "b", 2)]
    save_ensemble(models, prepared_faces().select("valid"), tmp_path / "both")
    file = tmp_path / "both/model.json"
    card = json.loads(file.read_text(encoding="utf-8"))
    card["members"] = card["members"][:1]
    file.write_text(json.dumps(card), encoding="utf-8")
    with pytest.raises(ModelError, match="do not fit"):
        load_model(tmp_path / "both")
