"""The main figures of the Test errors page, and the marks to beat."""

from typing import Any

import pandas as pd
import streamlit as st

from age_model import charts
from age_model.charts_errors import cumulative_scores
from age_model.metrics import CLOSE, ErrorSummary, constant_baseline
from age_model.uncertainty import interval_figures
from app_pages._errors_parts import (
    interval,
    percent,
    show_chart,
    show_metric,
    signed,
)


def show_headline(chosen: pd.DataFrame, summary: ErrorSummary, baseline: ErrorSummary) -> None:
    """Show the main figures of the chosen photos, each with its interval or what it counts."""
    with st.grid(3, min_column_width=150):
        show_metric(
            "Average error",
            f"{summary.mae:.2f} years",
            interval(summary.mae_low, summary.mae_high),
            "Mean absolute error: the years between predicted and real age, averaged over these "
            "photos; the interval is where it would fall in 95 of 100 redrawn test sets.",
        )
        show_metric(
            "Median error",
            f"{summary.median_error:.2f} years",
            "half are closer",
            "The middle one of all errors in order of size: half of the photos are closer to the "
            "real age, half are further away.",
        )
        show_metric(
            f"Within {CLOSE} years",
            percent(summary.within_5),
            f"{round(summary.within_5 * summary.n):,} of {summary.n:,} photos",
            "Share of the photos whose predicted age is at most 5 years from the real one.",
        )
        show_metric(
            "Bias",
            f"{signed(summary.bias)} years",
            interval(summary.bias_low, summary.bias_high, sign="+"),
            "Predicted minus real age, averaged over these photos: above 0 the model guesses too "
            "old, below 0 too young; the interval is a 95 % bootstrap interval.",
        )
        _show_coverage(chosen)
        show_metric(
            "Without a model",
            f"{baseline.mae:.2f} years",
            "always the same guess",
            "Average error on these photos of always guessing one age, the median of the training "
            "photos: what the model must beat to be worth anything.",
        )


def _show_coverage(chosen: pd.DataFrame) -> None:
    figures = interval_figures(chosen).get("90")
    if figures:
        show_metric(
            "Inside the range",
            percent(figures["coverage"]),
            "90 % promised",
            "Share of the photos whose real age lies within the range that the model gives; it is "
            "meant to be nine in ten.",
        )


def show_marks(summary: ErrorSummary, baseline: ErrorSummary, metrics: dict[str, Any]) -> None:
    """Show the error of the chosen photos beside the marks to beat and the constant guess."""
    marks, constant = metrics["marks"], metrics["baseline"]["constant_age"]
    others = {
        "Paper": marks["paper"],
        "Good": marks["good"],
        "Required": marks["required"],
        f"Always {constant:.0f}": baseline.mae,
    }
    show_chart(
        "Against the marks to beat",
        "Average error of this model, with its 95 % interval, beside three marks for all test "
        "photos and beside always guessing one age, the median of the training photos.",
        charts.error_against_marks(summary.mae, summary.mae_low, summary.mae_high, others),
        alt=f"This model is {summary.mae:.1f} years off on average; the marks are "
        + ", ".join(f"{name} {error:.1f}" for name, error in others.items()),
    )
    st.caption(
        "Paper: what the authors of the APPA-REAL data reached on their own photos. The figures "
        "of two sets of photos can only be compared roughly."
    )


def show_scores(chosen: pd.DataFrame, summary: ErrorSummary) -> None:
    """Show which share of the chosen photos is within so many years."""
    show_chart(
        "How many are how close",
        "Share of the photos with an error of at most so many years: the steeper the curve "
        "rises, the better; the dotted line stands at 5 years.",
        cumulative_scores(chosen),
        alt=f"Share of photos by largest error: {percent(summary.within_5)} are within 5 years",
    )


def constant_guess(chosen: pd.DataFrame, metrics: dict[str, Any]) -> ErrorSummary:
    """Summarise the errors of guessing the training photos' median age for every chosen photo."""
    return constant_baseline(chosen["real_age"], metrics["baseline"]["constant_age"])
