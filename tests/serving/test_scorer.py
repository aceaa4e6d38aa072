"""The scorer: the ages that one photo at a time has, and a reason for each bad photo."""

import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from age_model.model.card import ModelError
from age_model.model.device import processes_for, usable_device
from age_model.model.saved_model import load_model
from age_model.predict.person import FAILED
from age_model.predict.predictor import NO_FACE, Predictor, ReadPhoto
from age_model.predict.results import FaceEstimate, PhotoResult
from age_model.serving import read_ahead as read_ahead_module
from age_model.serving import scorer as scorer_module
from age_model.serving.read_ahead import Read, read_ahead
from age_model.serving.rows import SCHEMA, as_table
from age_model.serving.scorer import Scorer, ScorerSettings
from age_model.serving.sources import find_places
from age_model.vision.photos import PhotoError
from tests.support.cheap_scorer import MiddleFace
from tests.support.synthetic import jpeg_of

ROOT = Path(__file__).parents[2]
PHOTO = jpeg_of(Image.new("RGB", (30, 20), "grey"))


def png_of(width: int, height: int) -> bytes:
    """Return a small file that says it is a large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def hostile_photos(folder: Path) -> dict[str, str]:
    """Write files that are no photos; return the reason that each should get, by its name."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "bomb.png": (png_of(60_000, 60_000), "too large"),
        "empty.jpg": (b"", "is empty"),
        "text.jpg": (b"no photo", "not a photo"),
        "truncated.jpg": (PHOTO[:300], "damaged"),
    }
    for name, (content, _) in files.items():
        (folder / name).write_bytes(content)
    return {name: reason for name, (_, reason) in files.items()}


@pytest.fixture
def predictor(model_dir: Path) -> Predictor:
    return Predictor(load_model(model_dir), MiddleFace())


def assert_same(one: FaceEstimate, other: FaceEstimate) -> None:
    # A batch moves a face by less than a thousandth of a pixel.
    assert one.box == pytest.approx(other.box, abs=0.01)
    np.testing.assert_allclose(one.landmarks, other.landmarks, atol=0.01)
    np.testing.assert_allclose(one.distribution, other.distribution, atol=1e-4)
    for name in ("age", "age_low", "age_high"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=0.01)
    assert one.warnings == other.warnings


def test_photos_together_have_the_answers_they_have_alone(
    model_dir: Path, examples: Path, tmp_path: Path
) -> None:
    predictor = Predictor.load(model_dir)
    hostile_photos(tmp_path)
    paths = [*sorted(examples.glob("*.jpg"))[:3], *sorted(tmp_path.iterdir()),
             examples / "group.jpg", tmp_path / "missing.jpg"]  # fmt: skip
    together = list(Scorer(predictor).results((path.name, partial(Path, path)) for path in paths))
    for path, result in zip(paths, together, strict=True):
        alone = predictor.predict(path.name, path)
        assert (result.name, result.problem) == (alone.name, alone.problem)
        assert result.image == alone.image
        for face, same in zip(result.faces, alone.faces, strict=True):
            assert_same(face, same)
    assert [len(result.faces) for result in together] == [1, 1, 1, 0, 0, 0, 0, 4, 0]


def test_bad_files_are_rows_with_their_reasons(predictor: Predictor, tmp_path: Path) -> None:
    reasons = hostile_photos(tmp_path)
    (tmp_path / "plain.jpg").write_bytes(PHOTO)
    rows = list(Scorer(predictor).rows(find_places([str(tmp_path)])))
    assert as_table(rows).schema == SCHEMA
    *bad, plain = sorted(rows, key=lambda row: (row["width"] is not None, row["id"]))
    for row, (name, reason) in zip(bad, sorted(reasons.items()), strict=True):
        assert row["id"].endswith(name) and reason in row["problem"]
        assert (row["width"], row["faces"]) == (None, [])
    assert (plain["width"], plain["height"], plain["problem"]) == (30, 20, NO_FACE)


def test_a_row_has_all_of_a_face(predictor: Predictor, tmp_path: Path) -> None:
    picture = Image.effect_noise((200, 150), 60).convert("RGB")
    (tmp_path / "a.jpg").write_bytes(jpeg_of(picture))
    (row,) = as_table(list(Scorer(predictor).rows(find_places([str(tmp_path)])))).to_pylist()
    (face,) = predictor.predict("a", tmp_path / "a.jpg").faces
    (kept,) = row["faces"]
    assert (row["id"], row["width"], row["height"]) == (f"{tmp_path}/a.jpg", 200, 150)
    assert (row["problem"], row["model_version"]) == (None, predictor.model.version)
    assert [kept[edge] for edge in ("left", "top", "right", "bottom")] == pytest.approx(face.box)
    np.testing.assert_allclose(kept["landmarks"], face.landmarks, atol=1e-4)
    for name in ("age", "age_low", "age_high", "p_under_18", "p_under_25", "detection_score"):
        assert kept[name] == pytest.approx(getattr(face, name), abs=1e-4)
    np.testing.assert_allclose(kept["distribution"], face.distribution, atol=1e-6)
    assert kept["quality"]["sharpness"] == pytest.approx(face.quality.sharpness, abs=1e-4)
    assert kept["warnings"] == list(face.warnings)


class Failing(MiddleFace):
    """Cannot examine pictures that are 31 pixels wide."""

    def detect(self, photos: Sequence[Image.Image]) -> list[Any]:
        if any(photo.width == 31 for photo in photos):
            raise RuntimeError("out of memory")
        return super().detect(photos)


