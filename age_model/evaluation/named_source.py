"""A source of labelled photos, as it is named on the command line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """Labelled photos that are measured beside others.

    Attributes:
        name: to call them by.
        folder: of the photos and their labels.
        split: of the photos to measure; by default the test photos where the labels name splits,
            and all photos where they do not.
    """

    name: str
    folder: Path
    split: str | None = None


def parse_source(text: str) -> Source:
    """Read a source from the command line.

    Raises:
        ValueError: it is not NAME=FOLDER.

    >>> parse_source("family photos=data/family")
    Source(name='family photos', folder=PosixPath('data/family'), split=None)
    """
    name, _, folder = (part.strip() for part in text.partition("="))
    if not name or not folder:
        raise ValueError(f"{text} is not NAME=FOLDER")
    return Source(name, Path(folder).expanduser())
