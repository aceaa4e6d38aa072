"""The part of the Errors page that compares photos of several sources."""

import streamlit as st

from age_model.i18n.translate import tr
from age_model.release import Release
from age_model.reports import card_sources
from app_pages.widgets.card import show_section


def show_sources(release: Release) -> None:
    """Show the errors on each source, whatever photos are chosen; nothing without any."""
    try:
        metrics = card_sources.read_sources(release.evaluation_dir)
        section = card_sources.sources(metrics)
    except (OSError, ValueError, LookupError, TypeError):
        st.error(
            tr(
                "{file} is damaged; the command `python -m age_model report` writes it again."
            ).format(file=f"`{card_sources.SOURCES_FILE}`")
        )
        return
    if metrics:
        st.header(section.title, anchor=False)
        show_section(section)
