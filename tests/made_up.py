"""Results without a model and ZIP files, made up for tests."""

from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from PIL import Image

from age_model.predictor import FaceEstimate, PhotoResult


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


def make_zip(entries: dict[str, bytes], compression: int = ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(ZipInfo(name), data, compression)
    return file.getvalue()
