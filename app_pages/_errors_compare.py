"""The view of the Test errors page that sets a training run beside the shipped model."""

from pathlib import Path

import pandas as pd
import streamlit as st

from age_model.compare import PairedErrors, find_runs, paired_errors, read_run
from app_pages._errors_parts import interval, show_metric, signed
from app_pages._words import plain


def show_comparison(chosen: pd.DataFrame, runs: Path) -> None:
    """Show the errors of a run beside the shipped model's, on the chosen photos that both have."""
    name = st.selectbox("Run", find_runs(runs), key="errors_run", persist_state="session")
    if name is None:
        return
    try:
        paired = paired_errors(chosen, read_run(runs, name))
    except (OSError, ValueError) as problem:
        st.error(f"The predictions of this run cannot be read: {plain(str(problem))}.")
        return
    if paired is None:
        st.info("This run has no predictions for the chosen photos.")
        return
    with st.grid(3, min_column_width=150):
        show_metric(
            "Shipped model",
            f"{paired.first:.2f} years",
            f"n = {paired.n:,}",
            "Mean absolute error of the shipped model on the chosen photos that both predicted.",
        )
        show_metric(
            "This run",
            f"{paired.second:.2f} years",
            f"n = {paired.n:,}",
            "Mean absolute error of the run on the same photos.",
        )
        show_metric(
            "Difference",
            f"{signed(paired.difference)} years",
            interval(paired.low, paired.high, sign="+"),
            "Absolute error of the run minus that of the shipped model, photo by photo, averaged: "
            "below 0 the run is better; the interval is from 2,000 redraws of the photos in pairs.",
        )
    st.markdown(_verdict(paired))


def _verdict(paired: PairedErrors) -> str:
    if paired.low <= 0 <= paired.high:
        return "The interval of the difference holds 0: these photos do not tell which is better."
    return f"On these photos **{'the run' if paired.high < 0 else 'the shipped model'}** is better."
