"""Reads a folder of labelled photos, in one of three layouts, into one table."""

import csv
import io
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from age_model.ages import MAX_AGE
from age_model.language import Sentence, mark, tr

SPLITS = ("train", "valid", "test")

_SPLIT_NAMES = {name: name for name in SPLITS} | {"val": "valid", "validation": "valid"}
_LABELS_FILE = "labels.csv"
_PICTURES_FOLDER = "final_files"
_TEXT_COLUMNS = ("file_name", "real_age", "split")
_NAMED_COLUMNS = (*_TEXT_COLUMNS, "gender", "ethnicity")

# A few UTKFace names lack the gender or the race, or have letters after the date:
# the two may be empty or absent here, and _utkface_row() decides what they are worth.
_UTKFACE_NAME = re.compile(r"(\d{1,3})_(?:(\d*)_)?(?:(\d*)_)?\d{8,}[^_]*\.jpe?g", re.IGNORECASE)
_UTKFACE_GENDERS = {"0": "male", "1": "female"}
_UTKFACE_ETHNICITIES = {"0": "White", "1": "Black", "2": "Asian", "3": "Indian", "4": "Other"}


class DatasetError(ValueError):
    """The folder cannot be used at all; the message says why, in words to be shown by `tr`."""


class ProblemKind(StrEnum):
    """What can be wrong with one labelled photo, in words to be shown by `tr`."""

    BROKEN_ROW = mark("row with too many values or no file name")
    OUTSIDE = mark("path outside the folder")
    MISSING_FILE = mark("missing file")
    MISSING_AGE = mark("age missing or not a number")
    AGE_RANGE = mark("age outside 0 to 116")
    UNKNOWN_SPLIT = mark("unknown split")
    DUPLICATE_ROW = mark("duplicate row")
    UNREADABLE = mark("unreadable file")
    NO_FACE = mark("no face found")
    CONFLICTING_AGES = mark("identical picture with conflicting ages")
    CONFLICTING_SPLITS = mark("identical picture in two splits")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one photo or one row; `detail` may be empty."""

    kind: ProblemKind
    file_name: str
    detail: str = ""


@dataclass(frozen=True)
class LabelledPhotos:
    """The usable rows of a folder of labelled photos, and what was wrong with the others.

    Attributes:
        root: the folder.
        layout: which of the three layouts it has, in words to be shown by `tr`.
        table: `file_name` (unique), `path` (POSIX, relative to `root`), `real_age` (float, years),
            `split` ("train", "valid", "test" or None), then any further columns as they were.
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
    if (folder / _LABELS_FILE).is_file():
        layout, (raw, problems) = mark("labels.csv and final_files"), _read_hleb_sol(folder)
    elif any((folder / _appa_real_labels(split)).is_file() for split in SPLITS):
        layout, (raw, problems) = mark("APPA-REAL release"), _read_appa_real(folder)
    elif any(_UTKFACE_NAME.fullmatch(path.name) for path in _jpegs(folder)):
        layout, (raw, problems) = mark("UTKFace file names"), (_read_utkface(folder), [])
    else:
        raise DatasetError(
            Sentence(
                "No labelled photos were recognised in {folder}. It must hold one of: labels.csv "
                "beside a folder final_files; the APPA-REAL release (folders train, valid, test "
                "beside gt_avg_train.csv, gt_avg_valid.csv, gt_avg_test.csv); or photos with "
                "UTKFace names ([age]_[gender]_[race]_[date].jpg).",
                folder=folder,
            )
        )
    table, row_problems = _usable_rows(folder, raw)
    problems = [*problems, *row_problems]
    if table.empty:
        nothing = tr("No usable photo in {folder}.").format(folder=folder)
        report = format_problems(problems) or tr("The labels have no rows.")
        raise DatasetError(f"{nothing}\n{report}")
    return LabelledPhotos(folder, layout, table, tuple(problems))


def photo_path(folder: Path, file_name: str) -> Path:
    """Return where a photo with a `file_name` of `read_labels` lies in its folder."""
    pictures = folder / _PICTURES_FOLDER
    return (pictures if pictures.is_dir() else folder) / file_name


def find_folder(text: str) -> Path | None:
    """Return the folder that a text names, or None if there is no such folder to be looked at."""
    try:
        folder = Path(text).expanduser()
        return folder if text and folder.is_dir() else None
    except (OSError, RuntimeError):  # it may not be looked at; no home folder is known
        return None


def format_problems(problems: Iterable[Problem], names: int = 5) -> str:
    """List the problems by kind: how many, then the first `names` of them; "" if there are none."""
    by_kind: dict[ProblemKind, list[Problem]] = {}
    for problem in problems:
        by_kind.setdefault(problem.kind, []).append(problem)
    lines = []
    for kind in ProblemKind:
        found = by_kind.get(kind, [])
        if found:
            lines.append(f"{tr(kind)}: {len(found)}")
            lines += [
                f"  {p.file_name}" + (f" ({tr(p.detail)})" if p.detail else "")
                for p in found[:names]
            ]
        if len(found) > names:
            lines.append("  " + tr("and {n} more").format(n=len(found) - names))
    return "\n".join(lines)


