"""Whether two runs of bulk scoring say the same."""

from collections.abc import Mapping

import numpy as np
import pytest

from age_model.serving.rows import Row

WITHIN = {"landmarks": 0.01, "distribution": 1e-4}  # else 0.01: a batch moves numbers a little


def assert_same_rows(one: Mapping[str, Row], other: Mapping[str, Row]) -> None:
    """Compare rows by their ids."""
    assert one.keys() == other.keys()
    for name, row in one.items():
        same = other[name]
        for field in ("width", "height", "problem", "model_version"):
            assert row[field] == same[field], name
        for face, again in zip(row["faces"], same["faces"], strict=True):
            assert face["warnings"] == again["warnings"]
            assert face["quality"] == pytest.approx(again["quality"], abs=0.05)
            for field in face.keys() - {"warnings", "quality"}:
                within = WITHIN.get(field, 0.01)
                np.testing.assert_allclose(face[field], again[field], atol=within, err_msg=name)
