import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from age_model.compare import find_runs
from age_model.metrics import summarise
from app_pages._errors_compare import show_comparison
from app_pages._errors_filters import narrow_to_area, show_area_chart, show_chosen, show_filters
from app_pages._errors_headline import constant_guess, show_headline, show_marks, show_scores
from app_pages._errors_parts import interval
from app_pages._errors_photos import show_worst
from app_pages._errors_views import show_ages, show_gate, show_groups, show_ranges

EVALUATION_DIR = Path(__file__).parents[1] / "assets" / "evaluation"
RUNS_DIR = Path(__file__).parents[1] / "runs"
COMMAND = """python -m age_model evaluate --data-dir DIR \\
    --out assets/evaluation/predictions.csv --json assets/evaluation/metrics.json"""
VIEWS: dict[str, Callable[[pd.DataFrame], None]] = {
    "By age": show_ages,
    "Ranges": show_ranges,
    "Age gate": show_gate,
    "Groups": show_groups,
    "Worst errors": show_worst,
}


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


def show_overview(filtered: pd.DataFrame, chosen: pd.DataFrame, metrics: dict[str, Any]) -> None:
    """Show the main figures, the marks, and the chart in which an area can be selected."""
    summary = summarise(chosen["real_age"], chosen["predicted_age"])
    baseline = constant_guess(chosen, metrics)
    show_headline(chosen, summary, baseline)
    left, right = st.columns(2, gap="medium")
    with left:
        show_area_chart(filtered)
    with right:
        show_marks(summary, baseline, metrics)
        show_scores(chosen, summary)


@st.fragment
def show_views(chosen: pd.DataFrame) -> None:
    """Show the details in tabs; only the open one is computed, and nothing above it again."""
    views = dict(VIEWS)
    if find_runs(RUNS_DIR):
        views["Compare"] = partial(show_comparison, runs=RUNS_DIR)
    tabs = st.tabs(list(views), key="errors_view", on_change="rerun")
    for tab, show in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                show(chosen)


def show_notes(metrics: dict[str, Any]) -> None:
    """Show what the figures leave out, of all photos whatever is chosen."""
    notes = [
        f"Of all photos, those in which no face was found: {metrics['photos_without_face']:,}; for "
        "these the whole picture is used as the face."
    ]
    if "coral_test" in metrics:
        coral = metrics["coral_test"]
        notes.append(
            f"Average error on the {coral['n']:,} photos of ages 21 to 60 that papers report on: "
            f"{coral['mae']:.2f} years ({interval(coral['mae_low'], coral['mae_high'])})."
        )
    st.caption("  \n".join(notes))


predictions, metrics = load_evaluation(EVALUATION_DIR)

st.title("Test errors", anchor=False)
st.markdown(
    f"How far the predicted ages were from the real ones on {len(predictions):,} photos "
    + ("kept apart for testing." if metrics["split"] == "test" else f"({metrics['split']}).")
    + " Choose some of them, and everything below follows."
)
filtered = show_filters(predictions)
chosen = narrow_to_area(filtered)
show_chosen(chosen, len(predictions))
if chosen.empty:
    st.info("No photo is left: choose more ages or groups, or show all.")
else:
    show_overview(filtered, chosen, metrics)
    show_views(chosen)
show_notes(metrics)