def test_a_photo_that_cannot_be_examined_costs_no_other_its_answer(model_dir: Path) -> None:
    scorer = Scorer(Predictor(load_model(model_dir), Failing()))
    widths = (30, 31, 32, 33)
    photos = (
        (f"{width}", lambda width=width: jpeg_of(Image.new("RGB", (width, 9)))) for width in widths
    )
    results = list(scorer.results(photos))
    assert [result.name for result in results] == ["30", "31", "32", "33"]
    assert [result.problem for result in results] == [NO_FACE, FAILED, NO_FACE, NO_FACE]


def test_a_model_without_ages_ends_the_run(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = torch.full((1, 117), torch.nan)
    monkeypatch.setattr(predictor.model, "distributions", lambda batch: nothing)
    picture = jpeg_of(Image.new("RGB", (200, 150)))
    with pytest.raises(ModelError, match="not numbers"):
        list(Scorer(predictor).results([("a", lambda: picture)]))


def test_what_fails_to_read_in_any_way_is_that_photos_problem() -> None:
    def broken() -> bytes:
        raise KeyError("no such thing")

    def refused() -> bytes:
        raise PhotoError("Refused.")

    read = list(read_ahead([("a", broken), ("b", refused), ("c", lambda: PHOTO)], 2))
    assert [(photo.name, photo.problem) for photo in read] == [
        ("a", FAILED), ("b", "Refused."), ("c", None),
    ]  # fmt: skip


@pytest.mark.parametrize(("pixels", "most"), [(10_000_000, 40), (1800, 3), (1, 1)])
def test_few_photos_are_decoded_ahead(
    pixels: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_ahead_module, "PIXELS", pixels)
    decoded: list[str] = []

    def counting(name: str, source: bytes) -> ReadPhoto:
        decoded.append(name)
        return ReadPhoto(name, None)

    monkeypatch.setattr(read_ahead_module, "read_photo", counting)
    taken = 0

    def endless() -> Iterator[tuple[str, Read]]:
        nonlocal taken
        while True:
            taken += 1
            yield f"{taken}", lambda: PHOTO

    photos = read_ahead(endless(), 2)
    for number in range(1, 60):
        assert next(photos).name == f"{number}"
        assert len(decoded) <= number + most
    assert taken <= 60 + read_ahead_module.FILES
    del photos


def test_batches_are_of_bounded_size(predictor: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def examine(photos: Sequence[ReadPhoto]) -> list[PhotoResult]:
        sizes.append(len(photos))
        return [PhotoResult(photo.name, photo.image, (), None) for photo in photos]

    monkeypatch.setattr(predictor, "examine", examine)
    many: list[tuple[str, Read]] = [(f"{number}", lambda: PHOTO) for number in range(40)]
    list(Scorer(predictor).results(many))
    monkeypatch.setattr(scorer_module, "PIXELS_AT_ONCE", 1300)  # two photos of 30 x 20
    list(Scorer(predictor).results(many[:5]))
    assert sizes == [16, 16, 8, 2, 2, 1]


def test_devices_that_are_not_there_are_one_sentence(model_dir: Path) -> None:
    assert usable_device("cpu") == "cpu"
    assert processes_for("cpu") >= 1 and processes_for("cuda:1") == 1
    with pytest.raises(ModelError, match="The device nonsense cannot be used here"):
        ScorerSettings(model_dir, "nonsense").load()


@pytest.mark.parametrize("name", ["auto", "cuda:0"])
def test_processes_share_out_the_cards(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert processes_for(name) == (2 if name == "auto" else 1)
    assert [usable_device("auto", number) for number in range(3)] == ["cuda:0", "cuda:1", "cuda:0"]


MEMORY = """
import os, resource, sys
from pathlib import Path
import numpy as np, torchvision
from PIL import Image
from tests.support.cheap_scorer import MiddleFace
from tests.support.synthetic import TinyNetwork, jpeg_of
torchvision.models.resnet18 = TinyNetwork
from age_model.predict.predictor import Predictor
from age_model.serving.scorer import Scorer
from tests.serving.test_scorer import tiny_model

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20

scorer = Scorer(Predictor(tiny_model(), MiddleFace()), 2)
pictures = [jpeg_of(Image.effect_noise((side, 90), 60).convert("RGB")) for side in (60, 110, 130)]
count, sizes = int(sys.argv[1]), []
photos = ((f"{i}", lambda i=i: pictures[i % 3]) for i in range(count))
for number, result in enumerate(scorer.results(photos), 1):
    if number in (count // 4, count):
        sizes.append(resident())
assert number == count
print(sizes[1] - sizes[0])
"""


def tiny_model() -> Any:  # noqa: ANN401
    """Return a model of a tiny network, made in the process that measures memory."""
    from age_model.evaluation.calibration import uncalibrated
    from age_model.model.age_model import AgeModel
    from age_model.model.network import AgeNetwork
    from tests.support.synthetic import SPEC, VIEWS

    card = {"face": SPEC.to_dict(), "looks": VIEWS, "decoding": "median", **uncalibrated()}
    return AgeModel([AgeNetwork("resnet18")], card)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_memory_stays_flat_over_many_photos(pytestconfig: pytest.Config) -> None:
    count = 20_000 if pytestconfig.getoption("--many") else 1600
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, f"{count}"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(done.stdout) < 12  # MiB; each decoded picture would be 0.03
