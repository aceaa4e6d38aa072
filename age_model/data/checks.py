"""What is wrong with the photos and labels of a data set, as tables to look through."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from PIL import Image

from age_model.data.labels import LabelledPhotos
from age_model.data.problems import Problem, ProblemKind
from age_model.data.splits import conflicting_labels, picture_hash
from age_model.i18n.message import Sentence, mark
from age_model.vision.detector import Detector
from age_model.vision.faces import DetectedFace, main_face
from age_model.vision.photos import PhotoError, open_photo
from age_model.vision.quality import SMALL_FACE

KINDS = {
    ProblemKind.UNREADABLE: (
        mark("Unreadable"),
        mark("Photos that are there but cannot be opened: they are left out."),
    ),
    ProblemKind.MISSING_FILE: (
        mark("Missing"),
        mark("Files that the labels name and that are not there: their rows are left out."),
    ),
    ProblemKind.NO_FACE: (
        mark("No face found"),
        mark("Photos in which no face was found: the whole picture is used as the face."),
    ),
    ProblemKind.SEVERAL_FACES: (
        mark("Several faces"),
        mark("Photos with several faces: the large one near the middle is taken for the person."),
    ),
    ProblemKind.TOO_SMALL: (
        mark("Face too small"),
        mark("Photos whose face is so small that little of it can be learned from."),
    ),
    ProblemKind.CONFLICTING_AGES: (
        mark("Same picture, other age"),
        mark("Groups of identical pictures whose labels give them different ages."),
    ),
    ProblemKind.CONFLICTING_SPLITS: (
        mark("Same picture, other split"),
        mark(
            "Groups of identical pictures of which some are for training and some for testing: "
            "the test is then too easy."
        ),
    ),
    ProblemKind.DUPLICATE_ROW: (
        mark("Repeated rows"),
        mark("Further rows for a photo that has one already: the first is kept."),
    ),
    ProblemKind.MISSING_AGE: (
        mark("Without an age"),
        mark("Rows whose age is missing or not a number: they are left out."),
    ),
    ProblemKind.AGE_RANGE: (
        mark("Impossible age"),
        mark("Rows whose age nobody reaches: they are left out."),
    ),
    ProblemKind.UNKNOWN_SPLIT: (
        mark("Unknown split"),
        mark("Rows whose split is none of train, valid and test: they are left out."),
    ),
    ProblemKind.BROKEN_ROW: (
        mark("Broken rows"),
        mark("Rows with too many values or without a file name: they are left out."),
    ),
    ProblemKind.NO_TEXT: (
        mark("Unreadable names"),
        mark("Photos whose file name has characters that are not text: rename them."),
    ),
    ProblemKind.OUTSIDE: (
        mark("Outside the folder"),
        mark("Rows whose file would lie outside the folder: they are left out."),
    ),
}
"""Each kind of problem with its name and its meaning on screen; what matters most comes first."""

PROBLEM_COLUMNS = ("problem", "file_name", "detail")
TWIN_COLUMNS = ("twins", "file_name", "path", "real_age", "split", "years_apart")


@dataclass(frozen=True)
class PhotoCheck:
    """What was seen in one photo.

    Attributes:
        content_hash: "" if the photo cannot be read.
        problem: what is wrong, if anything.
        detail: of the problem.
        face_sought: whether the lack of a face would have been noticed.
    """

    content_hash: str
    problem: ProblemKind | None = None
    detail: str = ""
    face_sought: bool = False


def check_photo(path: Path, detector: Detector | None = None) -> PhotoCheck:
    """Open one photo; with a detector, also look for a face in it."""
    try:
        image = open_photo(path)
    except PhotoError as error:
        return PhotoCheck("", ProblemKind.UNREADABLE, str(error), face_sought=True)
    content_hash = picture_hash(image)
    if detector is None:
        return PhotoCheck(content_hash)
    (faces,) = detector.detect([image])
    return PhotoCheck(content_hash, *_face_problem(faces, image), face_sought=True)


def _face_problem(
    faces: Sequence[DetectedFace], image: Image.Image
) -> tuple[ProblemKind | None, str]:
    """Return what is wrong with the faces of a photo, if anything, and its detail."""
    face = main_face(faces, image)
    if face is None:
        return ProblemKind.NO_FACE, ""
    if face.side < SMALL_FACE:
        return ProblemKind.TOO_SMALL, Sentence("{pixels} px", pixels=round(face.side))
    if len(faces) > 1:
        return ProblemKind.SEVERAL_FACES, Sentence("{count} faces", count=len(faces))
    return None, ""


def all_problems(labelled: LabelledPhotos, checks: Mapping[str, PhotoCheck]) -> list[Problem]:
    """Return the problems of the labels and of the photos checked so far, by file name."""
    found = [
        Problem(check.problem, name, check.detail)
        for name, check in checks.items()
        if check.problem is not None
    ]
    return [*labelled.problems, *found, *conflicting_labels(with_hashes(labelled, checks))]


def with_hashes(labelled: LabelledPhotos, checks: Mapping[str, PhotoCheck]) -> pd.DataFrame:
    """Return the rows of the photos that were checked and can be read, with `content_hash`."""
    hashes = {name: check.content_hash for name, check in checks.items() if check.content_hash}
    table = labelled.table[labelled.table["file_name"].isin(list(hashes))]
    return table.assign(content_hash=table["file_name"].map(hashes))


def problem_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """Return problems as a table of `PROBLEM_COLUMNS`, by kind in the order of `KINDS`."""
    kinds = list(KINDS)
    ranked = sorted(problems, key=lambda problem: kinds.index(problem.kind))
    rows = [(str(problem.kind), problem.file_name, problem.detail) for problem in ranked]
    return pd.DataFrame(rows, columns=list(PROBLEM_COLUMNS))


def listed_problems(table: pd.DataFrame) -> list[Problem]:
    """Return the problems of a table of `problem_table`."""
    return [
        Problem(ProblemKind(kind), name)
        for kind, name in zip(table["problem"], table["file_name"], strict=True)
    ]


def twin_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the identical pictures whose ages or splits differ, the furthest apart first.

    Args:
        table: one row a photo, with `content_hash`.

    Returns:
        `TWIN_COLUMNS`: `twins` numbers the groups from 1, `years_apart` is the difference between
        the largest and the smallest age of a group.
    """
    copies = table[table.duplicated("content_hash", keep=False)]
    groups = copies.groupby("content_hash", sort=False)
    ages, splits = groups["real_age"], groups["split"]
    apart = ages.transform("max") - ages.transform("min")
    differ = (apart > 0) | (splits.transform("nunique") > 1)
    chosen = copies.assign(years_apart=apart)[differ]
    # Stable twice over: the members of a group keep their order, groups of one distance too.
    first = chosen.groupby("content_hash")["file_name"].transform("first")
    chosen = chosen.assign(first=first).sort_values(
        ["years_apart", "first"], ascending=[False, True], kind="stable"
    )
    numbers = chosen.groupby("content_hash", sort=False).ngroup() + 1
    return chosen.assign(twins=numbers)[list(TWIN_COLUMNS)].reset_index(drop=True)
