import json
from pathlib import Path

import streamlit as st

from age_model.card_parts import Section, take_apart
from age_model.language import tr
from age_model.model_card import Evaluation, model_card

ASSETS = Path(__file__).parents[1] / "assets"
UNFOLDED = 3  # sections that everybody should read: purpose and limits, failures, errors


def card_text() -> str:
    """Return the model card in the reader's language, or if its figures are missing, the file."""
    try:
        card = json.loads((ASSETS / "model" / "model.json").read_text(encoding="utf-8"))
        return model_card(card, Evaluation.read(ASSETS / "evaluation"))
    except (OSError, ValueError, LookupError, TypeError):
        return (ASSETS / "model" / "README.md").read_text(encoding="utf-8")


def show_section(section: Section) -> None:
    """Show the texts and tables of a section, without its title."""
    for block in section.blocks:
        if isinstance(block, str):
            st.markdown(block)
        else:  # unlike a table in Markdown, this one scrolls within itself on a phone
            st.table(block, hide_index=True, border="horizontal", alt=section.title)


title, sections = take_apart(card_text())
st.title(title, anchor=False)
for section in sections[:UNFOLDED]:
    st.header(section.title, anchor=False)
    show_section(section)
st.header(tr("All measurements"), anchor=False)
for section in sections[UNFOLDED:]:
    with st.expander(section.title):
        show_section(section)
