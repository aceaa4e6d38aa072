"""Two models on the same photos: who is closer, photo by photo."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from age_model.language import tr
from age_model.metrics import summarise


@dataclass(frozen=True)
class PairedErrors:
    """Mean absolute errors of two models on the same n photos, in years.

    `difference` is the second minus the first, so that below zero the second is better; low and
    high end its 95 % interval, from photos redrawn in pairs.
    """

    n: int
    first: float
    second: float
    difference: float
    low: float
    high: float


def find_runs(folder: Path) -> list[str]:
    """Return the names of the runs in a folder that have a predictions table, sorted."""
    return sorted(path.parents[1].name for path in folder.glob("*/evaluation/predictions.csv"))


def read_run(folder: Path, name: str) -> pd.DataFrame:
    """Return the predictions table of a run.

    Raises:
        OSError, ValueError: if it cannot be read.
    """
    table = pd.read_csv(folder / name / "evaluation" / "predictions.csv")
    missing = {"file_name", "real_age", "predicted_age"} - set(table)
    if missing:
        columns = ", ".join(sorted(missing))
        raise ValueError(tr("the predictions table lacks {columns}").format(columns=columns))
    return table


def paired_errors(first: pd.DataFrame, second: pd.DataFrame) -> PairedErrors | None:
    """Compare two predictions tables on the photos that both have, with the same real age.

    Returns:
        None if they have no such photo.
    """
    both = first.merge(second, on=["file_name", "real_age"], suffixes=("_first", "_second"))
    if both.empty:
        return None
    errors = [
        (both[f"predicted_age_{name}"] - both["real_age"]).abs() for name in ("first", "second")
    ]
    paired = summarise(*errors)
    return PairedErrors(
        n=paired.n,
        first=float(errors[0].mean()),
        second=float(errors[1].mean()),
        difference=paired.bias,
        low=paired.bias_low,
        high=paired.bias_high,
    )
