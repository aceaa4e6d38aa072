"""The first view of the Errors page: the main figures, and photos beside the chart."""

from typing import Any

import pandas as pd
import streamlit as st

from age_model.i18n.translate import number, tr
from app_pages.errors.area_chart import show_area_chart
from app_pages.errors.headline import constant_guess, show_headline, show_scores
from app_pages.errors.summaries import summarised
from app_pages.errors.worst_photos import are_there, show_few
from app_pages.widgets.folder import known_folder
from app_pages.widgets.numbers import interval


def show_overview(chosen: pd.DataFrame, filtered: pd.DataFrame, metrics: dict[str, Any]) -> None:
    """Show the main metrics, the chart, and beside it photos, or without these a second chart.

    Args:
        chosen: the chosen photos.
        filtered: those that the filters leave, whatever area is selected in the chart.
        metrics: of the test photos.
    """
    summary = summarised(chosen["real_age"], chosen["predicted_age"])
    show_headline(chosen, summary, constant_guess(chosen, metrics))
    left, right = st.columns(2, gap="medium")
    with left:
        show_area_chart(filtered)
    with right:
        folder = known_folder()
        if folder and are_there(chosen, folder):
            show_few(chosen, folder)
        else:
            show_scores(chosen, summary)


def show_notes(metrics: dict[str, Any]) -> None:
    """Show notes on all test photos, whatever is chosen."""
    notes = [
        tr(
            "Of all test photos, those in which no face was found: {count}; for these the whole "
            "picture is used as the face."
        ).format(count=number(metrics["photos_without_face"]))
    ]
    texts = {
        "coral_test": tr(
            "Average error on the {count} photos of ages 21 to 60 that papers report on: {years} "
            "years ({interval})."
        ),
        "coral_test_known": tr(
            "The same, given that the age is 21 to 60, as for the models of these papers: {years} "
            "years ({interval})."
        ),
    }
    notes += [
        text.format(
            count=number(metrics[name]["n"]),
            years=number(metrics[name]["mae"], ".2f"),
            interval=interval(metrics[name]["mae_low"], metrics[name]["mae_high"]),
        )
        for name, text in texts.items()
        if name in metrics
    ]
    with st.popover(tr("Notes on all test photos"), icon=":material/info:"):
        st.markdown("  \n".join(notes))
