"""The doubtful photos of a data set as one list to go through, whatever is doubtful about them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from age_model.data.corrections import UNCHANGED_SPLIT, Correction
from age_model.data.problems import Problem, ProblemKind
from age_model.i18n.message import mark

DOUBTFUL = mark("likely wrong label")
KINDS = (
    str(ProblemKind.CONFLICTING_AGES),
    DOUBTFUL,
    str(ProblemKind.NO_FACE),
    str(ProblemKind.SEVERAL_FACES),
    str(ProblemKind.TOO_SMALL),
    str(ProblemKind.UNREADABLE),
)
"""What can be doubtful, in words to be shown by `tr`; what costs a model most comes first."""

OF_ONE_PHOTO = (
    ProblemKind.NO_FACE,
    ProblemKind.SEVERAL_FACES,
    ProblemKind.TOO_SMALL,
    ProblemKind.UNREADABLE,
)
COLUMNS = ("kind", "file_name", "path", "real_age", "predicted_age", "other_ages", "split")


@dataclass(frozen=True)
class ToDo:
    """Doubtful photos, and what was decided about them.

    Test photos stay as they are, so there is nothing to decide about them.

    Attributes:
        items: `COLUMNS`; a photo has a row for each kind of doubt.
        decided: by file name.
    """

    items: pd.DataFrame
    decided: Mapping[str, Correction]

    def of_kind(self, kind: str, decided: bool) -> pd.DataFrame:
        """Return the items of one kind that are decided, or are to be."""
        items = self.items[self.items["kind"] == kind]
        done = items["file_name"].isin(list(self.decided))
        return items[done] if decided else items[~done & ~_stay(items)]

    def counts(self, decided: bool) -> dict[str, int]:
        """Return how many items of each kind are decided, or are to be."""
        return {kind: len(self.of_kind(kind, decided)) for kind in KINDS}

    @property
    def is_left(self) -> bool:
        """Whether any photo is to be decided about."""
        return any(self.counts(decided=False).values())

    @property
    def of_test(self) -> frozenset[str]:
        """The names of the doubtful photos that stay as they are."""
        return frozenset(self.items.loc[_stay(self.items), "file_name"])


def doubtful_photos(
    labels: pd.DataFrame, problems: Iterable[Problem], twins: pd.DataFrame, doubts: pd.DataFrame
) -> pd.DataFrame:
    """Return the items of a `ToDo`.

    Args:
        labels: the table of `LabelledPhotos`; photos that are not in it are left out.
        problems: of `checks.all_problems`.
        twins: of `checks.twin_table`.
        doubts: of `label_errors.doubtful_labels`.
    """
    parts = [
        _twins(twins),
        doubts[["file_name", "predicted_age"]].assign(kind=DOUBTFUL),
        *(_of_one_photo(list(problems), kind) for kind in OF_ONE_PHOTO),
    ]
    found = pd.concat([part.reindex(columns=["kind", "file_name", *_OWN]) for part in parts])
    known = labels[["file_name", "path", "real_age", "split"]]
    return found.merge(known, on="file_name")[list(COLUMNS)]


def _stay(items: pd.DataFrame) -> pd.Series:
    return items["split"] == UNCHANGED_SPLIT


_OWN = ("predicted_age", "other_ages")  # what a kind of doubt tells of its photo


def _twins(twins: pd.DataFrame) -> pd.DataFrame:
    apart = twins[twins["years_apart"] > 0]
    ages = apart.groupby("twins")["real_age"].agg(lambda group: sorted(set(group)))
    others = [
        ", ".join(f"{other:g}" for other in ages[twin] if other != own)
        for twin, own in zip(apart["twins"], apart["real_age"], strict=True)
    ]
    return apart[["file_name"]].assign(
        kind=str(ProblemKind.CONFLICTING_AGES), other_ages=pd.Series(others, apart.index, dtype=str)
    )


def _of_one_photo(problems: list[Problem], kind: ProblemKind) -> pd.DataFrame:
    names = [problem.file_name for problem in problems if problem.kind == kind]
    return pd.DataFrame({"file_name": pd.Series(names, dtype=str), "kind": str(kind)})
