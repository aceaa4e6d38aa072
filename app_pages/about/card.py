"""The model card, folded."""

import streamlit as st

from age_model.i18n.translate import tr
from age_model.release import Release
from age_model.reports.markdown import Section
from age_model.reports.model_card import Evaluation, card_sections
from app_pages.widgets.card import show_section


def show_card(release: Release) -> None:
    """Show the sections of the model card, each folded; how to make one that is missing."""
    st.header(tr("Model card"), anchor=False)
    sections = _read_sections(release)
    if not sections:
        st.caption(
            tr("Not all of it was measured: `python -m age_model report` does so, and writes it.")
        )
    for section in sections:
        with st.expander(section.title):
            show_section(section)


def _read_sections(release: Release) -> list[Section]:
    """Return the model card in the reader's language; nothing if its metrics are missing."""
    try:
        return card_sections(release.card(), Evaluation.read(release.evaluation_dir))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []
