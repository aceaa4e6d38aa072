"""What a person decided about doubtful photos: a table beside the labels that training reads.

The table is only ever added to, a row a decision, and of several for a photo the last counts: so it
also tells who decided what, and when. The labels themselves are never changed.
"""

import csv
import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from age_model.ages import MAX_AGE
from age_model.data.problems import DatasetError
from age_model.i18n.message import Sentence

if TYPE_CHECKING:  # these take seconds to load, and a page only reads and adds decisions
    import pandas as pd

    from age_model.data.face_set import FaceSet

FILE = "corrections.csv"
VARIABLE = "AGE_CORRECTIONS_DIR"
COLUMNS = ("file_name", "decision", "age", "by", "time")
UNCHANGED_SPLIT = "test"
"""Test photos stay as they are: without those that a model finds hard, a test would flatter it."""


class Decision(StrEnum):
    """What is done with a photo."""

    ACCEPT = "accept"  # it is right as it is
    EXCLUDE = "exclude"  # it is not trained on
    RELABEL = "relabel"  # it is trained on with another age
    OPEN = "open"  # an earlier decision is taken back


@dataclass(frozen=True)
class Correction:
    """What was decided about a photo; `age`, years, is given to relabel it."""

    file_name: str
    decision: Decision
    age: float | None = None

    def __post_init__(self) -> None:
        if self.decision == Decision.RELABEL and (self.age is None or not 0 <= self.age <= MAX_AGE):
            raise ValueError(f"{self.age} is no age from 0 to {MAX_AGE}")


@dataclass(frozen=True)
class Corrected:
    """How many photos corrections changed.

    Attributes:
        relabelled: trained on with another age.
        excluded: left out.
        of_test: test photos with a decision, which stay as they are.
        unknown: decisions on photos that are not in the set.
    """

    relabelled: int = 0
    excluded: int = 0
    of_test: int = 0
    unknown: int = 0


def corrections_file(folder: Path) -> Path:
    """Return where the decisions on the photos of a folder are: beside the labels, or elsewhere.

    Photos that may only be read have them in the folder that the environment variable
    AGE_CORRECTIONS_DIR names, under a name that no other folder of photos has.
    """
    elsewhere = os.environ.get(VARIABLE)
    if not elsewhere:
        return folder / FILE
    real = folder.resolve()
    digest = hashlib.sha256(str(real).encode()).hexdigest()[:8]
    return Path(elsewhere).expanduser() / f"{real.name}-{digest}.csv"


def add_correction(file: Path, correction: Correction, by: str, now: datetime) -> None:
    """Add a decision to a table, which is made if it is missing.

    Args:
        file: of the table.
        correction: the decision.
        by: who decided; "" if nobody signs in.
        now: when.

    Raises:
        OSError: the table cannot be written.
    """
    age = "" if correction.age is None else f"{correction.age:g}"
    row = (correction.file_name, str(correction.decision), age, by, f"{now:%Y-%m-%d %H:%M:%S}")
    with file.open("a", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\n")
        if not out.tell():
            writer.writerow(COLUMNS)
        writer.writerow(row)


def read_corrections(file: Path) -> dict[str, Correction]:
    """Read the last decision on each photo, by file name; none if there is no table.

    Raises:
        DatasetError: the table cannot be read.
    """
    if not file.is_file():
        return {}
    try:
        with file.open(newline="", encoding="utf-8") as rows:
            read = [_correction(row) for row in csv.DictReader(rows)]
    except (OSError, ValueError, LookupError, TypeError, csv.Error) as error:
        raise DatasetError(
            Sentence(
                "{file} is no table of corrections: it must have the columns {columns}, and in "
                "each row a decision and, to relabel, an age.",
                file=file,
                columns=", ".join(COLUMNS),
            )
        ) from error
    last = {correction.file_name: correction for correction in read}
    return {name: one for name, one in last.items() if one.decision != Decision.OPEN}


def _correction(row: Mapping[str, str]) -> Correction:
    age = float(row["age"]) if row["age"] else None
    return Correction(row["file_name"], Decision(row["decision"]), age)


def correct(
    prepared: "FaceSet", corrections: Mapping[str, Correction]
) -> tuple["FaceSet", Corrected]:
    """Return a set with the decisions on its training and validation photos carried out.

    Args:
        prepared: the whole set, with its splits.
        corrections: of `read_corrections`.
    """
    table = prepared.table
    decided = _carried_out(table, corrections)
    excluded = [name for name, one in decided.items() if one.decision == Decision.EXCLUDE]
    ages = {n: one.age for n, one in decided.items() if one.decision == Decision.RELABEL}
    named = table["file_name"]
    new = table.assign(real_age=named.map(ages).astype(float).fillna(table["real_age"]))
    kept = replace(prepared, table=new).where(~named.isin(excluded))
    return kept, count_corrected(table, corrections)


def count_corrected(table: "pd.DataFrame", corrections: Mapping[str, Correction]) -> Corrected:
    """Return how many photos of a table corrections change.

    Args:
        table: `file_name` and `split`; a photo without a split is counted as one of training.
        corrections: of `read_corrections`.
    """
    known = table["file_name"].isin(list(corrections))
    decided = [one.decision for one in _carried_out(table, corrections).values()]
    return Corrected(
        relabelled=decided.count(Decision.RELABEL),
        excluded=decided.count(Decision.EXCLUDE),
        of_test=int(known.sum()) - len(decided),
        unknown=len(set(corrections) - set(table.loc[known, "file_name"])),
    )


def _carried_out(
    table: "pd.DataFrame", corrections: Mapping[str, Correction]
) -> dict[str, Correction]:
    """Return the decisions that change a photo of the table or accept it, by file name."""
    changed = table.loc[table["split"] != UNCHANGED_SPLIT, "file_name"]
    return {name: corrections[name] for name in changed if name in corrections}
