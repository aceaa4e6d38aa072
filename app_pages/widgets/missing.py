"""What a page shows in place of its content when a file of the model in use is missing."""

from typing import NoReturn

import streamlit as st


def end_with_command(text: str, command: str) -> NoReturn:
    """Show what is missing and the command that writes it, and end the page.

    Args:
        text: what is missing, in the reader's language.
        command: for a shell.
    """
    st.error(text)
    st.code(command, language="bash", wrap_lines=True)
    st.stop()
