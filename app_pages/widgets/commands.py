"""The commands that pages show: each can be pasted into a shell, in whatever folder that is."""

import os
import sys
from pathlib import Path
from shlex import join, quote

import streamlit as st

from age_model import HOME
from age_model.data import corrections
from age_model.release import VARIABLE, Release, released, short

PHOTOS = "DIR"  # stands for a folder of labelled photos that the page does not know


def show_command(command: str) -> None:
    """Show a command of `python_command`, to be copied."""
    st.code(command, language=None, wrap_lines=True)  # the colours of a shell's words are too pale


def python_command(*words: str | Path, **variables: str | Path) -> str:
    """Return a command for this program's own Python, in its folder: there the libraries are.

    Args:
        words: what Python is to run, with its options.
        variables: of its environment.
    """
    settings = (f"{name}={quote(_typed(value))} " for name, value in variables.items())
    typed = map(_typed, (Path(sys.executable), *words))
    return f"cd {quote(str(HOME))} && {''.join(settings)}{join(typed)}"


def app_command(**variables: str | Path) -> str:
    """Return the command that starts the app with variables in its environment."""
    return python_command("-m", "streamlit", "run", "serve.py", **variables)


def restart_command(**variables: str | Path) -> str:
    """Return the command that starts the app anew with the folders that it has now, and variables.

    Other variables of its environment stay unnamed: the address of a database has a password.
    """
    from age_model.data import server_folders  # loads pandas: not for every page

    folders = (VARIABLE, server_folders.VARIABLE, corrections.VARIABLE)
    kept = {name: os.environ[name] for name in folders if os.environ.get(name)}
    return app_command(**{**kept, **variables})


def train_command(*words: str | Path) -> str:
    """Return the command of `train.py`, which reads the decisions where the app writes them."""
    elsewhere = os.environ.get(corrections.VARIABLE)
    kept = {corrections.VARIABLE: elsewhere} if elsewhere else {}
    return python_command("train.py", *words, **kept)


def measure_command(release: Release) -> str:
    """Return the command that measures a model on the test photos of a folder."""
    model = ("--data-dir", PHOTOS, "--model", release.model_dir)
    files = ("--out", release.predictions_file, "--json", release.metrics_file)
    return python_command("-m", "age_model", "evaluate", *model, *files)


def show_report_command(release: Release) -> None:
    """Show the command that measures all that the card tells, if that is the model in use.

    The command also writes the README: of a training run its figures have no place there.
    """
    if release == released():
        words = ("report", "--data-dir", PHOTOS, "--portraits", "OTHER")
        show_command(python_command("-m", "age_model", *words))


def _typed(word: str | Path) -> str:
    return short(word) if isinstance(word, Path) else word
