"""Sections of the model card on a page."""

import pandas as pd
import streamlit as st

from age_model.reports.markdown import Section


def show_section(section: Section) -> None:
    """Show the texts and tables of a section, without its title."""
    for block in section.blocks:
        if isinstance(block, str):
            st.markdown(block)
        else:  # unlike a table in Markdown, this one scrolls within itself on a phone
            cells = pd.DataFrame(block.rows, columns=list(block.header))
            st.table(cells, hide_index=True, border="horizontal", alt=section.title)