def _read_hleb_sol(folder: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Read labels.csv, whose file names are relative to final_files."""
    if not (folder / _PICTURES_FOLDER).is_dir():
        raise DatasetError(
            Sentence("{folder} has labels.csv but no folder final_files beside it.", folder=folder)
        )
    raw, problems = _read_csv(folder / _LABELS_FILE)
    return raw.assign(path=_joined(_PICTURES_FOLDER, raw["file_name"])), problems


def _read_appa_real(folder: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Read the release's three tables; file names become `train/000000.jpg` and so on."""
    tables, problems = [], []
    for split in SPLITS:
        labels = folder / _appa_real_labels(split)
        if not labels.is_file():
            problems.append(Problem(ProblemKind.MISSING_FILE, labels.name))
            continue
        raw, broken = _read_csv(labels)
        paths = _joined(split, raw["file_name"])
        tables.append(raw.assign(file_name=paths, path=paths, split=split))
        problems += broken
    return pd.concat(tables, ignore_index=True), problems


def _appa_real_labels(split: str) -> str:
    return f"gt_avg_{split}.csv"


def _read_utkface(folder: Path) -> pd.DataFrame:
    """Read the labels in the file names, in the folder and one level of sub-folders."""
    rows = [_utkface_row(path.relative_to(folder)) for path in _jpegs(folder)]
    return pd.DataFrame(
        rows, columns=["file_name", "path", "real_age", "split", "gender", "ethnicity"]
    )


def _utkface_row(path: Path) -> tuple[str | None, ...]:
    """The label in one file name; the age is "" if there is none."""
    match = _UTKFACE_NAME.fullmatch(path.name)
    age, gender, race = match.groups() if match else ("", None, None)
    if gender is None or race is None:
        # One number between age and date: it cannot be told whether gender or race is lacking.
        gender = race = ""
    name = path.as_posix()
    return name, name, age, "", _UTKFACE_GENDERS.get(gender), _UTKFACE_ETHNICITIES.get(race)


def _jpegs(folder: Path) -> list[Path]:
    """JPEG files in the folder and one level of sub-folders, sorted; hidden ones left alone."""
    found = (*folder.glob("*"), *folder.glob("*/*"))
    return sorted(
        path
        for path in found
        if path.suffix.lower() in (".jpg", ".jpeg")
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _read_csv(path: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a table of labels: the columns of _TEXT_COLUMNS as text, numbers in others as numbers.

    Raises:
        DatasetError: it is not a table in UTF-8, or its columns are not usable.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        # The separator of a spreadsheet depends on the country: it is the one the header uses.
        separator = max(",;\t", key=text.lstrip().partition("\n")[0].count)
        reader = csv.reader(
            io.StringIO(text), delimiter=separator, skipinitialspace=True, strict=True
        )
        # Not read by pandas, which cuts a row that is too long (25,5 for 25.5) without a word.
        lines = [(reader.line_num, fields) for fields in reader if any(fields)]
    except UnicodeDecodeError as error:
        raise DatasetError(
            Sentence("{path} is not UTF-8 text: save it as CSV in UTF-8.", path=path)
        ) from error
    except csv.Error as error:
        raise DatasetError(
            Sentence("{path} cannot be read as a table: {error}.", path=path, error=error)
        ) from error
    names = _column_names(path, lines[0][1] if lines else [])
    rows, problems = [], []
    for number, fields in lines[1:]:
        row = dict(zip_longest(names, fields[: len(names)], fillvalue=""))
        if any(fields[len(names) :]) or not row["file_name"].strip():
            line = f"{path.name}, line {number}"
            problems.append(Problem(ProblemKind.BROKEN_ROW, line, separator.join(fields)))
        else:
            rows.append(row)
    return _typed(pd.DataFrame(rows, columns=names, dtype=object)), problems


def _typed(text: pd.DataFrame) -> pd.DataFrame:
    """Turn further columns of numbers into numbers and empty values of the others into None."""
    table = text.assign(file_name=text["file_name"].map(_clean_name))
    for name in table.columns.difference(_TEXT_COLUMNS):
        values = table[name].str.strip()
        values = values.where(values != "", None)
        try:
            table[name] = pd.to_numeric(values)
        except ValueError:
            table[name] = values
    return table if "split" in table else table.assign(split="")


def _column_names(path: Path, header: Iterable[str]) -> list[str]:
    """Spell the columns this project knows its own way; keep the others, without outer spaces."""
    names = []
    for name in map(str.strip, header):
        known = "_".join(name.lower().split())
        names.append(known if known in _NAMED_COLUMNS else name)
    if not {"file_name", "real_age"} <= set(names) or len(set(names)) < len(names):
        raise DatasetError(
            Sentence(
                "{path} must have the columns file_name and real_age, and no column twice; its "
                "columns are: {columns}.",
                path=path,
                columns=", ".join(names) or "–",
            )
        )
    return names


def _clean_name(name: str) -> str:
    """One spelling for one file: forward slashes, no "./"."""
    return posixpath.normpath(name.strip().replace("\\", "/"))


def _joined(folder: str, file_names: pd.Series) -> pd.Series:
    """Paths of the file names in a sub-folder."""
    return file_names.map(lambda name: posixpath.normpath(posixpath.join(folder, name)))


def _usable_rows(root: Path, raw: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Turn the text of ages and splits into values; leave out and report rows with a problem."""
    ages = pd.to_numeric(raw["real_age"].str.replace(",", ".", regex=False), errors="coerce")
    splits = raw["split"].str.strip().str.lower()
    further = raw.drop(columns=[*_TEXT_COLUMNS, "path"])
    table = raw[["file_name", "path"]].assign(
        real_age=ages.astype(float), split=[_SPLIT_NAMES.get(split) for split in splits]
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
