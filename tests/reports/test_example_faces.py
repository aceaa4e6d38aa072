"""Example pictures: the average of many faces, and never of few."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from age_model.data.face_set import FaceSet
from age_model.reports.example_faces import (
    FACES_AT_LEAST,
    FACES_AT_MOST,
    PICTURE_SIDE,
    _average,
    average_faces,
    group_picture,
    write_examples,
)
from age_model.vision.alignment import FaceSpec

SPEC = FaceSpec(32)


def face(seed: int) -> bytes:
    """Encode a blurred mirror-symmetric pattern with some noise, in place of a face."""
    random = np.random.default_rng(seed)
    half = random.integers(60, 200, (4, 2, 3), dtype=np.uint8)
    picture = Image.fromarray(np.concatenate([half, half[:, ::-1]], axis=1)).resize((32, 32))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def prepared(ages: list[float]) -> FaceSet:
    table = pd.DataFrame({"real_age": ages, "split": "train", "face_found": True})
    return FaceSet(table, tuple(face(seed) for seed in range(len(ages))), SPEC, ())


def test_a_band_with_too_few_faces_has_no_picture() -> None:
    enough, short = [5.0] * FACES_AT_LEAST, [30.0] * (FACES_AT_LEAST - 1)
    averages = average_faces(prepared(enough + short))
    assert list(averages) == ["0–12"]
    assert averages["0–12"].size == (PICTURE_SIDE, PICTURE_SIDE)
    assert averages["0–12"].mode == "RGB"


def test_only_found_faces_of_train_count() -> None:
    everything = prepared([5.0] * FACES_AT_LEAST + [30.0] * FACES_AT_LEAST)
    table = everything.table.copy()
    table.loc[0, "face_found"] = False
    table.loc[FACES_AT_LEAST, "split"] = "test"
    assert average_faces(replace(everything, table=table)) == {}
    assert list(average_faces(everything)) == ["0–12", "25–34"]


def sharp_face(turned: bool) -> torch.Tensor:
    """Rows bright and dark by turns, uint8 (3, 16, 16); on a turned one not alike on each side."""
    rows = torch.tensor([240, 20] * 8, dtype=torch.uint8)
    columns = [rows] * 8 + [rows.flip(0) if turned else rows] * 8
    return torch.stack(columns, dim=1).expand(3, 16, 16)


def average_of(frontal: int, turned: int, soft: int) -> np.ndarray:
    """Average so many faces of each kind; soft ones are plain, but for a gentle slope."""
    slope = torch.linspace(100, 130, 16).byte()[:, None].expand(3, 16, 16)
    kinds = [slope] * soft + [sharp_face(True)] * turned + [sharp_face(False)] * frontal
    return np.asarray(_average(torch.stack(kinds)), int)


@pytest.mark.parametrize(
    ("frontal", "turned", "soft"),
    [
        (FACES_AT_MOST, 100, FACES_AT_MOST + 99),
        (FACES_AT_LEAST + 5, 1, FACES_AT_LEAST + 4),
    ],
)
def test_the_most_frontal_of_the_sharper_half_are_averaged(
    frontal: int, turned: int, soft: int
) -> None:
    expected = sharp_face(False).permute(1, 2, 0).numpy().astype(int)
    np.testing.assert_allclose(average_of(frontal, turned, soft), expected, atol=2)


def test_few_faces_are_all_averaged() -> None:
    half = FACES_AT_LEAST // 2
    expected = sharp_face(False).permute(1, 2, 0).numpy().astype(int)
    assert np.abs(average_of(half, 1, half - 1) - expected).max() > 20


def test_the_average_has_the_light_and_contrast_of_the_faces() -> None:
    random = np.random.default_rng(0)
    common = random.integers(40, 200, (1, 3, 16, 16))
    noise = random.normal(0, 20, (200, 3, 16, 16))
    faces = torch.from_numpy((common + noise).clip(0, 255).astype(np.uint8))
    average = np.asarray(_average(faces), float).transpose(2, 0, 1)
    assert average.mean() == pytest.approx(faces.float().mean().item(), abs=2)
    assert average.std() == pytest.approx(faces.float().std((2, 3)).mean().item(), rel=0.06)
    assert np.corrcoef(average.ravel(), common.ravel())[0, 1] > 0.99


def test_the_group_shows_all_portraits_in_order() -> None:
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    portraits = [Image.new("RGB", (PICTURE_SIDE, PICTURE_SIDE), colour) for colour in colours]
    group = group_picture(portraits)
    assert group.width == 3 * PICTURE_SIDE
    for i, colour in enumerate(colours):
        assert group.getpixel((round((i + 0.5) * PICTURE_SIDE), group.height // 2)) == colour


def test_a_file_is_written_for_each_band_and_for_the_group(tmp_path: Path) -> None:
    ages = [5.0] * FACES_AT_LEAST + [70.0] * FACES_AT_LEAST
    paths = write_examples(prepared(ages), tmp_path / "examples")
    names = ["ages-0-12.jpg", "ages-65-and-over.jpg", "group.jpg"]
    assert [path.name for path in paths] == names
    assert sorted(path.name for path in (tmp_path / "examples").iterdir()) == names
    for path in paths:
        with Image.open(path) as picture:
            assert picture.format == "JPEG"


def test_no_band_with_enough_faces_writes_nothing(tmp_path: Path) -> None:
    assert write_examples(prepared([30.0] * 5), tmp_path) == []
    assert list(tmp_path.iterdir()) == []
