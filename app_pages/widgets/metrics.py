"""One metric or one chart under its title."""

from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

if TYPE_CHECKING:  # Plotly takes half a second to load, and metrics are drawn without it
    import plotly.graph_objects as go


def show_metric(label: str, value: str, note: str, help: str) -> None:
    """Show one metric with a grey note below it."""
    st.metric(
        label,
        value,
        note,
        delta_color="off",
        delta_arrow="off",
        help=help,
        border=True,
        height="stretch",
    )


def show_chart(title: str, help: str, figure: "go.Figure", alt: str) -> None:
    """Show one chart under its title, as one cell of a grid."""
    from app_pages.charts.base import CHART_CONFIG

    with st.container():
        st.header(title, help=help, anchor=False)
        st.plotly_chart(figure, config=CHART_CONFIG, alt=alt)


def two_columns() -> DeltaGenerator:
    """Return a grid of two charts a row; on a phone they lie below each other."""
    return st.grid(2, min_column_width=300, gap="medium")
