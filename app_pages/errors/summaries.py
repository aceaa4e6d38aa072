"""Errors of chosen photos with their intervals, kept, since most visitors look at all photos."""

from typing import Literal

import pandas as pd
import streamlit as st

from age_model.evaluation.metrics import ErrorSummary, by_band, constant_baseline, summarise

Grouping = Literal["real_age", "predicted_age"]
KEPT = 50  # choices of photos


@st.cache_data(max_entries=KEPT, show_spinner=False)
def summarised(real: pd.Series, predicted: pd.Series) -> ErrorSummary:
    """See `summarise`."""
    return summarise(real, predicted)


@st.cache_data(max_entries=KEPT, show_spinner=False)
def guessed_constantly(real: pd.Series, constant: float) -> ErrorSummary:
    """See `constant_baseline`."""
    return constant_baseline(real, constant)


@st.cache_data(max_entries=KEPT, show_spinner=False)
def band_errors(real: pd.Series, predicted: pd.Series, by: Grouping) -> pd.DataFrame:
    """See `by_band`."""
    return by_band(pd.DataFrame({"real_age": real, "predicted_age": predicted}), by)
