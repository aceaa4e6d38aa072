"""Training and evaluation on folders in the shape of APPA-REAL: the shop's copy and the release."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import train
from age_model.cli import main as cli
from tests.support.synthetic import ages_of, face, use_tiny_network

SPLITS = {"train": 16, "valid": 8, "test": 6}


def shop_copy(folder: Path) -> Path:
    """Photos in one folder, fractional real ages and nothing else in `labels.csv`."""
    (folder / "final_files").mkdir(parents=True)
    ages = ages_of(60).round(3)
    for number, age in enumerate(ages):
        face(age).save(folder / "final_files" / f"{number:06d}.jpg")
    names = [f"{number:06d}.jpg" for number in range(len(ages))]
    pd.DataFrame({"file_name": names, "real_age": ages}).to_csv(folder / "labels.csv", index=False)
    return folder


def release(folder: Path) -> Path:
    """A folder and a list of labels a split, with the cropped companions that are to be left."""
    for split, count in SPLITS.items():
        (folder / split).mkdir(parents=True)
        rows = []
        for number, age in enumerate(ages_of(count).round()):
            name = f"{split}{number:06d}.jpg"
            face(age).save(folder / split / name)
            face(80 - age).save(folder / split / f"{name}_face.jpg")
            rows.append((name, 38, age + 2.5, 3.25, int(age)))
        columns = ["file_name", "num_ratings", "apparent_age_avg", "apparent_age_std", "real_age"]
        pd.DataFrame(rows, columns=columns).to_csv(folder / f"gt_avg_{split}.csv", index=False)
    return folder


@pytest.mark.parametrize(("layout", "photos"), [(shop_copy, 60), (release, 30)])
def test_train_and_evaluate(
    layout: Callable[[Path], Path],
    photos: int,
    tmp_path: Path,
    no_faces: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_tiny_network(monkeypatch)
    data, cache = layout(tmp_path / "data"), tmp_path / "cache"
    shared = ["--data-dir", str(data), "--cache-dir", str(cache)]
    options = ["--init", "none", "--epochs", "2", "--batch-size", "8", "--face-size", "32"]
    runs = ["--runs", str(tmp_path), "--name", "run", "--device", "cpu"]
    assert train.main([*shared, *options, *runs]) == 0

    model = tmp_path / "run" / "model"
    card = json.loads((model / "model.json").read_text(encoding="utf-8"))
    assert sum(card["data"]["photos"].values()) == photos  # companions are no photos
    out = tmp_path / "predictions.csv"
    arguments = ["evaluate", *shared, "--model", str(model), "--workers", "1", "--out", str(out)]
    assert cli.main(arguments) == 0
    predictions = pd.read_csv(out)
    assert set(predictions["split"]) == {"test"}
    assert len(predictions) == card["data"]["photos"]["test"]
    # The same table as training left: one way through the code.
    pd.testing.assert_frame_equal(
        predictions, pd.read_csv(tmp_path / "run" / "evaluation" / "predictions.csv")
    )
