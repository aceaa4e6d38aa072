"""The exact command that trains on a folder of photos."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from age_model.data.corrections import (
    Correction,
    corrections_file,
    count_corrected,
    read_corrections,
)
from age_model.data.problems import DatasetError
from age_model.i18n.translate import number, tr, trn
from app_pages.widgets.commands import PHOTOS, show_command, train_command
from app_pages.widgets.folder import ask_for_folder
from app_pages.widgets.labelled import load_labels
from app_pages.widgets.words import plain


def show_start() -> None:
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
    named = ("--name", name.strip()) if name.strip() else ()
    show_command(train_command("--data-dir", folder or PHOTOS, *named))
    if folder:
        _say_what_was_decided(folder)
    st.markdown(
        tr(
            "It begins with ImageNet weights, which the first run downloads. Without the internet, "
            "add `--init FILE` with weights that you have, or `--init none` to begin with random "
            "ones, which needs more photos and time."
        )
    )
    st.markdown(tr("With `--help` added, it lists all settings with their meaning instead."))


def _say_what_was_decided(folder: Path) -> None:
    try:
        corrections = read_corrections(corrections_file(folder))
    except DatasetError as problem:
        st.error(plain(tr(str(problem))))
        return
    if corrections:
        _say_what_changes(folder, corrections)


def _say_what_changes(folder: Path, corrections: Mapping[str, Correction]) -> None:
    labelled = load_labels(folder)
    if labelled is None:
        return
    counts = count_corrected(labelled.table, corrections)
    count = counts.excluded + counts.relabelled
    if count:
        words = trn(
            "The run will follow {count} decision made on the page Data: photos left out: "
            "{excluded}, with another age: {relabelled}. Test photos stay as they are.",
            "The run will follow {count} decisions made on the page Data: photos left out: "
            "{excluded}, with another age: {relabelled}. Test photos stay as they are.",
            count,
        )
        numbers = {
            "count": number(count),
            "excluded": number(counts.excluded),
            "relabelled": number(counts.relabelled),
        }
        st.caption(":material/rule: " + words.format(**numbers))
