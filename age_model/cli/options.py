"""Options that several commands share."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from age_model.data.face_cache import DEFAULT_CACHE_DIR
from age_model.data.problems import Problem
from age_model.evaluation.sources import Source, parse_source
from age_model.release import released
from age_model.reports.console import format_problems
from age_model.vision.alignment import FaceSpec


def print_problems(problems: Iterable[Problem]) -> None:
    """Print what is wrong with a data set, if anything is."""
    report = format_problems(problems)
    if report:
        print(f"Problems of the data set:\n{report}\n")


def add_cache(parser: argparse.ArgumentParser) -> None:
    """Add the option of the folder that keeps aligned faces."""
    parser.add_argument(
        "--cache-dir",
        type=Path,
        default=DEFAULT_CACHE_DIR,
        help="folder that keeps the aligned faces for the next run",
    )


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add the options of the labelled photos."""
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of labelled photos")
    add_workers(parser)


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add the option of the number of processes."""
    parser.add_argument("--workers", type=count, help="processes; by default one a core")


def add_sources(options: argparse._ActionsContainer) -> None:
    """Add the option of named sources of photos."""
    options.add_argument(
        "--source",
        action="append",
        default=[],
        type=_source,
        metavar="NAME=FOLDER",
        help="labelled photos to measure as they are and halved, beside the other sources; may be "
        "given several times",
    )


def add_split(parser: argparse.ArgumentParser) -> None:
    """Add the option of the split."""
    parser.add_argument("--split", choices=("test", "valid", "train", "all"), default="test")


def add_model(parser: argparse.ArgumentParser) -> None:
    """Add the option of the model's folder."""
    parser.add_argument(
        "--model", type=Path, default=released().model_dir, metavar="DIR", help="the model's folder"
    )


def _source(text: str) -> Source:
    try:
        return parse_source(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def face_spec(size: str) -> FaceSpec:
    """Read the side of a face, pixels."""
    try:
        return FaceSpec(int(size))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def count(text: str, least: int = 1) -> int:
    """Read a whole number of at least `least`."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text} is not a number from {least}")
    return int(text)
