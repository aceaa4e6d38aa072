"""The command line, `python -m age_model`: every file of this folder adds a group of commands."""

import logging
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from age_model import __version__
from age_model.cli import (
    data,
    evaluate,
    export,
    key,
    predict,
    score,
    serve,
    store,
    store_import,
    store_reports,
    verification,
)

MODULE, INSTALLED = "python -m age_model", "age-model"
STOPPED = 130  # Typer's exit status for Ctrl-C
app = typer.Typer(
    rich_markup_mode=None,  # plain text, for any terminal and for logs
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
for group in (
    predict,
    score,
    evaluate,
    verification,
    data,
    store,
    store_import,
    store_reports,
    serve,
    key,
    export,
):
    app.add_typer(group.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _all_commands(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Estimate ages from faces, measure the model that does so, and keep a store's record."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return its exit status.

    Args:
        arguments: of the command line; by default those of this process.

    Raises:
        SystemExit: with status 2 if the arguments are wrong.
    """
    name = _name()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        status: int = app(arguments, prog_name=name, standalone_mode=False)
        sys.stdout.flush()
    except typer.TyperException as error:
        sentence = error.format_message().replace("Value error, ", "")  # of Pydantic
        print(f"age_model: {sentence}", file=sys.stderr)
        print(f"Commands: {name} --help; options: {name} COMMAND --help", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader, such as `head`, has stopped. The rest must not be written at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if not isinstance(error, _expected_errors()):
            raise
        from age_model.reports.console import failure_in_words

        print(f"age_model: {failure_in_words(error)}", file=sys.stderr)
        return 1
    if status == STOPPED:
        print("\nage_model: stopped", file=sys.stderr)
    return status


def _name() -> str:
    """Return what runs the program: the installed command or, in a checkout, Python."""
    return INSTALLED if Path(sys.argv[0]).stem == INSTALLED else MODULE


def _expected_errors() -> tuple[type[Exception], ...]:
    """Return the errors shown as one sentence, without a traceback; some of them load torch."""
    from age_model.access.configuration import AccessFileError
    from age_model.access.start import StartError
    from age_model.data.face_set import FaceSetError
    from age_model.data.problems import DatasetError
    from age_model.evaluation.age_gate import GateError
    from age_model.model.card import ModelError
    from age_model.model.pretrained import InitialWeightsError
    from age_model.serving.output import OutputError
    from age_model.serving.sources import SourceError
    from age_model.store.imports.tables import TableError
    from age_model.store.record.database import RecordError
    from age_model.store.retention.one_cashier import UnknownCashierError
    from age_model.store.tills.keys import UnknownKeyError
    from age_model.training.config import TrainingError

    return (
        AccessFileError,
        StartError,
        DatasetError,
        FaceSetError,
        ModelError,
        GateError,
        InitialWeightsError,
        TrainingError,
        OutputError,
        RecordError,
        SourceError,
        TableError,
        UnknownCashierError,
        UnknownKeyError,
        OSError,
    )
