"""The model as one ONNX file: the same ages from the same faces, in any batch."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image

from age_model.cli import main as cli
from age_model.model.age_model import AgeModel, as_batch
from age_model.model.card import ModelError
from age_model.model.network import AgeNetwork
from age_model.model.onnx_file import export_onnx
from age_model.model.saved_model import load_model
from age_model.model.tta import View, views_to_list
from age_model.predict.predictor import Predictor
from age_model.release import released
from tests.support.synthetic import use_tiny_network


def faces(size: int, count: int = 3) -> torch.Tensor:
    random = np.random.default_rng(0)
    shape = (count, 3, size, size)
    return torch.from_numpy(random.integers(0, 256, shape, np.uint8))


def answers(file: Path, batch: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    distributions, ages = session.run(["distribution", "age"], {"faces": batch.numpy()})
    return distributions, ages


@pytest.mark.parametrize(
    "views",
    [
        (View(64), View(64, mirrored=True)),
        (View(25, mirrored=True), View(64)),
        (View(64, network=0), View(25, network=1)),
    ],
    ids=["mirrored", "less detail", "shared out"],
)
def test_a_file_gives_what_the_model_gives(
    model_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    views: tuple[View, ...],
) -> None:
    use_tiny_network(monkeypatch)
    torch.manual_seed(1)
    entries = load_model_card(model_dir) | {"looks": views_to_list(views), "prior_ratio": 0.7}
    networks = [AgeNetwork("resnet18") for _ in range(2)]
    model = AgeModel(networks, entries)
    export_onnx(model, tmp_path / "model.onnx")
    for count in (1, 3):
        batch = faces(64, count)
        distributions, ages = answers(tmp_path / "model.onnx", batch)
        expected = model.distributions(batch)
        np.testing.assert_allclose(distributions, expected, atol=1e-5)
        np.testing.assert_allclose(ages, model.ages(expected), atol=0.01)


def load_model_card(model_dir: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads((model_dir / "model.json").read_text("utf-8"))
    return card


def test_a_model_without_distributions_is_refused(model_dir: Path, tmp_path: Path) -> None:
    card = load_model_card(model_dir) | {"head": "regression"}
    with pytest.raises(ModelError, match="head “distribution”"):
        export_onnx(AgeModel([AgeNetwork("resnet18", "regression")], card), tmp_path / "a.onnx")


def test_the_command_writes_the_released_model(
    tmp_path: Path, portraits: list[Image.Image], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "model.onnx"
    assert cli.main(["export", str(file)]) == 0
    model = load_model(released().model_dir)
    assert model.version in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    predictor = Predictor(model)
    found = [predictor.estimate(face, predictor.detector.detect([face])[0]) for face in portraits]
    _, ages = answers(file, as_batch([face[0].crop for face in found]))
    np.testing.assert_allclose(ages, [face[0].age for face in found], atol=0.01)


def test_the_metadata_says_how_to_cut_a_face(model_dir: Path, tmp_path: Path) -> None:
    model = load_model(model_dir)
    export_onnx(model, tmp_path / "model.onnx")
    entries = onnx.load(str(tmp_path / "model.onnx")).metadata_props
    known = {entry.key: entry.value for entry in entries}
    assert known["model_version"] == model.version
    assert json.loads(known["face"]) == model.card["face"]
    assert json.loads(known["card"]) == model.card


def test_without_onnx_it_says_what_to_install(
    model_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert cli.main(["export", str(tmp_path / "model.onnx"), "--model", str(model_dir)]) == 1
    assert "age-model[onnx]" in capsys.readouterr().err
