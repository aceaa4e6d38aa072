"""The tables that replace the photos of the model in use, and what a folder adds to them."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from age_model.data.age_counts import read_counts
from age_model.data.corrections import FILE as CORRECTIONS
from age_model.data.problems import DatasetError
from age_model.evaluation.label_errors import DOUBT_COLUMNS
from age_model.evaluation.metrics import age_band
from age_model.i18n.message import Sentence

PREDICTIONS_FILE = "predictions.csv"


@dataclass(frozen=True)
class DataTables:
    """Tables on a data set, without its photos.

    Attributes:
        ages: as `age_counts.count_ages`.
        problems: as `checks.problem_table`.
        twins: as `checks.twin_table`.
        doubts: as `label_errors.doubtful_labels`.
    """

    ages: pd.DataFrame
    problems: pd.DataFrame
    twins: pd.DataFrame
    doubts: pd.DataFrame


def table_paths(folder: Path) -> dict[str, Path]:
    """Return the path of each table of `DataTables` in a folder."""
    return {name: folder / f"{name}.csv" for name in DataTables.__dataclass_fields__}


def read_tables(folder: Path) -> DataTables:
    """Read the tables that `data_set_tables.write_data_tables` wrote.

    Raises:
        OSError, ValueError: one is missing or damaged.
    """
    paths = table_paths(folder)
    return DataTables(
        read_counts(paths["ages"]),
        *(_read_listed(paths[name]) for name in ("problems", "twins", "doubts")),
    )


def read_predictions(folder: Path) -> pd.DataFrame | None:
    """Read the predictions table in a folder of photos; None if there is none.

    Raises:
        OSError, ValueError: it cannot be read, or lacks a column.
    """
    file = folder / PREDICTIONS_FILE
    if not file.is_file():
        return None
    table = _read_listed(file)
    missing = [column for column in DOUBT_COLUMNS if column not in table]
    if missing:
        raise DatasetError(Sentence("the columns {names} are missing", names=", ".join(missing)))
    return table


def rows_still_true(listed: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a list whose photo is in the labels with the same age, with its `path`.

    Args:
        listed: with `file_name` and `real_age`.
        labels: the table of `LabelledPhotos`.
    """
    known = labels.set_index("file_name")
    ages = listed["file_name"].map(known["real_age"])
    kept = listed[np.isclose(ages, listed["real_age"])]
    return kept.assign(path=kept["file_name"].map(known["path"]))


def sample_photos(labels: pd.DataFrame, band: str, count: int, draw: int) -> pd.DataFrame:
    """Draw some photos of an age band, sorted by age; deterministic for a given `draw`.

    Args:
        labels: the table of `LabelledPhotos`.
        band: one of `metrics.AGE_BANDS`.
        count: how many at most.
        draw: which of the random draws.
    """
    rows = labels[age_band(labels["real_age"]) == band]
    chosen = rows.sample(min(count, len(rows)), random_state=draw)
    return chosen.sort_values("real_age", kind="stable")


def _read_listed(file: Path) -> pd.DataFrame:
    return pd.read_csv(file, dtype={"file_name": str, "path": str, "split": str})


def folder_state(folder: Path) -> tuple[tuple[str, int], ...]:
    """Return a value that changes when labels or photos of a folder are added, removed or renamed.

    Names and modification times of the folder, its sub-folders and tables; no photo is read.
    Decisions on photos change neither.

    Raises:
        OSError: the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        kept = [
            (entry.name, entry.stat().st_mtime_ns)
            for entry in entries
            if (entry.name.endswith(".csv") and entry.name != CORRECTIONS) or entry.is_dir()
        ]
    return ("", folder.stat().st_mtime_ns), *sorted(kept)
