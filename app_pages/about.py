import json
from pathlib import Path

import pandas as pd
import streamlit as st

from age_model.card_figures import Section
from age_model.language import tr
from age_model.model_card import Evaluation, card_sections, card_title

ASSETS = Path(__file__).parents[1] / "assets"
UNFOLDED = 3  # sections that everybody should read: purpose and limits, failures, errors


def read_sections() -> list[Section]:
    """Return the model card in the reader's language; nothing if its figures are missing."""
    try:
        card = json.loads((ASSETS / "model" / "model.json").read_text(encoding="utf-8"))
        return card_sections(card, Evaluation.read(ASSETS / "evaluation"))
    except (OSError, ValueError, LookupError, TypeError):
        return []


def show_section(section: Section) -> None:
    """Show the texts and tables of a section, without its title."""
    for block in section.blocks:
        if isinstance(block, str):
            st.markdown(block)
        else:  # unlike a table in Markdown, this one scrolls within itself on a phone
            cells = pd.DataFrame(block.rows, columns=list(block.header))
            st.table(cells, hide_index=True, border="horizontal", alt=section.title)


sections = read_sections()
if not sections:  # the file, in English, has what was measured when it was written
    st.markdown((ASSETS / "model" / "README.md").read_text(encoding="utf-8"))
    st.stop()
st.title(card_title(), anchor=False)
for section in sections[:UNFOLDED]:
    st.header(section.title, anchor=False)
    show_section(section)
st.header(tr("All measurements"), anchor=False)
for section in sections[UNFOLDED:]:
    with st.expander(section.title):
        show_section(section)
