"""Views of the Errors page in its tabs: by age, ranges and groups of the chosen photos."""

import pandas as pd
import streamlit as st

from age_model.evaluation.groups import group_metrics
from age_model.evaluation.uncertainty import interval_metrics, risk_coverage
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.reports.wording import group_title
from app_pages.charts import errors
from app_pages.errors.address import GROUPING
from app_pages.errors.summaries import Grouping, band_errors
from app_pages.widgets.metrics import show_chart, two_columns
from app_pages.widgets.numbers import in_words, percent, share_interval, written

_TABLE_HEIGHT = 460  # pixels: the view fits on one screen

GROUPINGS: dict[Grouping, str] = {
    "real_age": mark("By real age"),
    "predicted_age": mark("By predicted age"),
}

GROUP_ERRORS = {
    "mae": (mark("Average error"), mark("Mean absolute error in years.")),
    "mae_low": (mark("From"), mark("Lower end of its 95% bootstrap interval.")),
    "mae_high": (mark("To"), mark("Upper end of its 95% bootstrap interval.")),
    "bias": (
        mark("Too old (+), too young (−)"),
        mark("The bias: predicted minus real age in years, averaged: above 0 is too old."),
    ),
    "mae_same_ages": (
        mark("At equal ages"),
        mark("The average error if the group had the age distribution of all these photos."),
    ),
    "same_ages_ratio": (
        mark("Against all"),
        mark(
            "That error divided by the one of all these photos in the same age bands: above 1 the "
            "model is worse for this group."
        ),
    ),
}


def show_ages(chosen: pd.DataFrame) -> pd.DataFrame:
    """Show error and bias by age band; in a second tab where photos are put, and how far off.

    Returns:
        The errors by age band.
    """
    by_band, spread = st.tabs([tr("How far off"), tr("Where photos are put")])
    with by_band:
        bands = _show_bands(chosen)
    with spread:
        _show_spread(chosen)
    return bands


def _show_bands(chosen: pd.DataFrame) -> pd.DataFrame:
    st.session_state.setdefault(GROUPING, "real_age")
    st.segmented_control(
        tr("Group the photos by"),
        list(GROUPINGS),
        format_func=lambda grouping: tr(GROUPINGS[grouping]),
        required=True,
        key=GROUPING,
        persist_state="session",
        label_visibility="collapsed",
        help=tr(
            "By real age: how good the model is for people of that age. By predicted age: how far "
            "to trust it when it predicts that age."
        ),
    )
    bands = band_errors(chosen["real_age"], chosen["predicted_age"], st.session_state[GROUPING])
    with two_columns():
        show_chart(
            tr("Error by age band"),
            tr(
                "Average years between predicted and real age within each band; the bars are 95% "
                "bootstrap intervals."
            ),
            errors.error_by_band(bands),
            alt=tr("Average error by age band: {bands}").format(
                bands=in_words(bands, "mae", ".1f")
            ),
        )
        show_chart(
            tr("Too old or too young, by age"),
            tr(
                "The bias: average of predicted minus real age within each band. Above the line is "
                "too old, below it too young; the bars are 95% bootstrap intervals."
            ),
            errors.bias_by_band(bands),
            alt=tr("Average signed error by age band: {bands}").format(
                bands=in_words(bands, "bias", "+.1f")
            ),
        )
    return bands


def _show_spread(chosen: pd.DataFrame) -> None:
    with two_columns():
        show_chart(
            tr("Into which age band photos are put"),
            tr(
                "The confusion matrix: of the photos in each band of real age, the share that the "
                "model puts into each band; each row adds up to 100%."
            ),
            errors.band_confusion(chosen),
            alt=tr(
                "Shares of the predicted age bands by real age band, highest where both are equal"
            ),
        )
        show_chart(
            tr("How large the errors are"),
            tr("Share of the photos by predicted minus real age, rounded to whole years."),
            errors.error_histogram(chosen),
            alt=tr("Share of photos by error in years"),
        )


def show_ranges(chosen: pd.DataFrame) -> pd.DataFrame | None:
    """Show the coverage of the ranges, and the error without the least certain photos.

    Returns:
        The coverage by age band; None without ranges.
    """
    levels = interval_metrics(chosen)
    if not levels:
        st.info(tr("The table of test results has no ranges (columns age_low and age_high)."))
        return None
    with two_columns():
        show_chart(
            tr("Coverage of the range"),
            tr(
                "Share of the photos whose real age lies inside the model's range, by band of "
                "predicted age; it should lie on the dotted line of its level, and the bars are "
                "95% Wilson intervals."
            ),
            errors.interval_coverage(levels),
            alt="; ".join(
                tr("{share} of the real ages are inside the {level}% range").format(
                    share=percent(metrics["coverage"]), level=level
                )
                for level, metrics in levels.items()
            ),
        )
        _show_surest(chosen)
    for level, metrics in levels.items():
        st.caption(
            tr(
                "The {level}% range covers {share} of the real ages ({interval}) and is {width} "
                "years wide on average; one of the same width for everybody would have to be "
                "{constant} years wide."
            ).format(
                level=level,
                share=percent(metrics["coverage"], 1),
                interval=share_interval(metrics, "coverage"),
                width=number(metrics["mean_width"], ".1f"),
                constant=number(metrics["constant_width"], ".1f"),
            )
        )
    by_band = [{"level": level, **row} for level, at in levels.items() for row in at["bands"]]
    return pd.DataFrame(by_band)


def _show_surest(chosen: pd.DataFrame) -> None:
    if not {"age_low", "age_high"} <= set(chosen):
        return
    metrics = risk_coverage(chosen)
    by_share = {step["kept"]: step["mae"] for step in metrics["steps"]}
    words = tr(
        "All photos: {all} years off on average; the surest 80%: {most}; the surest half: {half}."
    ).format(
        **{
            name: number(by_share[share], ".2f")
            for name, share in (("all", 1.0), ("most", 0.8), ("half", 0.5))
        }
    )
    with st.container():
        show_chart(
            tr("Error without uncertain photos"),
            tr(
                "Average error of the photos that are left when those with the widest ranges are "
                "dropped: it falls if the model knows when it is uncertain."
            ),
            errors.error_of_the_surest(metrics),
            alt=words,
        )
        st.caption(words)


def show_groups(chosen: pd.DataFrame) -> pd.DataFrame | None:
    """Show the errors by gender, ethnicity, both, and colour of the photo.

    Returns:
        The table; None without groups.
    """
    groups = pd.DataFrame(group_metrics(chosen))
    if groups.empty:
        st.info(tr("The table of test results has no columns for gender, ethnicity or colour."))
        return None
    forms = {column: "+.2f" if column == "bias" else ".2f" for column in GROUP_ERRORS} | {"n": ","}
    st.dataframe(
        written(groups.assign(group=groups["group"].map(group_title)), forms),
        hide_index=True,
        height=_TABLE_HEIGHT,
        alt=tr("Errors of each group"),
        column_order=["group", "n", *GROUP_ERRORS],
        column_config={
            "group": tr("Group"),
            "n": st.column_config.NumberColumn(tr("Photos")),
            **{
                column: st.column_config.NumberColumn(tr(label), help=tr(help))
                for column, (label, help) in GROUP_ERRORS.items()
            },
        },
    )
    st.caption(
        tr(
            "The ages of older people are harder to estimate, and groups differ in age: compare "
            "them “at equal ages”. Numbers from few photos are uncertain; see how far “From” and "
            "“To” are apart. The ethnic labels are the data set's, given by others than the people "
            "themselves."
        )
    )
    return groups
