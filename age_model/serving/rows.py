"""The results of bulk scoring as rows of Parquet: one a photo, with a list of its faces."""

from dataclasses import asdict, fields
from typing import Any

import pyarrow as pa

from age_model.ages import AGE_BINS, AGE_LIMITS, under_column
from age_model.predict.results import FaceEstimate, PhotoResult
from age_model.vision.quality import FaceQuality

Row = dict[str, Any]

BOX = ("left", "top", "right", "bottom")
NUMBERS = ("detection_score", "age", "age_low", "age_high", *map(under_column, AGE_LIMITS))
_NUMBER = pa.float32()
FACE = pa.struct(
    [
        *((name, _NUMBER) for name in BOX),
        ("landmarks", pa.list_(pa.list_(_NUMBER, 2), 5)),
        *((name, _NUMBER) for name in NUMBERS),
        ("distribution", pa.list_(_NUMBER, AGE_BINS)),
        ("quality", pa.struct([(field.name, _NUMBER) for field in fields(FaceQuality)])),
        ("warnings", pa.list_(pa.string())),
    ]
)
SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("width", pa.int32()),  # of the upright photo, pixels; none if it could not be read
        ("height", pa.int32()),
        ("faces", pa.list_(FACE)),  # from left to right
        ("problem", pa.string()),  # why there is no face
        ("model_version", pa.string()),
    ]
)


def as_row(result: PhotoResult, model_version: str) -> Row:
    """Return the row of a photo.

    Args:
        result: named by the photo's id.
        model_version: of the model that estimated the ages.
    """
    image = result.image
    return {
        "id": result.name,
        "width": image.width if image else None,
        "height": image.height if image else None,
        "faces": [_face(face) for face in result.faces],
        "problem": None if result.problem is None else str(result.problem),
        "model_version": model_version,
    }


def failed_row(name: str, problem: str, model_version: str) -> Row:
    """Return the row of a photo that could not be read."""
    return as_row(PhotoResult(name, None, (), problem), model_version)


def as_table(rows: list[Row]) -> pa.Table:
    """Return rows as a table of `SCHEMA`."""
    return pa.Table.from_pylist(rows, SCHEMA)


def _face(face: FaceEstimate) -> Row:
    return {
        **dict(zip(BOX, face.box, strict=True)),
        "landmarks": face.landmarks.tolist(),
        **{name: getattr(face, name) for name in NUMBERS},
        "distribution": face.distribution.tolist(),
        "quality": asdict(face.quality),
        "warnings": [str(warning) for warning in face.warnings],
    }
