"""How many photos there are of each age and group: what a data set holds, without a photo of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from age_model.ages import LEGAL_AGE
from age_model.data.splits import SPLITS

GROUPS = {
    "split": SPLITS,
    "gender": ("female", "male"),
    "ethnicity": ("Asian", "Black", "Indian", "White", "Other"),
}
"""Columns that put photos into groups, and the groups known beforehand in their fixed order."""

GROUPS_AT_MOST = 9  # more could not be told apart in one chart


@dataclass(frozen=True)
class AgeSummary:
    """The ages of n photos in a few numbers, whole years; `under_18` is a share, 0 to 1."""

    n: int
    youngest: int
    oldest: int
    median: float
    under_18: float


def count_ages(table: pd.DataFrame) -> pd.DataFrame:
    """Count the photos of each age and group.

    Args:
        table: one row a photo: `real_age` (years) and, where known, the columns of `GROUPS`.

    Returns:
        `age` (whole years: 25.9 is 25), the columns of `GROUPS` that have a value ("" where a
        photo lacks it), `photos`; sorted, every row with at least one photo.
    """
    known = {
        column: table[column].astype(object).where(table[column].notna(), "").astype(str)
        for column in GROUPS
        if column in table and table[column].notna().any()
    }
    ages = pd.DataFrame({"age": np.floor(table["real_age"]).astype(int), **known})
    counts = ages.groupby(["age", *known], as_index=False).size()
    return counts.rename(columns={"size": "photos"})


def read_counts(file: Path) -> pd.DataFrame:
    """Read a table that `count_ages` made and that was written as CSV.

    Raises:
        OSError, ValueError: it is missing or damaged.
    """
    counts = pd.read_csv(file, keep_default_na=False)
    if not {"age", "photos"} <= set(counts) or counts.empty:
        raise ValueError(f"{file} is no table of ages.")
    return counts.astype({"age": int, "photos": int})


def summarise_ages(counts: pd.DataFrame) -> AgeSummary:
    """Summarise a table of `count_ages` with at least one photo."""
    ages = counts["age"].repeat(counts["photos"])
    return AgeSummary(
        n=len(ages),
        youngest=int(ages.min()),
        oldest=int(ages.max()),
        median=float(ages.median()),
        under_18=float((ages < LEGAL_AGE).mean()),
    )


def groups_of(counts: pd.DataFrame, column: str) -> list[str]:
    """Return the groups of a column: the known ones in their order, then others by size.

    At most `GROUPS_AT_MOST`; photos without a value are in none.
    """
    sizes = counts.groupby(column)["photos"].sum().drop("", errors="ignore")
    sizes = sizes.sort_values(ascending=False, kind="stable")
    known = [group for group in GROUPS[column] if group in sizes]
    return [*known, *(group for group in sizes.index if group not in known)][:GROUPS_AT_MOST]


def age_shares(counts: pd.DataFrame, width: int) -> pd.DataFrame:
    """Return how the photos of a table of `count_ages` spread over age, in steps of `width` years.

    Returns:
        `start` (first age of a step, years), `photos`, `share` of all (0 to 1); a row for every
        step from 0 to the oldest age.

    >>> age_shares(pd.DataFrame({"age": [1, 7], "photos": [3, 1]}), 5)["share"].tolist()
    [0.75, 0.25]
    """
    starts = counts["age"] // width * width
    steps = range(0, int(starts.max()) + width, width)
    photos = counts.groupby(starts)["photos"].sum().reindex(steps, fill_value=0)
    return pd.DataFrame(
        {"start": list(steps), "photos": photos.to_numpy(), "share": (photos / photos.sum()).array}
    )
