"""The way to the model that ships, in miniature: every step runs and hands on to the next."""

import json
import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import torch
from PIL import Image

from age_model.ages import AGE_BINS
from age_model.release import released
from age_model.store.statistics.band_weights import BAND_DOUBT, WIDER_DOUBTS
from recipes import unknown_errors
from recipes.gather import LFW_WEIGHT, TEEN_WEIGHT, gather, lfw, split_of, utkface

ROOT = Path(__file__).parents[2]
NETWORK = """
import torch
from torch import nn

class Net(nn.Module):
    width = 6

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5, 4)

    def features(self, x):
        return torch.relu(self.conv(x)).mean((2, 3))

def load(name):
    if name not in ("mobilenetv1-vggface2-age", "dlib-resnet29-face"):
        raise KeyError(name)
    torch.manual_seed(len(name))
    return Net(), 160, lambda images: torch.as_tensor(images).permute(0, 3, 1, 2).float() / 255

def with_batch_norm(net, batches):
    assert all(batch.shape[1] == 3 for batch in batches)
    net.conv = nn.Sequential(net.conv, nn.BatchNorm2d(6))
    return net
"""


def photos(folder: Path, portraits: list[Image.Image], prefix: str, **columns: object) -> Path:
    """Lay out the example faces as labelled photos."""
    (folder / "final_files").mkdir(parents=True)
    names = [f"{prefix}{number}.jpg" for number in range(len(portraits))]
    for number, (name, portrait) in enumerate(zip(names, portraits, strict=True)):
        # A pixel of its own keeps each picture from being a copy of another source's.
        picture = portrait.resize((200, 200))
        picture.putpixel((0, 0), (number, len(prefix), 0))
        picture.save(folder / "final_files" / name)
    ages = [6, 15, 21, 30, 40, 50, 60, 70]
    table = pd.DataFrame({"file_name": names, "real_age": ages, **columns})
    table.to_csv(folder / "labels.csv", index=False)
    return folder


SPLITS = ["train", "train", "valid", "train", "valid", "test", "train", "test"]


def test_sources_are_gathered_by_person_and_weighed(
    tmp_path: Path, portraits: list[Image.Image]
) -> None:
    first = photos(tmp_path / "u", portraits, "u", split=SPLITS)
    people = [f"p{number // 2}" for number in range(8)]
    second = photos(tmp_path / "l", portraits, "lfw", person=people)
    gather([(first, utkface(first)), (second, lfw(second))], tmp_path / "all")
    table = pd.read_csv(tmp_path / "all" / "labels.csv")
    assert len(list((tmp_path / "all" / "final_files").iterdir())) == len(table) == 16
    assert table["weight"].tolist() == [1, TEEN_WEIGHT] + [1] * 6 + [LFW_WEIGHT] * 8
    of_lfw = table[table["source"] == "LFW"]
    assert (of_lfw.groupby("person")["split"].nunique() == 1).all()
    assert table["split"][:8].tolist() == SPLITS
    sides = [split_of(f"person {number}") for number in range(1000)]
    assert 250 < sides.count("valid") < 350 and set(sides) == {"train", "valid"}
    with pytest.raises(ValueError, match="photos of one name"):
        gather([(first, utkface(first))] * 2, tmp_path / "twice")


@pytest.mark.slow
def test_the_way_to_the_shipped_model_in_miniature(
    tmp_path: Path, portraits: list[Image.Image], quick_python: list[str]
) -> None:
    people = [f"p{number}" for number in range(8)]
    sources = [
        photos(tmp_path / "u", portraits, "u", split=SPLITS),
        photos(tmp_path / "l", portraits, "lfw", person=people),
    ]
    unlabelled = photos(tmp_path / "n", portraits, "nobody") / "final_files"
    networks = tmp_path / "networks"
    networks.mkdir()
    (networks / "load.py").write_text(NETWORK)
    start = torch.nn.Conv2d(3, 64, 7, bias=False).weight.detach()
    torch.save({"conv1.weight": start}, tmp_path / "start.pt")
    once = dict.fromkeys(
        ("EPOCHS_TEACHER", "EPOCHS_FIRST", "EPOCHS_SECOND", "EPOCHS_BALANCED"), "1"
    )
    command = ["recipes/shipped_model.sh", *sources, unlabelled, networks, tmp_path / "start.pt"]
    done = subprocess.run(
        [str(part) for part in (*command, tmp_path / "out")],
        cwd=ROOT,
        env=os.environ | once | {"PYTHON": " ".join(quick_python), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    out = tmp_path / "out"
    teacher = torch.jit.load(out / "dlib.pt")
    distributions, features = teacher(torch.rand(2, 3, 160, 160))
    assert distributions.shape == (2, AGE_BINS) and features.shape == (2, 6)
    assert torch.allclose(distributions.sum(1), torch.ones(2))
    card = json.loads((out / "release/model/model.json").read_text(encoding="utf-8"))
    balanced, second = card["training"]
    assert (balanced["init"], second["init"]) == ("start.pt", "best.pt")
    assert (balanced["balanced_share"], second["balanced_share"]) == (0.3, 0.0)
    assert balanced["imitation"] == second["imitation"] == 1.0
    assert balanced["teacher"] == "mobilenet-1.pt,mobilenet-2.pt,dlib.pt"
    assert "LFW" in card["licence"]
    assert (out / "release/evaluation/predictions.csv").exists()


def test_how_much_wider_intervals_must_be_is_chosen_on_validation_photos_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "predictions.csv"
    photos = released().predictions()
    photos.to_csv(table, index=False)
    with pytest.raises(SystemExit):
        unknown_errors.main([str(table)])
    assert "other photos than validation photos" in capsys.readouterr().err
    photos.assign(split="valid").to_csv(table, index=False)
    unknown_errors.main([str(table), "--shops", "1", "--visits", "1000"])
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 1 + len(unknown_errors.PAIRS) + 1
    assert shown[-1].endswith(f"in use: {WIDER_DOUBTS:g} and {BAND_DOUBT:g}")


def test_the_narrowest_intervals_are_chosen_of_those_that_hold() -> None:
    summary = pd.DataFrame(
        {
            "doubts": [1.0, 1.0, 2.0],
            "bands": [0.1, 0.3, 0.1],
            "all": [0.9, 0.97, 0.96],
            "points wide": [12.0, 20.0, 22.0],
        }
    )
    assert unknown_errors.chosen(summary) == (1.0, 0.3)
    with pytest.raises(ValueError, match="no pair"):
        unknown_errors.chosen(summary.head(1))
