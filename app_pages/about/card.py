"""The model card, folded."""

from functools import partial

import streamlit as st

from age_model.i18n.translate import tr
from age_model.release import Release
from age_model.reports.markdown import Section
from age_model.reports.model_card import Evaluation, card_sections, model_card
from app_pages.widgets.card import show_section
from app_pages.widgets.commands import show_report_command
from app_pages.widgets.downloads import show_download
from app_pages.widgets.visitor import fragment


def show_card(release: Release) -> None:
    """Show the sections of the model card, each folded; how to make one that is missing."""
    st.header(tr("Model card"), anchor=False)
    sections = _read_sections(release)
    if not sections:
        st.caption(tr("Not all of it was measured; the command `report` does so, and writes it."))
        show_report_command(release)
    _show_downloads(release, bool(sections))
    for place, section in enumerate(sections):
        _show_folded(section, f"card {place}")


@fragment
def _show_folded(section: Section, key: str) -> None:
    """Show a section, folded, with its texts and tables once it is opened.

    Drawn folded, all of them make up four fifths of the page and take a browser half a second.
    """
    folded = st.expander(section.title, key=key, on_change="rerun")
    if folded.open:
        with folded:
            show_section(section)


def _show_downloads(release: Release, whole: bool) -> None:
    """Show the buttons that download the card, where it is whole, and all figures measured."""
    with st.container(horizontal=True):
        if whole:
            show_download(
                tr("Download the card"), partial(_card, release), "model-card.md", "text/markdown"
            )
        show_download(
            tr("Download all figures"),
            release.metrics_file.read_bytes,
            "metrics.json",
            "application/json",
        )


def _card(release: Release) -> bytes:
    """Return the card in the language of whoever asked for it."""
    return model_card(release.card(), Evaluation.read(release.evaluation_dir)).encode()


def _read_sections(release: Release) -> list[Section]:
    """Return the model card in the reader's language; nothing if its metrics are missing."""
    try:
        return card_sections(release.card(), Evaluation.read(release.evaluation_dir))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []
