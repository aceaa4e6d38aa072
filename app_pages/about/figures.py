"""The three figures that tell how good a model is, and which marks it meets."""

from collections.abc import Iterator
from typing import Any

import streamlit as st

from age_model.ages import RANGE_LEVEL, level_name
from age_model.evaluation.metrics import CLOSE, wilson
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from app_pages.widgets.metrics import show_metric
from app_pages.widgets.numbers import in_years, interval, percent, share_interval

MARKS = {  # each with its highest average error
    "required": mark("Required, at most {years} years"),
    "good": mark("Good, at most {years} years"),
    "paper": mark(
        "As good as the authors of the APPA-REAL photos on their own, {years} years (other photos: "
        "a rough comparison)"
    ),
}


def show_figures(metrics: dict[str, Any]) -> None:
    """Show average error, share of close ages and of ages inside the range, with n and interval."""
    overall = metrics["overall"]
    n = number(overall["n"])
    st.markdown(
        tr("Measured on {n} photos that the model did not learn from.").format(n=n)
        if metrics["split"] == "test"
        else tr("Measured on {n} photos ({split}).").format(n=n, split=metrics["split"])
    )
    close = dict(zip(("close_low", "close_high"), _close_interval(overall), strict=True))
    with st.grid(3, min_column_width=200):
        show_metric(
            tr("Average error"),
            in_years(overall["mae"]),
            _with_n(interval(overall["mae_low"], overall["mae_high"]), n),
            tr(
                "Mean absolute error: the years between predicted and real age, averaged over "
                "the photos; with a 95% bootstrap interval."
            ),
        )
        show_metric(
            tr("Within {years} years").format(years=CLOSE),
            percent(overall["within_5"]),
            _with_n(share_interval(close, "close"), n),
            tr(
                "Share of the photos whose predicted age is at most 5 years from the real one; the "
                "interval is a 95% Wilson interval."
            ),
        )
        _show_range(metrics, n)


def _show_range(metrics: dict[str, Any], n: str) -> None:
    ranges = metrics["intervals"].get(level_name(RANGE_LEVEL))
    if ranges:
        show_metric(
            tr("Inside the range"),
            percent(ranges["coverage"]),
            _with_n(share_interval(ranges, "coverage"), n),
            tr(
                "Share of the photos whose real age lies within the range that the model gives; "
                "it is meant to be 90%. The interval is a 95% Wilson interval."
            ),
        )


def _close_interval(overall: dict[str, Any]) -> tuple[float, float]:
    return wilson(round(overall["within_5"] * overall["n"]), overall["n"])


def _with_n(interval: str, n: str) -> str:
    return tr("{interval}; n = {n}").format(interval=interval, n=n)


def show_marks(metrics: dict[str, Any]) -> None:
    """Show which marks the average error meets; for a model that loses to a guess, that alone."""
    overall, guess = metrics["overall"], metrics["baseline"]
    values = {
        "age": number(guess["constant_age"], "g"),
        "guess": number(guess["mae"], ".1f"),
        "error": number(overall["mae"], ".1f"),
    }
    if overall["mae"] >= guess["mae"]:
        st.warning(
            tr(
                "This model is no better than always guessing {age}, which is {guess} years off "
                "on average; the model is {error} years off. It meets no mark by that."
            ).format(**values),
            icon=":material/warning:",
        )
        return
    st.markdown("  \n".join(_marks(metrics["marks"], overall["mae"])))
    st.caption(
        tr("For comparison: always guessing {age} is {guess} years off on average.").format(
            **values
        )
    )


def _marks(marks: dict[str, float], error: float) -> Iterator[str]:
    for name, years in marks.items():
        met = error <= years
        words = tr(MARKS[name]).format(years=number(years, ".1f"))
        yield (
            f":material/check_circle: {words}: **{tr('met')}**"
            if met
            else f":material/cancel: {words}: **{tr('missed')}**"
        )
