"""A name for the chosen photos, and the link that shows them again."""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from age_model.i18n.translate import tr
from app_pages.errors.address import COHORT, LONGEST_NAME

_NAME = "errors_cohort_name"  # the field


def show_cohort() -> None:
    """Show a button that names the choice and gives its link."""
    with st.popover(tr("Save this choice"), icon=":material/bookmark:"):
        st.session_state.setdefault(_NAME, st.session_state.get(COHORT, ""))
        st.text_input(
            tr("Name of these photos"),
            key=_NAME,
            max_chars=LONGEST_NAME,
            placeholder=tr("such as: girls of 13 to 17"),
            on_change=_keep_name,
        )
        st.caption(tr("The link has the name, the filters and the open tab; nothing is stored."))
        link = cohort_link(st.context.url or "", st.query_params.to_dict())
        st.code(link, language=None, wrap_lines=True)  # no scrolling that a keyboard cannot do


def cohort_link(page: str, parameters: Mapping[str, str | list[str]]) -> str:
    """Return the link to a choice of photos.

    >>> cohort_link("https://ages.example/errors", {"ages": ["0–12", "13–17"], "cohort": "young"})
    'https://ages.example/errors?ages=0%E2%80%9312&ages=13%E2%80%9317&cohort=young'
    """
    return f"{page.split('?')[0]}?{urlencode(parameters, doseq=True)}"


def _keep_name() -> None:
    st.session_state[COHORT] = st.session_state[_NAME].strip()
