from typing import Any

import numpy as np
from PIL import Image

from age_model.predictor import FaceEstimate, PhotoResult
from age_model.summary import summarise_batch


def make_face(age: float, side: float = 100, score: float = 0.99) -> FaceEstimate:
    values: dict[str, Any] = dict.fromkeys(FaceEstimate.__dataclass_fields__)
    values |= {
        "box": (10.0, 10.0, 10.0 + side, 10.0 + side),
        "detection_score": score,
        "crop": Image.new("RGB", (224, 224)),
        "age": age,
        "age_low": age - 5,
        "age_high": age + 5,
        "distribution": np.full(117, 1 / 117),
    }
    return FaceEstimate(**values)


def make_result(*ages: float) -> PhotoResult:
    image = Image.new("RGB", (3000, 2000), "grey")
    return PhotoResult("a.jpg", image, tuple(make_face(age) for age in ages), None)


def test_batch_in_figures() -> None:
    unreadable = PhotoResult("b.jpg", None, (), "The file is empty.")
    summary = summarise_batch([make_result(10.0, 20.0), unreadable, make_result(66.0)], 25)
    assert (summary.photos, summary.without_face, summary.faces) == (3, 1, 3)
    assert (summary.median_age, summary.to_ask) == (20.0, 2)
    assert summary.bands["0–12"] == summary.bands["18–24"] == summary.bands["65+"] == 1
    assert summary.bands.sum() == 3
    assert summary.bands.index[0] == "0–12"  # youngest first


def test_batch_without_faces_has_no_median() -> None:
    summary = summarise_batch([PhotoResult("b.jpg", None, (), "x")], 25)
    assert summary.median_age is None
    assert summary.bands.sum() == 0
