"""What can be wrong with labelled photos."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from age_model.i18n.message import mark


class ProblemKind(StrEnum):
    """What can be wrong with one labelled photo, in words to be shown by `tr`."""

    BROKEN_ROW = mark("row with too many values or no file name")
    NO_TEXT = mark("file name with characters that are not text")
    OUTSIDE = mark("path outside the folder")
    MISSING_FILE = mark("missing file")
    MISSING_AGE = mark("age missing or not a number")
    AGE_RANGE = mark("age outside 0 to 116")
    UNKNOWN_SPLIT = mark("unknown split")
    DUPLICATE_ROW = mark("duplicate row")
    UNREADABLE = mark("unreadable file")
    NO_FACE = mark("no face found")
    SEVERAL_FACES = mark("several faces")
    TOO_SMALL = mark("face too small")
    CONFLICTING_AGES = mark("identical picture with conflicting ages")
    CONFLICTING_SPLITS = mark("identical picture in two splits")


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one photo or one row; `detail` may be empty."""

    kind: ProblemKind
    file_name: str
    detail: str = ""


class DatasetError(ValueError):
    """The folder cannot be used at all; the message gives the reason, to be shown by `tr`.

    Attributes:
        problems: of its rows and photos, where these are why.
        quoted: what its files say, for who can read them anyway; to be shown by `tr`.
    """

    def __init__(self, message: str, problems: Iterable[Problem] = (), quoted: str = "") -> None:
        super().__init__(message)
        self.problems = tuple(problems)
        self.quoted = quoted
