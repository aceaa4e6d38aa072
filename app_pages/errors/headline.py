"""The main metrics of the Errors page, and how many photos have a small error."""

from typing import Any

import pandas as pd
import streamlit as st

from age_model.ages import RANGE_LEVEL, level_name
from age_model.evaluation.metrics import CLOSE, ErrorSummary, wilson
from age_model.evaluation.uncertainty import interval_metrics
from age_model.i18n.translate import tr
from app_pages.charts.errors import cumulative_scores
from app_pages.errors.summaries import guessed_constantly
from app_pages.widgets.metrics import show_chart, show_metric
from app_pages.widgets.numbers import (
    bias_interval,
    in_years,
    interval,
    percent,
    share_interval,
)


def show_headline(chosen: pd.DataFrame, summary: ErrorSummary, baseline: ErrorSummary) -> None:
    """Show the main metrics of the chosen photos, each with its interval or its count."""
    if summary.mae >= baseline.mae:
        st.warning(
            tr("On these photos the model is no better than one age for all."),
            icon=":material/warning:",
        )
    with st.grid(5, min_column_width=150):
        show_metric(
            tr("Average error"),
            in_years(summary.mae),
            interval(summary.mae_low, summary.mae_high),
            tr(
                "Mean absolute error: the years between predicted and real age, averaged over "
                "these photos; with a 95% bootstrap interval."
            ),
        )
        show_metric(
            tr("Median error"),
            in_years(summary.median_error),
            tr("half are closer"),
            tr(
                "The median error: half of the photos are closer to the real age, half are "
                "further away."
            ),
        )
        show_metric(
            tr("Within {years} years").format(years=CLOSE),
            percent(summary.within_5),
            _close_interval(summary),
            tr(
                "Share of the photos whose predicted age is at most 5 years from the real one; the "
                "interval is a 95% Wilson interval."
            ),
        )
        show_metric(
            tr("Too old on average") if summary.bias > 0 else tr("Too young on average"),
            in_years(abs(summary.bias)),
            bias_interval(summary.bias_low, summary.bias_high),
            tr(
                "The bias: predicted minus real age, averaged over these photos. Above 0 the model "
                "guesses too old, below 0 too young; the interval is a 95% bootstrap interval."
            ),
        )
        _show_coverage(chosen)


def _close_interval(summary: ErrorSummary) -> str:
    low, high = wilson(round(summary.within_5 * summary.n), summary.n)
    return share_interval({"within_low": low, "within_high": high}, "within")


def _show_coverage(chosen: pd.DataFrame) -> None:
    metrics = interval_metrics(chosen).get(level_name(RANGE_LEVEL))
    if metrics:
        show_metric(
            tr("Inside the range"),
            percent(metrics["coverage"]),
            share_interval(metrics, "coverage"),
            tr(
                "Share of the photos whose real age lies within the range that the model gives; "
                "it is meant to be 90%. The interval is a 95% Wilson interval."
            ),
        )


def show_scores(chosen: pd.DataFrame, summary: ErrorSummary) -> None:
    """Show the cumulative error of the chosen photos."""
    show_chart(
        tr("Cumulative error"),
        tr(
            "Share of the photos with at most this error, in years: the steeper the curve rises, "
            "the better; the dotted line is at 5 years."
        ),
        cumulative_scores(chosen),
        alt=tr("Share of photos by largest error: {share} are within 5 years").format(
            share=percent(summary.within_5)
        ),
    )


def constant_guess(chosen: pd.DataFrame, metrics: dict[str, Any]) -> ErrorSummary:
    """Summarise the errors of always predicting the training photos' median age."""
    return guessed_constantly(chosen["real_age"], metrics["baseline"]["constant_age"])
