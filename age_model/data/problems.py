"""What can be wrong with labelled photos."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from age_model.i18n.message import mark
from age_model.i18n.translate import tr


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
