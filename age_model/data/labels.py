"""Reads a folder of labelled photos, in one of several layouts, into one table."""

import posixpath
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import pandas as pd

from age_model.ages import MAX_AGE
from age_model.data.layouts import LAYOUTS, PICTURES_FOLDER, TEXT_COLUMNS
from age_model.data.problems import DatasetError, Problem, ProblemKind
from age_model.data.splits import SPLITS
from age_model.i18n.message import Sentence, mark

_SPLIT_NAMES = {name: name for name in SPLITS} | {"val": "valid", "validation": "valid"}


@dataclass(frozen=True)
class LabelledPhotos:
    """The usable rows of a folder of labelled photos, and what was wrong with the others.

    Attributes:
        root: the folder.
        layout: which of the layouts it has, in words to be shown by `tr`.
        table: `file_name` (unique), `path` (POSIX, relative to `root`), `real_age` (float, years),
            `split` ("train", "valid", "test" or missing), then any further columns as they were.
        problems: what was left out, and why.
    """

    root: Path
    layout: str
    table: pd.DataFrame
    problems: tuple[Problem, ...]


def read_labels(folder: Path) -> LabelledPhotos:
    """Read the labels of a folder; no picture is opened.

    A row with a problem is left out and reported. So is one with an unknown split: put on a side
    by chance, a photo that was held back could end up among the training photos. Of several usable
    rows for one photo the first is kept.

    Raises:
        DatasetError: no layout is recognised, the labels cannot be read, or no row is usable.
    """
    if not folder.is_dir():
        raise DatasetError(Sentence("{folder} is not a folder.", folder=folder))
    layout = next((layout for layout in LAYOUTS if layout.recognises(folder)), None)
    if layout is None:
        raise DatasetError(
            Sentence(
                "No labelled photos were recognised in {folder}. It must hold one of: {contents}.",
                folder=folder,
                contents=reduce(_or, (layout.content for layout in LAYOUTS)),
            )
        )
    raw, problems = layout.read(folder)
    table, row_problems = _usable_rows(folder, raw)
    problems = [*problems, *row_problems]
    if table.empty:
        if not problems:
            raise DatasetError(mark("The labels have no rows."))
        raise DatasetError(Sentence("No usable photo in {folder}.", folder=folder), problems)
    return LabelledPhotos(folder, layout.name, table, tuple(problems))


def _or(one: Sentence, other: Sentence) -> Sentence:
    return Sentence("{one}; {other}", one=one, other=other)


def photo_path(folder: Path, file_name: str) -> Path:
    """Return where a photo with a `file_name` of `read_labels` lies in its folder."""
    pictures = folder / PICTURES_FOLDER
    return (pictures if pictures.is_dir() else folder) / file_name


def find_folder(text: str) -> Path | None:
    """Return the folder that a text names, or None if there is no such folder to be looked at."""
    try:
        folder = Path(text).expanduser()
        return folder if text and folder.is_dir() else None
    except (OSError, RuntimeError):  # it may not be looked at; no home folder is known
        return None


def _usable_rows(root: Path, raw: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Turn the text of ages and splits into values; leave out and report rows with a problem."""
    ages = pd.to_numeric(raw["real_age"].str.replace(",", ".", regex=False), errors="coerce")
    splits = raw["split"].str.strip().str.lower()
    further = raw.drop(columns=[*TEXT_COLUMNS, "path"])
    table = raw[["file_name", "path"]].assign(
        real_age=ages.astype(float), split=splits.map(_SPLIT_NAMES).astype(str)
    )
    problems = [
        _path_problem(root, name, path)
        or _age_problem(name, text, age)
        or _split_problem(name, split)
        for name, path, text, age, split in zip(
            raw["file_name"], raw["path"], raw["real_age"], ages, splits, strict=True
        )
    ]
    usable = table.join(further).loc[[problem is None for problem in problems]]
    kept = usable.drop_duplicates("file_name").reset_index(drop=True)
    return kept, [problem for problem in problems if problem] + _duplicates(usable)


def _path_problem(root: Path, name: str, path: str) -> Problem | None:
    if posixpath.isabs(path) or path.split("/")[0] == "..":
        return Problem(ProblemKind.OUTSIDE, name)
    if not _is_file(root / path):
        return Problem(ProblemKind.MISSING_FILE, name, path)
    return None


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for the file system, a folder that may not be entered
        return False


def _age_problem(name: str, text: str, age: float) -> Problem | None:
    if pd.isna(age):
        return Problem(ProblemKind.MISSING_AGE, name, text.strip())
    if not 0 <= age <= MAX_AGE:
        return Problem(ProblemKind.AGE_RANGE, name, f"{age:g}")
    return None


def _split_problem(name: str, text: str) -> Problem | None:
    if text and text not in _SPLIT_NAMES:
        return Problem(ProblemKind.UNKNOWN_SPLIT, name, text)
    return None


def _duplicates(table: pd.DataFrame) -> list[Problem]:
    """Report each row whose photo had a row before it."""
    first_age = table.groupby("file_name")["real_age"].transform("first")
    repeated = table.duplicated("file_name")
    return [
        Problem(
            ProblemKind.DUPLICATE_ROW,
            name,
            ""
            if age == kept
            else Sentence(
                "ages {kept} and {other}: {kept} is kept", kept=f"{kept:g}", other=f"{age:g}"
            ),
        )
        for name, age, kept in zip(
            table.loc[repeated, "file_name"],
            table.loc[repeated, "real_age"],
            first_age[repeated],
            strict=True,
        )
    ]
