"""Restricted goods that were sold outside their hours, on the page ID checks."""

import streamlit as st

from app_pages.widgets.record import failures_shown, open_record_or_say_why
from app_pages.widgets.store import Chosen
from app_pages.widgets.words import plain


def say_outside_hours(chosen: Chosen) -> None:
    """Say which goods the chosen stores sold outside their hours; nothing where there are none."""
    engine = open_record_or_say_why()
    if engine is None:
        return
    from age_model.store.analysis.attention import outside_hours
    from age_model.store.analysis.sale_hours import sold_outside_hours
    from age_model.store.reports.words import finding_in_words

    scope = chosen.scope.narrowed(chosen.stores) if chosen.stores else chosen.scope
    with failures_shown():
        for found in outside_hours(sold_outside_hours(engine, scope, chosen.first, chosen.last)):
            st.warning(plain(finding_in_words(found)), icon=":material/schedule:")
