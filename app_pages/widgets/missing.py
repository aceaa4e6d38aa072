"""What a page shows when a file of the model in use is missing, or belongs to another model."""

from typing import NoReturn

import streamlit as st

from age_model.i18n.translate import tr
from age_model.release import Release, short
from app_pages.widgets.commands import measure_command, show_command
from app_pages.widgets.words import plain


def end_with_command(text: str, command: str) -> NoReturn:
    """Show what is missing and the command that writes it, and end the page.

    Args:
        text: what is missing, in the reader's language.
        command: of `python_command`.
    """
    st.error(text)
    show_command(command)
    st.stop()


def warn_of_other_results(release: Release) -> None:
    """Show that the test results may not be those of the model, if so."""
    measured = release.measured()
    if measured:
        return
    text = (
        tr(
            "The test results in {folder} do not name the model that they were measured on. "
            "This command measures anew, on a folder of labelled photos:"
        )
        if measured is None
        else tr(
            "The test results in {folder} were measured on another model than this one, or before "
            "it was calibrated anew. This command measures anew, on a folder of labelled photos:"
        )
    )
    folder = plain(short(release.evaluation_dir))
    st.warning(text.format(folder=folder), icon=":material/rule:")
    show_command(measure_command(release))
