"""The views of the Test errors page in its tabs but for the photos, each of the chosen photos."""

from typing import Literal

import pandas as pd
import streamlit as st

from age_model import charts, charts_errors
from age_model.gate import CHALLENGE_AGE, CHALLENGE_AGES, gate_figures
from age_model.groups import group_figures
from age_model.metrics import by_band
from age_model.uncertainty import interval_figures, risk_coverage
from app_pages._errors_parts import in_words, percent, share_interval, show_chart

Grouping = Literal["real_age", "predicted_age"]
GROUPINGS: dict[Grouping, str] = {"real_age": "Real age", "predicted_age": "Predicted age"}

GROUP_ERRORS = {
    "mae": ("Average error", "Mean absolute error in years."),
    "mae_low": ("From", "Lower end of its 95 % bootstrap interval."),
    "mae_high": ("To", "Upper end of its 95 % bootstrap interval."),
    "bias": ("Bias", "Predicted minus real age in years, averaged: above 0 is too old."),
    "mae_same_ages": (
        "At equal ages",
        "The average error if the group's ages were spread as those of all these photos.",
    ),
}


def show_ages(chosen: pd.DataFrame) -> None:
    """Show error and bias by age band, where each band is put, and how the errors spread."""
    grouping = st.segmented_control(
        "Group the photos by",
        list(GROUPINGS),
        format_func=GROUPINGS.__getitem__,
        default="real_age",
        required=True,
        key="errors_grouping",
        persist_state="session",
        help="By real age: how well the model does for people of that age. By predicted age: how "
        "far to trust it when it says that age.",
    )
    bands = by_band(chosen, by=grouping)
    left, right = st.columns(2, gap="medium")
    with left:
        show_chart(
            "Error by age band",
            "Average years between predicted and real age within each band; the bars are 95 % "
            "bootstrap intervals.",
            charts.error_by_band(bands),
            alt=f"Average error by age band: {in_words(bands, 'mae', '.1f')}",
        )
    with right:
        show_chart(
            "Bias by age band",
            "Average of predicted minus real age within each band: above the line too old, below "
            "it too young; the bars are 95 % bootstrap intervals.",
            charts.bias_by_band(bands),
            alt=f"Average signed error by age band: {in_words(bands, 'bias', '+.1f')}",
        )
    left, right = st.columns(2, gap="medium")
    with left:
        show_chart(
            "Which band is taken for which",
            "Of the photos in each band of real age, the share that the model puts into each "
            "band; each row adds up to 100 %.",
            charts_errors.band_confusion(chosen),
            alt="Shares of the predicted age bands by real age band, highest where both are equal",
        )
    with right:
        show_chart(
            "How large the errors are",
            "Share of the photos by predicted minus real age, rounded to whole years.",
            charts.error_histogram(chosen),
            alt="Share of photos by error in years",
        )


def show_ranges(chosen: pd.DataFrame) -> None:
    """Show whether the ranges hold what they promise, and what it is worth to drop the unsure."""
    levels = interval_figures(chosen)
    if not levels:
        st.info("The table of test results has no ranges (columns age_low and age_high).")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        show_chart(
            "How often the range holds",
            "Share of the photos whose real age lies inside the model's range, by band of "
            "predicted age; it should lie on the dotted line of its level, and the bars are 95 % "
            "Wilson intervals.",
            charts_errors.interval_coverage(levels),
            alt="; ".join(
                f"{percent(figures['coverage'])} of the real ages are inside the {level} % range"
                for level, figures in levels.items()
            ),
        )
        for level, figures in levels.items():
            st.caption(
                f"The {level} % range holds {percent(figures['coverage'], 1)} of the real ages "
                f"({share_interval(figures, 'coverage')}) and is {figures['mean_width']:.1f} years "
                f"wide on average; one as wide for everybody would have to be "
                f"{figures['constant_width']:.1f} years wide."
            )
    with right:
        _show_surest(chosen)


def _show_surest(chosen: pd.DataFrame) -> None:
    if not {"age_low", "age_high"} <= set(chosen):
        return
    figures = risk_coverage(chosen)
    by_share = {step["kept"]: step["mae"] for step in figures["steps"]}
    words = (
        f"All photos: {by_share[1.0]:.2f} years off on average; the surest 80 %: "
        f"{by_share[0.8]:.2f}; the surest half: {by_share[0.5]:.2f}."
    )
    show_chart(
        "What doubt is worth",
        "Average error of the photos that are left when those with the widest ranges are "
        "dropped: it falls if the model knows when it is unsure.",
        charts_errors.error_of_the_surest(figures),
        alt=words,
    )
    st.caption(words)


def show_gate(chosen: pd.DataFrame) -> None:
    """Show who would pass and who would be asked for an ID at a challenge age."""
    figures = gate_figures(chosen, {})
    age = st.slider(
        "Challenge age, years",
        CHALLENGE_AGES[0],
        CHALLENGE_AGES[-1],
        CHALLENGE_AGE,
        key="errors_challenge_age",
        persist_state="session",
        width=480,
        help="Everybody whose predicted age is below it is asked for an ID.",
    )
    row = next(row for row in figures["challenge_ages"] if row["age"] == age)
    minor, adult = figures["legal_age"], figures["clearly_adult"]
    if not row["n_minors"] and not row["n_adults"]:
        st.info(f"None of these photos is of somebody under {minor} or of {adult} and older.")
        return
    passes, challenges = (
        f"**{percent(row[name], 1)}** of the {row[n]:,} people {who} ({share_interval(row, name)})"
        if row[n]
        else f"of people {who} there is no photo"
        for name, n, who in (
            ("false_pass", "n_minors", f"under {minor}"),
            ("false_challenge", "n_adults", f"of {adult} and older"),
        )
    )
    st.markdown(
        f"If everybody who looks younger than {age} is asked for an ID:\n"
        f"- passing unasked though under age: {passes}\n"
        f"- asked though clearly adult: {challenges}"
    )
    show_chart(
        "False passes and false challenges",
        f"A false pass is somebody under {minor} whose predicted age is not below the challenge "
        f"age, a false challenge somebody of {adult} or older whose predicted age is; those in "
        "between count for neither, and the bars are 95 % Wilson intervals.",
        charts_errors.gate_errors(figures, age),
        alt=f"Shares by challenge age; at {age}: {passes}; {challenges}".replace("*", ""),
    )


def show_groups(chosen: pd.DataFrame) -> None:
    """Show the errors by gender, ethnicity, both, and colour of the photo."""
    groups = pd.DataFrame(group_figures(chosen))
    if groups.empty:
        st.info("The table of test results has no columns for gender, ethnicity or colour.")
        return
    st.dataframe(
        groups,
        hide_index=True,
        height="content",
        alt="Errors of each group",
        column_order=["group", "n", *GROUP_ERRORS, "same_ages_ratio"],
        column_config={
            "group": "Group",
            "n": st.column_config.NumberColumn("Photos", format="localized"),
            **{
                column: st.column_config.NumberColumn(label, format="%.2f", help=help)
                for column, (label, help) in GROUP_ERRORS.items()
            },
            "same_ages_ratio": st.column_config.NumberColumn(
                "Against all",
                format="%.2f",
                help="That error divided by the one of all these photos in the same age bands: "
                "above 1 the model is worse for this group.",
            ),
        },
    )
    st.caption(
        "Older people are harder to tell the age of, and groups differ in age: compare them “at "
        "equal ages”. Figures of few photos are unsure; see how far “From” and “To” are apart."
    )
