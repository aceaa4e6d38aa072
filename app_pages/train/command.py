"""The exact command that trains on a folder of photos."""

import sys
from pathlib import Path
from shlex import quote

import streamlit as st

from age_model.data.corrections import corrections_file, read_corrections
from age_model.data.problems import DatasetError
from age_model.i18n.translate import number, tr, trn
from app_pages.widgets.folder import ask_for_folder
from app_pages.widgets.words import plain

NOWHERE = "DIR"  # stands for a folder in the command


def show_command() -> None:
    """Show the command for the chosen folder, with what it will read besides the photos."""
    st.header(tr("Start a run"), anchor=False)
    folder = ask_for_folder()
    name = st.text_input(
        tr("Name of the run"),
        key="train_name",
        persist_state="session",
        max_chars=60,
        width=400,
        placeholder=tr("by default the time of the start"),
    )
    st.code(train_command(folder, name, own_python()), language="bash", wrap_lines=True)
    if folder:
        _say_what_was_decided(folder)
    st.markdown(tr("`python train.py --help` tells all settings with their meaning."))


def train_command(folder: Path | None, name: str = "", python: str = "python") -> str:
    """Return the command that trains on a folder.

    >>> train_command(Path("/data/my photos"), "first try", ".venv/bin/python")
    ".venv/bin/python train.py --data-dir '/data/my photos' --name 'first try'"
    """
    named = f" --name {quote(name.strip())}" if name.strip() else ""
    return f"{quote(python)} train.py --data-dir {quote(str(folder or NOWHERE))}{named}"


def own_python() -> str:
    """Return how this program's Python is called in its folder: there the libraries are."""
    python, here = Path(sys.executable), Path.cwd()
    return str(python.relative_to(here)) if python.is_relative_to(here) else "python"


def _say_what_was_decided(folder: Path) -> None:
    try:
        count = len(read_corrections(corrections_file(folder)))
    except DatasetError as problem:
        st.error(plain(tr(str(problem))))
        return
    if count:
        words = trn(
            "The run will follow {count} decision made on the page Data; test photos stay as they "
            "are.",
            "The run will follow {count} decisions made on the page Data; test photos stay as "
            "they are.",
            count,
        )
        st.caption(":material/rule: " + words.format(count=number(count)))
