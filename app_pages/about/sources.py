"""What the model does on photos of other sources than its own data set's, in one sentence."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from age_model.i18n.translate import number, tr, trn
from age_model.release import Release
from age_model.reports import card_sources
from age_model.reports.card_sources import TEST_SOURCE
from age_model.reports.markdown import from_to
from app_pages.widgets.commands import show_report_command
from app_pages.widgets.numbers import percent

Sources = list[card_sources.Metrics]


def read_sources(release: Release) -> Sources:
    """Return the errors on each source; none without a file, or after showing what is wrong."""
    try:
        sources = card_sources.read_sources(release.evaluation_dir)
        card_sources.sources(sources)  # a damaged file is found out here
    except (OSError, ValueError, LookupError, TypeError):
        st.error(
            tr("{file} is damaged; the command `report` writes it again.").format(
                file=f"`{card_sources.SOURCES_FILE}`"
            )
        )
        show_report_command(release)
        return []
    return sources


def show_other_sources(sources: Sources) -> None:
    """Say beside the marks, which are met or missed on the test photos alone, how it is elsewhere.

    A range that is right on 90 % of the test photos may hold far fewer people of another camera.
    """
    others = [
        entry for entry in card_sources.as_they_are(sources) if entry["source"] != TEST_SOURCE
    ]
    if not others:
        return
    text = trn(
        "Photos of {count} other source: {years} years off on average, and the range holds the "
        "real age of {share} of the people.",
        "Photos of {count} other sources: {years} years off on average, and the range holds the "
        "real age of {share} of the people.",
        len(others),
    )
    st.markdown(
        ":material/photo_camera: "
        + text.format(
            count=number(len(others)),
            years=_span([entry["mae"] for entry in others], partial(number, form=".1f")),
            share=_span([entry["inside_90"] for entry in others], percent),
        )
    )


def _span(values: list[float], written: Callable[[float], str]) -> str:
    """Return the smallest and the largest value as text; one if they are written alike."""
    low, high = written(min(values)), written(max(values))
    return low if low == high else from_to(low, high)
