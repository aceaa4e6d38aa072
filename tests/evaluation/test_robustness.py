"""The sample, the comparison with clean faces, and faces that are not found again."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from torch import Tensor

from age_model.data.face_set import FaceSet, FaceSetError
from age_model.evaluation.corruptions import corruptions, photo_corruptions
from age_model.evaluation.robustness import (
    RESOLUTIONS,
    corruption_row,
    resolution_rows,
    robustness_report,
    sample_faces,
)
from age_model.i18n.translate import number
from age_model.model.age_model import AgeModel
from age_model.reports.console import format_robustness
from age_model.vision.faces import DetectedFace
from tests.support.synthetic import SPEC, synthetic_face_set


class ReadsTheLight(AgeModel):
    """Takes a tenth of the mean grey level of a face for its age; has no network."""

    def __init__(self) -> None:
        self.spec = SPEC
        self.card = {"architecture": "none", "head": "none", "decoding": "none", "more": 1}

    def distributions(self, faces: Tensor) -> Tensor:
        return faces.float().mean((1, 2, 3))[:, None] / 10

    def ages(self, distributions: Tensor) -> Tensor:
        return distributions[:, 0]


class FindsSome:
    """A fake detector: one face in photos no larger than 200 px, none in a scene."""

    cache_key = "some"

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        return [self._faces(photo) for photo in photos]

    def _faces(self, image: Image.Image) -> list[DetectedFace]:
        if image.width > 200:
            return []
        landmarks = np.array(SPEC.template) * image.size
        return [DetectedFace((0.0, 0.0, float(image.width), float(image.height)), landmarks, 1.0)]


@pytest.fixture
def set_with_photos(tmp_path: Path) -> FaceSet:
    """Twelve test faces, with a photo each."""
    faces = synthetic_face_set().select("test")
    for name in faces.table["file_name"]:
        Image.new("RGB", (100, 100), (200, 180, 160)).save(tmp_path / name)
    return replace(faces, table=faces.table.assign(path=faces.table["file_name"]))


def named(faces: FaceSet) -> list[str]:
    return faces.table["file_name"].tolist()


def shuffled(faces: FaceSet, seed: int) -> FaceSet:
    order = np.random.default_rng(seed).permutation(len(faces))
    return replace(
        faces,
        table=faces.table.iloc[order].reset_index(drop=True),
        jpegs=tuple(faces.jpegs[i] for i in order),
    )


def with_hashes(faces: FaceSet) -> FaceSet:
    hashes = [hashlib.sha256(name.encode()).hexdigest() for name in named(faces)]
    return replace(faces, table=faces.table.assign(content_hash=hashes))


def test_the_sample_does_not_depend_on_the_order_or_on_other_splits() -> None:
    everything = with_hashes(synthetic_face_set())
    chosen = sample_faces(everything.select("test"), 5)
    assert len(chosen) == len(chosen.table) == 5
    assert named(sample_faces(shuffled(everything, 1).select("test"), 5)) == named(chosen)
    assert named(sample_faces(everything.select("test"), 8))[:5] == named(chosen)
    for name, jpeg in zip(named(chosen), chosen.jpegs, strict=True):
        assert everything.jpegs[named(everything).index(name)] == jpeg


def test_added_photos_leave_the_others_in_the_sample_in_their_order() -> None:
    everything = with_hashes(synthetic_face_set())
    fewer = replace(everything, table=everything.table[:60], jpegs=everything.jpegs[:60])
    before, after = named(sample_faces(fewer, 20)), named(sample_faces(everything, 20))
    kept = [name for name in after if name in set(named(fewer))]
    assert kept == before[: len(kept)]
    assert 10 < len(kept) < 20


def test_the_whole_set_without_photos_in_which_no_face_was_found() -> None:
    faces = synthetic_face_set(6, 1, 1)
    found = [True, False, True, True, False, True, True, True]
    faces = replace(faces, table=faces.table.assign(face_found=found))
    chosen = sample_faces(faces, 0)
    assert sorted(named(chosen)) == [f"{i:03d}.jpg" for i in (0, 2, 3, 5, 6, 7)]
    assert sorted(named(sample_faces(faces, 100))) == sorted(named(chosen))
    none = replace(faces, table=faces.table.assign(face_found=False))
    with pytest.raises(FaceSetError, match="No face was found"):
        sample_faces(none, 0)


def test_a_row_by_hand() -> None:
    real, clean = np.array([20.0, 30, 40, 50]), np.array([21.0, 28, 40, 55])
    row = corruption_row(real, clean, np.array([24.0, 31, np.nan, 49]), limit=1.0)
    assert (row["n"], row["not_found"]) == (3, 1)
    assert row["mae"] == pytest.approx(2)  # 4, 1, 1
    assert row["bias"] == pytest.approx(4 / 3)
    assert row["mae_change"] == pytest.approx(2 - 8 / 3)  # from 1, 2, 5: +3, -1, -4
    assert -4 <= row["mae_change_low"] < row["mae_change"] < row["mae_change_high"] <= 3
    assert (row["limit"], row["bias_limit"], row["passed"]) == (1.0, None, True)


def test_the_interval_of_the_change_is_that_of_pairs() -> None:
    errors = np.random.default_rng(0).normal(0, 10, 300)
    real = np.full(300, 40.0)
    row = corruption_row(real, real + errors, real + errors + np.sign(errors), limit=1.0)
    # Every error has grown by exactly a year, however far the errors spread.
    ends = [row["mae_change_low"], row["mae_change"], row["mae_change_high"]]
    assert ends == pytest.approx([1, 1, 1])
    assert row["mae_high"] - row["mae_low"] > 1


@pytest.mark.parametrize(
    ("shift", "bias_limit", "passed"),
    [(0.9, None, True), (1.1, None, False), (0.9, 1.0, True), (0.9, 0.5, False)],
)
def test_limits(shift: float, bias_limit: float | None, passed: bool) -> None:
    real = np.array([20.0, 30.0])
    assert corruption_row(real, real, real - shift, 1.0, bias_limit)["passed"] is passed


def test_a_corruption_after_which_no_face_is_found_misses_the_limit() -> None:
    row = corruption_row(np.ones(2), np.ones(2), np.full(2, np.nan), limit=1.0)
    assert (row["n"], row["not_found"], row["passed"]) == (0, 2, False)
    assert row["mae"] is None and row["mae_change"] is None


def test_resolutions(monkeypatch: pytest.MonkeyPatch) -> None:
    faces = synthetic_face_set(3, 1, 1)
    rows = resolution_rows(ReadsTheLight(), faces)
    assert [row["pixels"] for row in rows] == list(RESOLUTIONS)
    # These faces have 32 px, fewer than the smallest resolution.
    assert {row["shift"] for row in rows} == {0}
    light = faces.images().float().mean((1, 2, 3)).numpy() / 10
    assert rows[0]["mean_predicted"] == pytest.approx(light.mean(), abs=1e-4)
    assert rows[0]["mae"] == pytest.approx(np.abs(light - faces.table["real_age"]).mean())
    monkeypatch.setattr(
        "age_model.evaluation.robustness.at_resolution", lambda batch, pixels: batch * 0
    )
    dark = resolution_rows(ReadsTheLight(), faces)
    assert [row["mean_predicted"] for row in dark] == [0, 0, 0, 0]


def test_the_report(set_with_photos: FaceSet, tmp_path: Path) -> None:
    faces = sample_faces(set_with_photos, 0)
    report = robustness_report(ReadsTheLight(), FindsSome(), faces, tmp_path)
    assert json.loads(json.dumps(report)) == report
    assert list(report) == ["model", "split", "undamaged", "corruptions", "resolutions"]
    assert list(report["model"]) == ["architecture", "head", "decoding"]
    assert (report["split"], report["undamaged"]["n"]) == ("test", 12)
    rows = {row["name"]: row for row in report["corruptions"]}
    names = [kind.name for kind in corruptions(SPEC)]
    names += [kind.name for kind in photo_corruptions()]
    assert list(rows) == names
    assert len({tuple(row) for row in rows.values()}) == 1  # the same keys in all rows
    assert {name for name, row in rows.items() if row["not_found"]} == {"photo within a scene"}
    assert rows["photo within a scene"]["not_found"] == 12
    assert rows["photo turned by +20°"]["n"] == 12
    # The turned photos are one bright colour: light / 10, whatever the stored faces are.
    real = faces.table["real_age"]
    expected = (18 - real).abs().mean()
    assert rows["photo turned by +20°"]["mae"] == pytest.approx(expected, abs=0.05)
    change = expected - report["undamaged"]["mae"]
    assert rows["photo turned by +20°"]["mae_change"] == pytest.approx(change, abs=0.05)
    darker, brighter = rows["light, -2 stops"]["bias"], rows["light, +1 stop"]["bias"]
    assert darker < report["undamaged"]["bias"] < brighter
    assert report["undamaged"]["mae"] == round(report["undamaged"]["mae"], 4)


def test_the_report_as_text(set_with_photos: FaceSet, tmp_path: Path) -> None:
    faces = sample_faces(set_with_photos, 4)
    report = robustness_report(ReadsTheLight(), FindsSome(), faces, tmp_path)
    lines = format_robustness(report).splitlines()
    assert lines[0] == "none, split test, 4 faces"
    for row in report["corruptions"]:
        (line,) = (line for line in lines if line.startswith(row["name"]))
        assert ("passed" if row["passed"] else "missed") in line
        if row["n"]:
            assert f"{row['mae']:.2f}" in line and number(row["mae_change"], "+.2f") in line
    assert any("face not found: 4" in line for line in lines)
    assert [line.split()[0] for line in lines[-4:]] == ["200", "96", "72", "56"]
    assert max(map(len, lines)) <= 120


def test_faces_aligned_otherwise_are_refused(tmp_path: Path) -> None:
    model = ReadsTheLight()
    model.spec = replace(SPEC, size=64)
    with pytest.raises(FaceSetError, match="but the model expects"):
        robustness_report(model, FindsSome(), synthetic_face_set(2, 1, 1), tmp_path)
