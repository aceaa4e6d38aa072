"""Results without a model and ZIP files, made up for tests."""

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import pandas as pd
from PIL import Image

from age_model.predict.results import FaceEstimate, PhotoResult
from age_model.vision.quality import FaceQuality


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
        "p_under_18": 0.0,
        "p_under_25": 0.0,
        "quality": FaceQuality(side, 0.3, 120, 0, 50, 0, 0.5, 0, score),
        "warnings": (),
    }
    return FaceEstimate(**values)


def make_result(*ages: float) -> PhotoResult:
    image = Image.new("RGB", (3000, 2000), "grey")
    return PhotoResult("a.jpg", image, tuple(make_face(age) for age in ages), None)


def make_predictions(*rows: tuple[float, ...]) -> pd.DataFrame:
    """A predictions table of rows (real, predicted, 90 % from and to, 80 % from and to), years."""
    ages = ["real_age", "predicted_age", "age_low", "age_high", "age_low_80", "age_high_80"]
    return pd.DataFrame(rows, columns=ages).astype(float)


def make_test_predictions() -> pd.DataFrame:
    """Four test photos with errors +2, -1, +6 and 0 years."""
    return make_predictions(
        (10, 12, 8, 16, 11, 13),
        (20, 19, 14, 24, 15, 21),
        (30, 36, 31, 41, 33, 39),
        (40, 40, 40, 44, 40, 42),
    ).assign(
        file_name=["a.jpg", "b.jpg", "c.jpg", "d.jpg"],
        split="test",
        coral_test=[0, 1, 1, 0],
        predicted_age_21_60=[21.0, 21.0, 33.0, 40.0],
        p_under_18=[0.9, 0.3, 0.0, 0.0],
        p_under_25=[1.0, 0.8, 0.1, 0.0],
    )


def make_source_table() -> pd.DataFrame:
    """A source of two teens, one of them twice, and an adult, as they are and halved."""
    full = pd.DataFrame(
        {
            "source": "family",
            "size": "full",
            "photo": [1, 2, 3, 4],
            "person": [1, 1, 2, 3],
            "real_age": [14.0, 14.0, 15.0, 40.0],
            "predicted_age": [15.0, 17.0, 26.0, 38.0],
            "age_low": [11.0, 13.0, 22.0, 34.0],
            "age_high": [16.0, 19.0, 30.0, 42.0],
            "p_under_18": [0.9, 0.8, 0.1, 0.0],
            "p_under_25": [1.0, 1.0, 0.4, 0.0],
            "colour": ["colour", "grey", "colour", "colour"],
            "face_found": True,
        }
    )
    halved = full.assign(size="half", predicted_age=full["predicted_age"] + 1)
    return pd.concat([full, halved], ignore_index=True)


def make_zip(entries: dict[str, bytes], compression: int = ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(ZipInfo(name), data, compression)
    return file.getvalue()
