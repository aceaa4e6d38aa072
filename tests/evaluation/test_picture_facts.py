from pathlib import Path

import pandas as pd
import pytest
from PIL import Image, ImageFilter

from age_model.data.face_cache import build_face_set
from age_model.data.face_set import FaceSet
from age_model.data.labels import read_labels
from age_model.evaluation.predictions import picture_facts, twin_ages
from age_model.model.age_model import as_pictures
from age_model.vision.alignment import FaceSpec
from age_model.vision.quality import BLURRED, DARK, crop_quality
from tests.support.synthetic import jpeg_of, synthetic_face_set


@pytest.fixture(scope="module")
def one_portrait(examples: Path) -> FaceSet:
    """A face as it is, the same blurred, and the same dark."""
    with Image.open(examples / "ages-25-34.jpg") as file:
        face = file.convert("RGB").resize((128, 128))
    pictures = (face, face.filter(ImageFilter.GaussianBlur(6)), face.point(lambda v: v * 0.2))
    table = synthetic_face_set(1, 1, 1).table.assign(
        face_found=[True, True, False],
        left=[10.0, 0, None],
        top=[20.0, 0, None],
        right=[110.0, 40, None],
        bottom=[150.0, 60, None],
        detection_score=[0.99999, 0.98, None],
    )
    return FaceSet(table, tuple(map(jpeg_of, pictures)), FaceSpec(128), ())


def facts_of(prepared: FaceSet) -> pd.DataFrame:
    crops = as_pictures(prepared.images())
    return picture_facts(prepared.table, [crop_quality(crop) for crop in crops])


def test_faces_are_measured(one_portrait: FaceSet) -> None:
    facts = facts_of(one_portrait)
    assert facts["face_found"].tolist() == [True, True, False]
    assert facts["face_size"].tolist()[:2] == [100, 40]
    assert pd.isna(facts["face_size"][2])
    assert facts["sharpness"][0] > BLURRED > facts["sharpness"][1]
    assert facts["light"][0] > DARK > facts["light"][2]


def test_a_set_without_boxes_is_measured_as_far_as_it_goes() -> None:
    facts = facts_of(synthetic_face_set(1, 1, 1))
    assert "face_size" not in facts
    assert len(facts) == facts["sharpness"].notna().sum() == 3


def test_twins_with_other_ages_are_told_each_other() -> None:
    table = pd.DataFrame(
        {"content_hash": list("aabccc"), "real_age": [6.5, 9, 40, 7, 7, 5]},
        index=[3, 1, 2, 0, 4, 5],
    )
    assert twin_ages(table).to_dict() == {3: "9", 1: "6.5", 2: "", 0: "5", 4: "5", 5: "7"}


def test_twins_are_found_in_a_folder(photo_folder: Path, tmp_path: Path) -> None:
    prepared = build_face_set(
        read_labels(photo_folder), FaceSpec(64), tmp_path / "cache", workers=1
    )
    ages = dict(zip(prepared.table["file_name"], twin_ages(prepared.table), strict=True))
    assert (ages["0.jpg"], ages["copy.jpg"], ages["1.jpg"]) == ("9", "6.5", "")


def test_a_selection_keeps_its_rows_apart(one_portrait: FaceSet) -> None:
    test = one_portrait.select("test")
    alone = facts_of(test)
    assert alone["light"].tolist() == [facts_of(one_portrait)["light"][2]]
    assert alone.index.tolist() == [0]
