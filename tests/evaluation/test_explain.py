"""The reasons that the page gives for a photo, from its row in the table and the photo itself."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from age_model.evaluation.explain import Examined, examine
from age_model.model.saved_model import load_model
from age_model.predict.predictor import Predictor
from age_model.reports.reasons import reasons
from age_model.vision.detector import Detector
from age_model.vision.photos import PhotoError
from age_model.vision.quality import FaceQuality

PLAIN: dict[str, Any] = {
    "real_age": 30.0,
    "colour": "colour",
    "face_found": True,
    "face_size": 120.0,
    "detection_score": 0.999,
    "sharpness": 0.3,
    "light": 120.0,
    "clipped": 0.0,
    "contrast": 50.0,
    "twin_ages": float("nan"),  # as pandas reads an empty text
}


@pytest.fixture(scope="module")
def predictor(model_dir: Path, detector: Detector) -> Predictor:
    return Predictor(load_model(model_dir), detector)


def test_an_ordinary_row_has_no_reason() -> None:
    assert reasons(PLAIN, train_ages=[1, 99]) == ()


@pytest.mark.parametrize(
    ("column", "value", "word"),
    [
        ("face_size", 30.0, "small (30 pixels)"),
        ("detection_score", 0.9, "may not be a face"),
        ("sharpness", 0.01, "blurred"),
        ("light", 20.0, "dark"),
        ("light", 230.0, "bright"),
        ("clipped", 0.5, "black or white"),
        ("contrast", 5.0, "little contrast"),
        ("colour", "grey", "grey"),
        ("face_found", False, "No face was found"),
        ("twin_ages", "5, 7", "another age: 5, 7"),
        ("real_age", 100.0, "outside those that the model was trained on, 1 to 99"),
    ],
)
def test_each_column_has_its_reason(column: str, value: float | str, word: str) -> None:
    (sentence,) = reasons(PLAIN | {column: value}, train_ages=[1, 99])
    assert word in sentence


def test_a_table_without_measures_says_nothing_of_them() -> None:
    assert reasons({"real_age": 30.0, "sharpness": 0.01}) == ()
    # Where no face was found, there is no size: the other measures are of the whole picture.
    no_face = PLAIN | {"face_found": False, "face_size": np.nan, "sharpness": 0.01}
    assert len(reasons(no_face)) == 1


def test_the_photo_says_more_than_the_table() -> None:
    turned = FaceQuality(120, 0.3, 120, 0, 50, yaw=0.6, pitch=0.5, roll=0, score=0.999)
    photo = Examined(Image.new("RGB", (9, 9)), 2, turned, np.zeros(117))
    several, away = reasons(PLAIN | {"sharpness": 0.01, "face_found": False}, photo)
    assert "2 faces are in the picture" in several
    assert "turned away" in away


def test_photos_are_examined_as_the_evaluation_did(
    predictor: Predictor, examples: Path, tmp_path: Path
) -> None:
    group = examine(predictor, examples / "group.jpg")
    assert group.faces == 4
    assert group.quality is not None
    assert group.distribution.sum() == pytest.approx(1, abs=1e-4)
    Image.new("RGB", (200, 150), (150, 120, 90)).save(tmp_path / "plain.png")
    plain = examine(predictor, tmp_path / "plain.png")
    assert (plain.faces, plain.quality) == (0, None)
    assert plain.distribution.sum() == pytest.approx(1, abs=1e-4)
    assert "No face was found" in reasons(PLAIN, plain)[0]
    with pytest.raises(PhotoError):
        examine(predictor, tmp_path / "missing.jpg")


def test_faces_that_only_the_app_would_find_are_left_out(
    predictor: Predictor, examples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("age_model.evaluation.explain.MIN_SCORE", 1.01)
    assert examine(predictor, examples / "group.jpg").faces == 0
