import json
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from age_model import charts
from age_model.metrics import by_band

EVALUATION_DIR = Path(__file__).parents[1] / "assets" / "evaluation"
COMMAND = """python -m age_model evaluate --data-dir DIR \\
    --out assets/evaluation/predictions.csv --json assets/evaluation/metrics.json"""
CHART_CONFIG = {"displayModeBar": False}
Grouping = Literal["real_age", "predicted_age"]
GROUPINGS: dict[Grouping, str] = {"real_age": "Real age", "predicted_age": "Predicted age"}


def load_evaluation(folder: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the predictions table and the metrics; where there are none, say so and end."""
    try:
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        return pd.read_csv(folder / "predictions.csv"), metrics
    except (OSError, ValueError):  # a missing file, a damaged one
        st.error(
            "The test results in assets/evaluation are missing or damaged. This command writes "
            "them, from a folder of labelled photos:"
        )
        st.code(COMMAND, language="bash")
        st.stop()


def show_headline(metrics: dict[str, Any]) -> None:
    """Show the main figures, each with its interval or with what it counts."""
    overall = metrics["overall"]
    n, within = overall["n"], overall["within_5"]
    with st.grid(5, min_column_width=150):
        show_metric(
            "Average error",
            f"{overall['mae']:.2f} years",
            interval(overall["mae_low"], overall["mae_high"]),
            "Mean absolute error: the years between predicted and real age, averaged over all "
            "photos; the interval is where it would fall in 95 of 100 redrawn test sets.",
        )
        show_metric(
            "Median error",
            f"{overall['median_error']:.2f} years",
            "half are closer",
            "The middle one of all errors in order of size: half of the photos are closer to the "
            "real age, half are further away.",
        )
        show_metric(
            "Within 5 years",
            percent(within),
            f"{round(within * n):,} of {n:,} photos",
            "Share of the photos whose predicted age is at most 5 years from the real one.",
        )
        show_metric(
            "Bias",
            f"{overall['bias']:+.2f} years".replace("-", "−"),
            interval(overall["bias_low"], overall["bias_high"], sign="+"),
            "Predicted minus real age, averaged over all photos: above 0 the model guesses too "
            "old, below 0 too young; the interval is a 95 % bootstrap interval.",
        )
        show_metric(
            "Inside the range",
            percent(metrics["interval_90_coverage"]),
            "90 % promised",
            "Share of the photos whose real age lies within the range that the model gives; it "
            "is meant to be nine in ten.",
        )


def show_notes(metrics: dict[str, Any]) -> None:
    """Show what the headline leaves out."""
    notes = [
        f"Photos in which no face was found: {metrics['photos_without_face']:,}; for these the "
        "whole picture is used as the face."
    ]
    if "coral_test" in metrics:
        coral = metrics["coral_test"]
        notes.append(
            f"Average error on the {coral['n']:,} photos of ages 21 to 60 that papers report on: "
            f"{coral['mae']:.2f} years ({interval(coral['mae_low'], coral['mae_high'])})."
        )
    st.caption("  \n".join(notes))


def show_metric(label: str, value: str, note: str, help: str) -> None:
    """Show one figure with a grey note below it."""
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


def percent(share: float) -> str:
    """Return a share from 0 to 1 in whole per cent."""
    return f"{share * 100:.0f} %"


def interval(low: float, high: float, sign: str = "") -> str:
    """Return a 95 % interval in years as text; `sign` is "+" for signed figures."""
    return f"95 %: {low:{sign}.2f} to {high:{sign}.2f}".replace("-", "−")


def show_chart(title: str, help: str, figure: go.Figure, alt: str) -> None:
    """Show one chart under its title."""
    st.header(title, help=help, anchor=False)
    st.plotly_chart(figure, config=CHART_CONFIG, alt=alt)


def show_marks(metrics: dict[str, Any]) -> None:
    """Show the model's error beside the marks to beat and the constant guess."""
    overall, marks, baseline = metrics["overall"], metrics["marks"], metrics["baseline"]
    others = {
        "Paper": marks["paper"],
        "Good": marks["good"],
        "Required": marks["required"],
        f"Always {baseline['constant_age']:.0f}": baseline["mae"],
    }
    show_chart(
        "Against the marks to beat",
        "Average error of this model, with its 95 % interval, beside three marks and beside "
        "always guessing one age, the median of the training photos.",
        charts.error_against_marks(overall["mae"], overall["mae_low"], overall["mae_high"], others),
        alt=f"This model is {overall['mae']:.1f} years off on average; the marks are "
        + ", ".join(f"{name} {error:.1f}" for name, error in others.items()),
    )
    st.caption(
        "Paper: what the authors of the APPA-REAL data reached on their own photos. The figures "
        "of two sets of photos can only be compared roughly."
    )


def show_photo_charts(predictions: pd.DataFrame) -> None:
    """Show the charts with one mark or count for each photo."""
    left, right = st.columns(2, gap="medium")
    with left:
        show_chart(
            "Predicted against real age",
            "Each cell counts the photos of that real and predicted age; on the dotted line both "
            "are equal, above it the model guesses too old.",
            charts.predicted_against_real(predictions),
            alt="Photos by real and predicted age, gathered along the line where both are equal",
        )
    with right:
        show_chart(
            "How large the errors are",
            "Share of the photos by predicted minus real age, rounded to whole years.",
            charts.error_histogram(predictions),
            alt="Share of photos by error in years, highest near zero",
        )


def show_band_charts(predictions: pd.DataFrame) -> None:
    """Show error and bias by age band."""
    grouping = st.segmented_control(
        "Group the photos by",
        list(GROUPINGS),
        format_func=GROUPINGS.__getitem__,
        default="real_age",
        required=True,
        help="By real age: how well the model does for people of that age. By predicted age: how "
        "far to trust it when it says that age.",
    )
    bands = by_band(predictions, by=grouping)
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


def in_words(bands: pd.DataFrame, column: str, form: str) -> str:
    """Return each band with its value, as a sentence for screen readers."""
    return ", ".join(
        f"{band} {value:{form}}" for band, value in zip(bands["band"], bands[column], strict=True)
    )


predictions, metrics = load_evaluation(EVALUATION_DIR)

st.title("Test errors", anchor=False)
st.markdown(
    f"How far the predicted ages were from the real ones on {metrics['overall']['n']:,} photos "
    + ("kept apart for testing." if metrics["split"] == "test" else f"({metrics['split']}).")
)
show_headline(metrics)
show_notes(metrics)
show_marks(metrics)
show_photo_charts(predictions)
show_band_charts(predictions)
