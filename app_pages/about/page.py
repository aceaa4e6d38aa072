import streamlit as st

from age_model.i18n.translate import tr
from age_model.release import Release, released
from age_model.reports.markdown import Section
from age_model.reports.model_card import Evaluation, card_sections
from app_pages.widgets.card import show_section
from app_pages.widgets.missing import warn_of_other_results

UNFOLDED = 3  # sections that everybody should read: purpose and limits, failures, errors


def read_sections(release: Release) -> list[Section]:
    """Return the model card in the reader's language; nothing if its metrics are missing."""
    try:
        return card_sections(release.card(), Evaluation.read(release.evaluation_dir))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


release = released()
sections = read_sections(release)
if not sections:  # the file, in English, has what was measured when it was written
    st.markdown(release.text_file.read_text(encoding="utf-8"))
    st.stop()
st.title(tr("How good"), anchor=False)
warn_of_other_results(release)
for section in sections[:UNFOLDED]:
    st.header(section.title, anchor=False)
    show_section(section)
st.header(tr("All measurements"), anchor=False)
for section in sections[UNFOLDED:]:
    with st.expander(section.title):
        show_section(section)
