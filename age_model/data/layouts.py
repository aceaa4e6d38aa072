"""The layouts of labelled photos that can be read, each with its reader."""

import csv
import io
import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import pandas as pd

from age_model.data.problems import DatasetError, Problem, ProblemKind
from age_model.data.splits import SPLITS
from age_model.i18n.message import Sentence, mark

_LABELS_FILE = "labels.csv"
PICTURES_FOLDER = "final_files"
UTKFACE = mark("UTKFace file names")  # the layout's name
TEXT_COLUMNS = ("file_name", "real_age", "split")
_NAMED_COLUMNS = (*TEXT_COLUMNS, "gender", "ethnicity")

# A few UTKFace names lack the gender or the race, or have letters after the date:
# the two may be empty or absent here, and _utkface_row() decides what they are worth.
_UTKFACE_NAME = re.compile(r"(\d{1,3})_(?:(\d*)_)?(?:(\d*)_)?\d{8,}[^_]*\.jpe?g", re.IGNORECASE)
_UTKFACE_GENDERS = {"0": "male", "1": "female"}
_UTKFACE_ETHNICITIES = {"0": "White", "1": "Black", "2": "Asian", "3": "Indian", "4": "Other"}


def _read_hleb_sol(folder: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Read labels.csv, whose file names are relative to final_files."""
    if not (folder / PICTURES_FOLDER).is_dir():
        raise DatasetError(
            Sentence("{folder} has labels.csv but no folder final_files beside it.", folder=folder)
        )
    raw, problems = _read_csv(folder / _LABELS_FILE)
    return raw.assign(path=_joined(PICTURES_FOLDER, raw["file_name"])), problems


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


def _read_utkface(folder: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Read the labels in the file names, in the folder and one level of sub-folders."""
    paths = [path.relative_to(folder) for path in _jpegs(folder)]
    rows = [_utkface_row(path) for path in paths if _is_text(path)]
    problems = [
        Problem(ProblemKind.NO_TEXT, path.as_posix().encode(errors="replace").decode())
        for path in paths
        if not _is_text(path)
    ]
    columns = ["file_name", "path", "real_age", "split", "gender", "ethnicity"]
    return pd.DataFrame(rows, columns=columns), problems


def _is_text(path: Path) -> bool:
    """Tell whether a name is text: on Linux it may be any bytes, which no table can hold."""
    try:
        path.as_posix().encode()
    except UnicodeEncodeError:
        return False
    return True


def _utkface_row(path: Path) -> tuple[str | None, ...]:
    """The label in one file name; the age is "" if there is none."""
    match = _UTKFACE_NAME.fullmatch(path.name)
    age, gender, race = match.groups() if match else ("", None, None)
    if gender is None or race is None:
        # One number between age and date: it is unclear whether gender or race is missing.
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
            Sentence(
                "{path} cannot be read as a table: look for a missing quotation mark near line "
                "{line}.",
                path=path,
                line=reader.line_num,
            )
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
    return _typed(pd.DataFrame(rows, columns=names, dtype=str)), problems


def _typed(text: pd.DataFrame) -> pd.DataFrame:
    """Turn further columns of numbers into numbers; empty values of the others are missing."""
    table = text.assign(file_name=text["file_name"].map(_clean_name))
    for name in table.columns.difference(TEXT_COLUMNS):
        values = table[name].str.strip()
        values = values.mask(values == "")
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
                "{path} must have the columns file_name and real_age, and no column twice.",
                path=path,
            ),
            quoted=Sentence("Its columns are: {columns}.", columns=", ".join(names) or "–"),
        )
    return names


def _clean_name(name: str) -> str:
    """One spelling for one file: forward slashes, no "./"."""
    return posixpath.normpath(name.strip().replace("\\", "/"))


def _joined(folder: str, file_names: pd.Series) -> pd.Series:
    """Paths of the file names in a sub-folder."""
    return file_names.map(lambda name: posixpath.normpath(posixpath.join(folder, name)))


@dataclass(frozen=True)
class Layout:
    """A way in which labelled photos lie in a folder.

    Attributes:
        name: in words to be shown by `tr`.
        content: what such a folder holds, in words to be shown by `tr`.
        recognises: returns whether a folder has this layout.
        read: reads a folder's labels, all of them text: `file_name`, `path` (POSIX, relative to
            the folder), `real_age`, `split` and any further columns; and the rows that cannot be
            read.
    """

    name: str
    content: Sentence
    recognises: Callable[[Path], bool]
    read: Callable[[Path], tuple[pd.DataFrame, list[Problem]]]


LAYOUTS = (
    Layout(
        mark("labels.csv and final_files"),
        Sentence("labels.csv beside a folder final_files"),
        lambda folder: (folder / _LABELS_FILE).is_file(),
        _read_hleb_sol,
    ),
    Layout(
        mark("APPA-REAL release"),
        Sentence(
            "the APPA-REAL release (folders train, valid, test beside gt_avg_train.csv, "
            "gt_avg_valid.csv, gt_avg_test.csv)"
        ),
        lambda folder: any((folder / _appa_real_labels(split)).is_file() for split in SPLITS),
        _read_appa_real,
    ),
    Layout(
        UTKFACE,
        Sentence("photos with UTKFace names ([age]_[gender]_[race]_[date].jpg)"),
        lambda folder: any(_UTKFACE_NAME.fullmatch(path.name) for path in _jpegs(folder)),
        _read_utkface,
    ),
)
"""Of the layouts that recognise a folder, the first reads it."""
