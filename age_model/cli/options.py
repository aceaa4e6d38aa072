"""Options that several commands share.

Commands import what they need when they run: torch takes seconds to load, and neither the help nor
a mistyped option needs it.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from age_model.data import DEFAULT_CACHE_DIR
from age_model.release import released

if TYPE_CHECKING:
    from age_model.data.problems import Problem
    from age_model.evaluation.named_source import Source


def count(text: str | int, least: int = 1) -> int:
    """Parse a whole number of at least `least`.

    Args:
        text: what was typed, or the option's default.
        least: the smallest number allowed.

    Raises:
        BadParameter: it is not a number, or smaller.
    """
    typed = str(text)
    if not typed.isdecimal() or int(typed) < least:
        raise typer.BadParameter(f"{typed} is not a whole number of at least {least}")
    return int(typed)


DataDir = Annotated[Path, typer.Option(metavar="DIR", help="folder of labelled photos")]
Workers = Annotated[
    int | None, typer.Option(parser=count, metavar="N", help="processes; by default one a core")
]
CacheDir = Annotated[
    Path,
    typer.Option(
        metavar="DIR",
        default_factory=lambda: DEFAULT_CACHE_DIR,
        show_default=False,
        help="cache folder of aligned faces",
    ),
]
ModelDir = Annotated[
    Path,
    typer.Option(
        "--model",
        metavar="DIR",
        default_factory=lambda: released().model_dir,
        show_default=False,
        help="the model's folder; by default the released model",
    ),
]


def read_sources(texts: list[str], option: str = "--source") -> list["Source"]:
    """Parse the sources of photos, or other paths with names.

    Args:
        texts: the values of an option.
        option: its name.

    Raises:
        BadParameter: one is not NAME=FOLDER.
    """
    from age_model.evaluation.named_source import parse_source

    try:
        return [parse_source(text) for text in texts]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


Sources = Annotated[
    list[str],
    typer.Option(
        "--source",
        metavar="NAME=FOLDER",
        default_factory=list,
        show_default=False,
        help="labelled photos of a source and its name; repeatable",
    ),
]
Split = Annotated[Literal["test", "valid", "train", "all"], typer.Option(help="split to use")]
JsonFile = Annotated[
    Path | None, typer.Option("--json", metavar="JSON", help="file for the metrics")
]


def print_problems(problems: Iterable["Problem"]) -> None:
    """Print the problems of a data set, if there are any."""
    from age_model.reports.console import format_problems

    report = format_problems(problems)
    if report:
        print(f"Problems of the data set:\n{report}\n")
