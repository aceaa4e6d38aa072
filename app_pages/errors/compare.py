"""The view of the Errors page that compares a training run with the shipped model."""

from pathlib import Path
from shlex import quote

import pandas as pd
import streamlit as st

from age_model.evaluation.metrics import PairedErrors, find_runs, paired_errors, read_run
from age_model.i18n.translate import number, tr
from app_pages.widgets.metrics import show_metric
from app_pages.widgets.numbers import in_years, interval, signed
from app_pages.widgets.words import plain


def show_comparison(chosen: pd.DataFrame, runs: Path) -> None:
    """Compare the errors of a run and the shipped model on the chosen photos that both have."""
    name = st.selectbox(
        tr("Run"), find_runs(runs), key="errors_run", persist_state="session", width=400
    )
    if name is None:
        return
    try:
        paired = paired_errors(chosen, read_run(runs, name))
    except (OSError, ValueError) as problem:
        st.error(
            tr("The predictions of this run cannot be read: {problem}.").format(
                problem=plain(tr(str(problem)))
            )
        )
        return
    if paired is None:
        _say_how_to_predict(name)
        return
    st.markdown(_verdict(paired))
    count = tr("n = {count}").format(count=number(paired.n))
    with st.grid(3, min_column_width=200):
        show_metric(
            tr("Shipped model"),
            in_years(paired.first),
            count,
            tr(
                "Mean absolute error of the shipped model on the chosen photos that both predicted."
            ),
        )
        show_metric(
            tr("This run"),
            in_years(paired.second),
            count,
            tr("Mean absolute error of the run on the same photos."),
        )
        show_metric(
            tr("Difference"),
            tr("{years} years").format(years=signed(paired.difference)),
            interval(paired.low, paired.high, sign="+"),
            tr(
                "Absolute error of the run minus that of the shipped model, photo by photo, "
                "averaged: below 0 the run is better; the interval is from 2,000 redraws of the "
                "photos in pairs."
            ),
        )


def _say_how_to_predict(run: str) -> None:
    st.info(tr("This run has no predictions for the chosen photos. To make them:"))
    folder = f"runs/{run}"
    st.code(
        "python -m age_model evaluate --split all --data-dir FOLDER "
        f"--model {quote(f'{folder}/model')} "
        f"--out {quote(f'{folder}/evaluation/predictions.csv')}",
        language="sh",
        wrap_lines=True,
    )


def _verdict(paired: PairedErrors) -> str:
    if paired.low <= 0 <= paired.high:
        return tr(
            "The interval of the difference contains 0: these photos do not show which is better."
        )
    if paired.high < 0:
        return tr("On these photos **the run** is better.")
    return tr("On these photos **the shipped model** is better.")
