"""What is wrong with photos: unreadable, without a face, identical with other labels."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from age_model.data.checks import (
    KINDS,
    TWIN_COLUMNS,
    PhotoCheck,
    all_problems,
    check_photo,
    problem_table,
    twin_table,
    with_hashes,
)
from age_model.data.labels import read_labels
from age_model.data.problems import Problem, ProblemKind
from age_model.vision.faces import DetectedFace
from age_model.vision.quality import SMALL_FACE


class BrightIsAFace:
    cache_key = "bright"

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        return [[found(photo.size)] if _red(photo) > 100 else [] for photo in photos]


class Faces:
    """Finds the same faces, of given sides in pixels, in every photo."""

    cache_key = "faces"

    def __init__(self, *sides: int) -> None:
        self.sides = sides

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        return [[found((side, side)) for side in self.sides] for _ in photos]


def found(size: tuple[int, int]) -> DetectedFace:
    return DetectedFace((0, 0, *size), np.zeros((5, 2)), 1.0)


def _red(photo: Image.Image) -> int:
    return cast(tuple[int, int, int], photo.getpixel((0, 0)))[0]


BRIGHT = BrightIsAFace()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two identical bright pictures (ages 5 and 50), a dark one, and no picture."""
    for name, grey in (("a", 200), ("b", 200), ("dark", 20)):
        Image.new("RGB", (60, 60), (grey,) * 3).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    return tmp_path


def test_a_photo_is_opened_and_only_then_looked_at_for_a_face(folder: Path) -> None:
    plain, seen = check_photo(folder / "dark.png"), check_photo(folder / "dark.png", BRIGHT)
    assert (plain.problem, plain.face_sought) == (None, False)
    assert (seen.problem, seen.face_sought) == (ProblemKind.NO_FACE, True)
    assert plain.content_hash == seen.content_hash != ""
    assert check_photo(folder / "a.png", BRIGHT).problem is None
    assert check_photo(folder / "a.png").content_hash == check_photo(folder / "b.png").content_hash


@pytest.mark.parametrize(
    ("sides", "problem", "detail"),
    [
        ((SMALL_FACE,), None, ""),
        ((SMALL_FACE - 1, 10), ProblemKind.TOO_SMALL, "47 px"),
        ((60, 50, 20), ProblemKind.SEVERAL_FACES, "3 faces"),
    ],
)
def test_small_and_several_faces_are_told(
    sides: tuple[int, ...], problem: ProblemKind | None, detail: str, folder: Path
) -> None:
    check = check_photo(folder / "dark.png", Faces(*sides))
    assert (check.problem, check.detail) == (problem, detail)


def test_an_unreadable_photo_says_why(folder: Path) -> None:
    check = check_photo(folder / "broken.png")
    assert (check.content_hash, check.problem) == ("", ProblemKind.UNREADABLE)
    assert "not a photo" in check.detail
    assert check.face_sought  # looking for a face would find out no more


def test_problems_of_labels_and_photos_come_together(photo_folder: Path) -> None:
    with (photo_folder / "labels.csv").open("a", encoding="utf-8") as file:
        file.write("\ngone.jpg,30,train,x")
    labelled = read_labels(photo_folder)
    checks = {
        name: check_photo(labelled.root / path)
        for name, path in zip(labelled.table["file_name"], labelled.table["path"], strict=True)
    }
    found = {(problem.kind, problem.file_name) for problem in all_problems(labelled, checks)}
    assert found == {
        (ProblemKind.MISSING_FILE, "gone.jpg"),
        (ProblemKind.UNREADABLE, "broken.jpg"),
        (ProblemKind.CONFLICTING_AGES, "0.jpg"),
    }
    assert "broken.jpg" not in set(with_hashes(labelled, checks)["file_name"])
    only_one = {name: checks[name] for name in ("0.jpg", "1.jpg")}
    assert twin_table(with_hashes(labelled, only_one)).empty
    twins = twin_table(with_hashes(labelled, checks))
    assert twins[["file_name", "real_age", "years_apart"]].to_numpy().tolist() == [
        ["0.jpg", 6.5, 2.5],
        ["copy.jpg", 9.0, 2.5],
    ]


def test_twins_that_agree_are_left_out_and_the_furthest_apart_come_first() -> None:
    rows = [
        ("a", 20.0, "train", "x"), ("b", 30.0, "train", "y"), ("c", 23.0, "train", "x"),
        ("d", 60.0, "train", "y"), ("e", 9.0, "train", "z"), ("f", 9.0, "train", "z"),
        ("g", 9.0, "train", "w"), ("h", 9.0, "test", "w"), ("i", 9.0, None, "v"),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["file_name", "real_age", "split", "content_hash"])
    twins = twin_table(table.assign(path="final_files/" + table["file_name"]))
    assert list(twins) == list(TWIN_COLUMNS)
    assert "".join(twins["file_name"]) == "bdacgh"
    assert twins["twins"].tolist() == [1, 1, 2, 2, 3, 3]
    assert twins["years_apart"].tolist() == [30, 30, 3, 3, 0, 0]
    assert twins["path"].iloc[0] == "final_files/b"


def test_every_kind_of_problem_has_its_words_and_place() -> None:
    assert set(KINDS) == set(ProblemKind)
    problems = [Problem(kind, f"{kind.name}.jpg", "why") for kind in ProblemKind]
    table = problem_table(problems)
    assert table["problem"].tolist() == [str(kind) for kind in KINDS]
    assert table["file_name"].iloc[0] == "UNREADABLE.jpg"
    assert list(problem_table([])) == ["problem", "file_name", "detail"]


def test_checks_of_photos_that_left_the_labels_do_not_count(photo_folder: Path) -> None:
    labelled = read_labels(photo_folder)
    assert with_hashes(labelled, {"elsewhere.jpg": PhotoCheck("0")}).empty
