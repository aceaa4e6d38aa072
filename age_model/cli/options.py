"""Options that several commands share.

The commands import what they run when they run: torch takes seconds to load, and neither the help
nor a mistyped option needs it. So the defaults here are looked up then, too.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from age_model.data.problems import Problem
    from age_model.evaluation.sources import Source


def count(text: str | int, least: int = 1) -> int:
    """Read a whole number of at least `least`.

    Args:
        text: what was typed, or the option's default.
        least: the smallest number that makes sense.

    Raises:
        BadParameter: it is none, or smaller.
    """
    typed = str(text)
    if not typed.isdecimal() or int(typed) < least:
        raise typer.BadParameter(f"{typed} is not a number from {least}")
    return int(typed)


def _cache_dir() -> Path:
    from age_model.data.face_cache import DEFAULT_CACHE_DIR

    return DEFAULT_CACHE_DIR


def _model_dir() -> Path:
    from age_model.release import released

    return released().model_dir


DataDir = Annotated[Path, typer.Option(metavar="DIR", help="folder of labelled photos")]
Workers = Annotated[
    int | None, typer.Option(parser=count, metavar="N", help="processes; by default one a core")
]
CacheDir = Annotated[
    Path,
    typer.Option(
        metavar="DIR",
        default_factory=_cache_dir,
        show_default=False,
        help="folder that keeps the aligned faces for the next run",
    ),
]
ModelDir = Annotated[
    Path,
    typer.Option(
        "--model",
        metavar="DIR",
        default_factory=_model_dir,
        show_default=False,
        help="the model's folder; by default the released model",
    ),
]


def read_sources(texts: list[str]) -> list["Source"]:
    """Read the named sources of photos.

    Raises:
        BadParameter: one is not NAME=FOLDER.
    """
    from age_model.evaluation.sources import parse_source

    try:
        return [parse_source(text) for text in texts]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--source") from error


Sources = Annotated[
    list[str],
    typer.Option(
        "--source",
        metavar="NAME=FOLDER",
        default_factory=list,
        show_default=False,
        help="labelled photos of a source and its name; may be given several times",
    ),
]
Split = Annotated[
    Literal["test", "valid", "train", "all"], typer.Option(help="which of the photos")
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="JSON", help="file for the metrics")
]


def print_problems(problems: Iterable["Problem"]) -> None:
    """Print what is wrong with a data set, if anything is."""
    from age_model.reports.console import format_problems

    report = format_problems(problems)
    if report:
        print(f"Problems of the data set:\n{report}\n")
