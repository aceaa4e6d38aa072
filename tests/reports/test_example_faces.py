"""Example pictures: the average of many faces that look alike, and never of few."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from age_model.data.face_set import FaceSet
from age_model.reports import example_faces
from age_model.reports.example_faces import (
    CHOICE,
    FACES,
    PICTURE_SIDE,
    _average,
    _group,
    alike,
    group_picture,
    portraits,
    write_examples,
)
from age_model.reports.face_registration import register
from age_model.vision.alignment import FaceSpec

SPEC = FaceSpec(16)


def face(seed: int) -> bytes:
    """Encode a blurred mirror-symmetric pattern, in place of a face."""
    random = np.random.default_rng(seed)
    half = random.integers(60, 200, (4, 2, 3), dtype=np.uint8)
    picture = Image.fromarray(np.concatenate([half, half[:, ::-1]], axis=1)).resize((16, 16))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


@pytest.fixture
def unbent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes longest."""
    monkeypatch.setattr(example_faces, "register", lambda faces: faces)


def prepared(ages: list[float], **columns: object) -> FaceSet:
    table = pd.DataFrame({"real_age": ages, "split": "train", "face_found": True} | columns)
    return FaceSet(table, tuple(face(seed) for seed in range(len(ages))), SPEC, ())


@pytest.mark.usefixtures("unbent")
def test_a_band_with_too_few_faces_has_no_picture() -> None:
    made = portraits(prepared([5.0] * FACES + [30.0] * (FACES - 1)))
    assert list(made) == ["0–12"]
    assert made["0–12"].size == (PICTURE_SIDE, PICTURE_SIDE)
    assert made["0–12"].mode == "RGB"


@pytest.mark.usefixtures("unbent")
def test_only_found_faces_of_train_count() -> None:
    everything = prepared([5.0] * FACES)
    table = everything.table.copy()
    table.loc[0, "face_found"] = False
    assert portraits(replace(everything, table=table)) == {}
    table = everything.table.copy()
    table.loc[0, "split"] = "test"
    assert portraits(replace(everything, table=table)) == {}


def test_groups_that_are_large_enough_take_turns() -> None:
    many = CHOICE * FACES
    genders = ["female"] * (many + 1) + ["male"] * many + [None] * 9
    ethnicity = ["White"] * len(genders)
    faces = FaceSet(pd.DataFrame({"gender": genders, "ethnicity": ethnicity}), (), SPEC, ())
    every = np.arange(len(genders))
    chosen = [set(faces.table["gender"][_group(faces, every, turn)]) for turn in range(3)]
    assert chosen == [{"female"}, {"male"}, {"female"}]
    few = _group(faces, every[: many + 5], 1)  # of the men there are four
    assert set(faces.table["gender"][few]) == {"female"}


def blurred(faces: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.avg_pool2d(faces, 5, 1, 2)


def symmetric(count: int, seed: int) -> torch.Tensor:
    """Return mirror-symmetric pictures, float (count, 3, 20, 20)."""
    half = torch.rand(count, 3, 20, 10, generator=torch.Generator().manual_seed(seed))
    return torch.cat([half, half.flip(-1)], -1)


def test_sharp_frontal_faces_that_look_alike_are_chosen() -> None:
    like = (symmetric(1, 0) * 0.7 + symmetric(FACES, 1) * 0.3).clamp(0, 1)
    unlike = symmetric(FACES, 2)
    turned = torch.rand(FACES, 3, 20, 20, generator=torch.Generator().manual_seed(3))
    soft = blurred(symmetric(5 * FACES, 4))
    chosen = alike(torch.cat([soft, turned, unlike, like]))
    assert sorted(chosen.tolist()) == list(range(7 * FACES, 8 * FACES))


def test_a_photo_that_is_there_twice_counts_once() -> None:
    faces = symmetric(FACES, 5)
    assert len(alike(faces)) == FACES
    assert len(alike(torch.cat([faces[:-1], faces[:1] + 0.001]))) == FACES - 1


def test_faces_are_bent_onto_their_common_shape() -> None:
    across = torch.arange(32).float()
    places = torch.linspace(13, 19, 8)  # of a bright spot, pixels
    spots = torch.exp(-((across[None] - places[:, None]) ** 2) / 8)  # (8, 32)
    down = torch.exp(-((across - 16) ** 2) / 8)
    faces = (spots[:, None, None, :] * down[None, None, :, None]).expand(8, 3, 32, 32)
    bent = register(faces)
    assert bent.shape == faces.shape
    assert bent.mean(0).max() > 0.95 > 0.8 > faces.mean(0).max()
    centre = (bent.mean(0)[0].sum(0) * across).sum() / bent.mean(0)[0].sum()
    assert centre.item() == pytest.approx(16, abs=0.3)  # of no single face


def test_the_average_has_the_light_and_contrast_of_the_faces() -> None:
    random = np.random.default_rng(0)
    common = random.uniform(0.2, 0.8, (1, 3, 16, 16))
    noise = random.normal(0, 0.08, (200, 3, 16, 16))
    faces = torch.from_numpy((common + noise).clip(0, 1)).float()
    average = np.asarray(_average(faces), float).transpose(2, 0, 1) / 255
    assert average.mean() == pytest.approx(faces.mean().item(), abs=0.01)
    assert average.std() == pytest.approx(faces.std((2, 3)).mean().item(), rel=0.06)
    assert np.corrcoef(average.ravel(), common.ravel())[0, 1] > 0.99


def test_the_group_shows_all_portraits_in_order() -> None:
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    pictures = [Image.new("RGB", (PICTURE_SIDE, PICTURE_SIDE), colour) for colour in colours]
    group = group_picture(pictures)
    assert group.width == 3 * PICTURE_SIDE
    for i, colour in enumerate(colours):
        assert group.getpixel((round((i + 0.5) * PICTURE_SIDE), group.height // 2)) == colour


@pytest.mark.usefixtures("unbent")
def test_a_file_is_written_for_each_band_and_for_the_group(tmp_path: Path) -> None:
    paths = write_examples(prepared([5.0] * FACES), tmp_path / "examples")
    names = ["ages-0-12.jpg", "group.jpg"]
    assert [path.name for path in paths] == names
    assert sorted(path.name for path in (tmp_path / "examples").iterdir()) == names
    for path in paths:
        with Image.open(path) as picture:
            assert picture.format == "JPEG"


def test_no_band_with_enough_faces_writes_nothing(tmp_path: Path) -> None:
    assert write_examples(prepared([30.0] * 5), tmp_path) == []
    assert list(tmp_path.iterdir()) == []
