"""The charts of the page How good: real against predicted age, and the sources of photos."""

import pandas as pd
import streamlit as st

from age_model.i18n.translate import tr
from age_model.release import Release
from age_model.reports import card_sources
from app_pages.about.sources import Sources
from app_pages.charts.errors import predicted_against_real
from app_pages.charts.sources import error_by_source
from app_pages.widgets.downloads import show_csv_download
from app_pages.widgets.metrics import show_chart

SCATTER_HEIGHT = 370  # pixels: with the figures above, most of it is on the first screen
_NESTED = ("bands", "colours", "gate")  # figures of parts of a source


def show_charts(release: Release, sources: Sources) -> None:
    """Show both charts beside each other; one that has no file is left out."""
    left, right = st.columns(2, gap="medium")
    with left:
        _show_scatter(release)
    with right:
        if sources:
            _show_sources(sources)


def _show_scatter(release: Release) -> None:
    try:
        predictions = release.predictions()
        figure = predicted_against_real(predictions, height=SCATTER_HEIGHT)
    except (OSError, ValueError, LookupError, TypeError):
        return
    show_chart(
        tr("Predicted against real age"),
        tr(
            "Each cell counts the photos of that real and predicted age; on the dotted line both "
            "are equal, above it the model guesses too old."
        ),
        figure,
        alt=tr("Photos by real and predicted age, clustered along the line where both are equal"),
    )


def _show_sources(sources: Sources) -> None:
    whole = card_sources.as_they_are(sources)
    show_chart(
        tr("Photos of several sources"),
        tr(
            "Average error on each source, with 95% intervals; a person with several photos "
            "counts once. The model has learned from none of these photos; the card tells which "
            "sources it learned from."
        ),
        error_by_source(whole),
        alt=tr("Average error by source: {sources}").format(
            sources=", ".join(card_sources.error_in_words(entry) for entry in whole)
        ),
    )
    figures = [{key: entry[key] for key in entry if key not in _NESTED} for entry in sources]
    show_csv_download(pd.DataFrame(figures), "sources.csv", tr("Download the sources"))
    st.caption(tr("Younger or older than real, and the same photos halved: in the card below."))
