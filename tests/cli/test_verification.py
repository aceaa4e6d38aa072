"""The command `verification`: what it hands on and writes."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from age_model.cli.main import main
from age_model.evaluation import descriptors, verification_sources
from age_model.evaluation.named_source import Source
from age_model.reports import readme
from recipes import recogniser
from tests.recipes.test_recipes import NETWORK


def test_what_was_measured_is_written_beside_the_evaluation(
    model_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = tmp_path / "release"
    (release / "evaluation").mkdir(parents=True)
    (release / "model").symlink_to(model_dir)
    monkeypatch.setenv("AGE_RELEASE", str(release))
    given: list[Any] = []
    texts: list[bool] = []

    def measure(*arguments: object) -> dict[str, Any]:
        given.extend(arguments[1:])
        return {"sources": []}

    monkeypatch.setattr(verification_sources, "measure_verification", measure)
    monkeypatch.setattr(descriptors, "load_reference", lambda file: f"network of {file}")
    monkeypatch.setattr(readme, "write_texts", lambda: texts.append(True))
    options = ["--source", "a=one", "--learn-from", "two", "--reference", "r=net.pt"]
    assert main(["verification", *options, "--cache-dir", "three", "--workers", "1"]) == 0
    sources, learned_from, references, cache, workers = given
    assert sources == [Source("a", Path("one"))]
    assert references == {"r": "network of net.pt"}
    assert (learned_from, cache, workers) == (Path("two"), Path("three"), 1)
    assert json.loads((release / "evaluation/verification.json").read_text()) == {"sources": []}
    assert texts == [True]


def test_a_source_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["verification", "--learn-from", "two"])
    assert "give at least one NAME=FOLDER" in capsys.readouterr().err


def test_a_face_recognition_network_becomes_a_reference(tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text(NETWORK + "\nNet.forward = Net.features\n")
    options = ["--networks", str(tmp_path), "--name", "dlib-resnet29-face"]
    recogniser.main([*options, "--out", str(tmp_path / "net.pt")])
    network = descriptors.load_reference(tmp_path / "net.pt")
    faces = torch.rand(3, 3, 160, 160)
    found = network(faces)
    assert found.shape == (3, 6)
    edge = faces.clone()
    edge[:, :, 0] = 0  # the margin repeats the edge
    assert not torch.allclose(network(edge), found)
