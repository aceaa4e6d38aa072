"""Photos of a folder on cards."""

from pathlib import Path

import streamlit as st

from app_pages.widgets.folder import show_picture


def show_photo(path: Path, title: str, note: str, alt: str) -> None:
    """Show one photo of a folder on a card, or why it cannot be read."""
    with st.container(border=True, height="stretch"):
        show_on_card(path, title, note, alt)


def show_on_card(path: Path, title: str, note: str, alt: str) -> None:
    """Show one photo and its texts within a card that is there, or why it cannot be read."""
    show_picture(path, alt)
    st.markdown(f"**{title}**")
    if note:
        st.caption(note)
