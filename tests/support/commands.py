"""The command line without running it."""

from typer.core import TyperGroup
from typer.main import get_command

from age_model.cli.main import app


def group() -> TyperGroup:
    """Return all commands."""
    commands = get_command(app)
    assert isinstance(commands, TyperGroup)
    return commands


def parse(arguments: list[str]) -> None:
    """Read a command and its options, as typed behind `python -m age_model`.

    Raises:
        TyperException: there is no such command or option, or one is missing.
    """
    name, *rest = arguments
    group().commands[name].make_context(name, rest)
