"""Verification: true accept rates, the pairs that count, and people measured from photos."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from age_model.data import face_cache
from age_model.data.problems import DatasetError
from age_model.evaluation.descriptors import Transformation, load_reference
from age_model.evaluation.named_source import Source
from age_model.evaluation.verification import accept_rates, pairs_to_compare
from age_model.evaluation.verification_sources import measure_verification
from age_model.model.age_model import AgeModel
from age_model.model.network import AgeNetwork
from age_model.vision.faces import DetectedFace
from tests.support.bar_reader import CARD
from tests.support.synthetic import SPEC, NoFaces, use_tiny_network


def rates(similarity: np.ndarray, people: np.ndarray) -> dict[str, float]:
    ages, pictures = np.zeros(len(people)), np.arange(len(people)).astype(str)
    return accept_rates(similarity, people, *pairs_to_compare(people, ages, pictures))


def test_what_knows_the_person_accepts_all_and_what_knows_nothing_few() -> None:
    people = np.repeat(np.arange(30), 2)
    same = (people[:, None] == people).astype(float)
    assert rates(same, people)["far_1000"] == rates(same, people)["far_1000_low"] == 1
    noise = np.random.default_rng(0).random(same.shape)
    found = rates((noise + noise.T) / 2, people)
    assert found["far_1000"] <= found["far_100"] < 0.1


def test_equal_scores_are_no_recognition() -> None:
    people = np.repeat(np.arange(10), 2)
    assert rates(np.ones((20, 20)), people)["far_100"] == 0


def test_the_threshold_lets_one_in_a_hundred_pairs_of_people_pass() -> None:
    people = np.repeat(np.arange(15), 2)  # 105 pairs of two people: one of them may pass
    similarity = np.zeros((30, 30))
    for one, other, score in ((0, 2, 9), (4, 6, 7)):  # two false friends, of one photo pair each
        for first in (one, one + 1):
            for second in (other, other + 1):
                similarity[first, second] = similarity[second, first] = score
    similarity[8, 9] = similarity[9, 8] = 8  # between the two
    similarity[10, 11] = similarity[11, 10] = 7  # no more than the second
    found = rates(similarity, people)
    assert found["far_100"] == pytest.approx(1 / 15, abs=1e-4)
    assert found["far_1000"] == 0


def test_a_person_with_many_photos_counts_once() -> None:
    people = np.array([0] * 10 + [1, 1] + [2, 2])
    similarity = np.where((people[:, None] == 0) & (people == 0), 1.0, 0.0)
    assert rates(similarity, people)["far_100"] == pytest.approx(1 / 3, abs=1e-4)


def test_intervals_are_of_redrawn_people() -> None:
    people = np.repeat(np.arange(20), 4)
    known = (people[:, None] == people) & (people < 10)
    found = rates(known.astype(float), people)
    assert found["far_100"] == 0.5
    assert found["far_100_low"] < 0.35 and found["far_100_high"] > 0.65  # of 20, not of 120


def test_one_occasion_and_one_picture_are_no_pair() -> None:
    people, ages = np.array([0, 0, 0, 1, 1, 2]), np.array([10, 10, 20, 30, 30, 40])
    pictures = np.array(["a", "b", "c", "d", "e", "a"])
    one, two = pairs_to_compare(people, ages, pictures)
    assert list(zip(one.first, one.second, strict=True)) == [(0, 2), (1, 2), (3, 4)]
    assert (0, 5) not in set(zip(two.first, two.second, strict=True))
    assert len(two) == 6 + 3 + 2 - 1


def test_a_transformation_finds_what_tells_people_apart() -> None:
    random = np.random.default_rng(0)
    people = np.repeat(np.arange(50), 3)
    own, loud = random.normal(size=(50, 8)), random.normal(size=(150, 1)) * 5
    features = np.hstack([own[people] + random.normal(size=(150, 8)) / 10, loud])
    fitted, others = people < 25, people >= 25
    transformed = Transformation.fit(features[fitted], people[fitted])(features[others])
    assert np.linalg.norm(transformed, axis=1) == pytest.approx(np.ones(75))

    def found(rows: np.ndarray) -> float:
        return rates(rows @ rows.T, people[others] - 25)["far_100"]

    plain = features[others] / np.linalg.norm(features[others], axis=1, keepdims=True)
    assert found(transformed) > 0.8 > 0.4 > found(plain)


class ReadsTheColour(nn.Module):
    """A reference that knows people by the colour they are painted in."""

    def forward(self, faces: Tensor) -> Tensor:
        return faces.mean((2, 3)) - 0.5


class WholePicture(NoFaces):
    """Finds a face that fills each picture, but none in a black one."""

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        return [[self._face(photo)] if np.asarray(photo).any() else [] for photo in photos]

    def _face(self, photo: Image.Image) -> DetectedFace:
        side = photo.width
        landmarks = np.array(SPEC.template) * side
        return DetectedFace((0, 0, side, side), landmarks, 1.0)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> AgeModel:
    monkeypatch.setattr(face_cache, "default_detector", WholePicture)
    use_tiny_network(monkeypatch)
    torch.manual_seed(0)
    return AgeModel([AgeNetwork()], CARD)


def people_painted(folder: Path, names: Sequence[str], photos: int = 2) -> Path:
    """Write photos of people, each painted in a colour of the own, at ages a year apart."""
    (folder / "final_files").mkdir(parents=True)
    rows = ["file_name,real_age,person"]
    for number, name in enumerate(names):
        colour = np.random.default_rng(number).integers(30, 226, 3)
        for photo in range(photos):
            pixels = np.tile(colour, (32, 32, 1)).astype(np.uint8)
            pixels[photo, photo] = 255  # no copy of the other
            Image.fromarray(pixels).save(folder / "final_files" / f"{name}-{photo}.png")
            rows.append(f"{name}-{photo}.png,{20 + photo},{name}")
    (folder / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def measured(
    model: AgeModel, folder: Path, names: Sequence[str], others: Sequence[str]
) -> dict[str, Any]:
    source = Source("painted", people_painted(folder / "source", names))
    learned_from = people_painted(folder / "others", others)
    network = {"colour": ReadsTheColour()}
    return measure_verification(model, [source], learned_from, network, folder / "cache", 1)


def test_photos_of_people_are_compared_by_all_that_is_known(
    model: AgeModel, tmp_path: Path
) -> None:
    found = measured(model, tmp_path, [f"p{i}" for i in range(12)], ["x", "y", "z"])
    (source,) = found["sources"]
    counts = ("photos", "people", "one_person", "two_people", "occasions_differ")
    assert [source[name] for name in counts] == [24, 12, 12, 66 * 4, True]
    assert found["learned"] == {"photos": 6, "people": 3}
    assert [score["by"] for score in source["scores"]] == [
        "features", "learned", "ages", "reference",
    ]  # fmt: skip
    reference = source["scores"][-1]
    assert (reference["name"], reference["far_1000"]) == ("colour", 1.0)
    assert "p0" not in json.dumps(found)


def test_a_photo_without_a_face_is_not_described(model: AgeModel, tmp_path: Path) -> None:
    folder = people_painted(tmp_path / "source", ["a", "b", "c"], 3)
    Image.new("RGB", (32, 32)).save(folder / "final_files" / "a-0.png")
    others = people_painted(tmp_path / "others", ["x", "y"])
    found = measure_verification(model, [Source("s", folder)], others, {}, tmp_path / "cache", 1)
    (source,) = found["sources"]
    assert (source["photos"], source["one_person"]) == (8, 1 + 3 + 3)


def test_people_must_be_named_seen_twice_and_not_known(model: AgeModel, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"people whom the transformation .* such as b"):
        measured(model, tmp_path / "known", ["a", "b", "c"], ["b", "d"])
    once = Source("once", people_painted(tmp_path / "once", ["a", "b"], 1))
    others = people_painted(tmp_path / "others", ["x", "y"])
    with pytest.raises(DatasetError, match="no two of one person"):
        measure_verification(model, [once], others, {}, tmp_path / "cache", 1)
    labels = once.folder / "labels.csv"
    labels.write_text(labels.read_text().replace("person", "who"))
    with pytest.raises(DatasetError, match="no column “person”"):
        measure_verification(model, [once], others, {}, tmp_path / "cache", 1)


def test_a_reference_is_torchscript(tmp_path: Path) -> None:
    torch.jit.script(ReadsTheColour()).save(tmp_path / "colour.pt")
    assert (
        load_reference(tmp_path / "colour.pt")(torch.ones(2, 3, 4, 4)).tolist() == [[0.5] * 3] * 2
    )
    (tmp_path / "text.pt").write_text("no network")
    for name in ("text.pt", "missing.pt"):
        with pytest.raises(DatasetError, match=f"{name} is missing or not a network"):
            load_reference(tmp_path / name)
