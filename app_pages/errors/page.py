from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from age_model.evaluation.metrics import find_runs
from age_model.i18n.message import mark
from age_model.i18n.translate import language, number, tr
from age_model.release import RUNS, Release, released, short
from app_pages.errors.address import VIEW, WENT_BACK, read_address, write_address
from app_pages.errors.age_gate import show_gate
from app_pages.errors.compare import show_comparison
from app_pages.errors.filters import narrow_to_area, show_area_chart, show_chosen, show_filters
from app_pages.errors.headline import constant_guess, show_headline, show_marks, show_scores
from app_pages.errors.opened_photo import show_opened
from app_pages.errors.sources import show_sources
from app_pages.errors.summaries import summarised
from app_pages.errors.views import show_ages, show_groups, show_ranges
from app_pages.errors.worst_photos import show_worst
from app_pages.widgets.missing import end_with_command, warn_of_other_results
from app_pages.widgets.numbers import interval
from app_pages.widgets.visitor import fragment
from app_pages.widgets.words import plain

COMMAND = """python -m age_model evaluate --data-dir DIR --model {model} \\
    --out {predictions} --json {metrics}"""
VIEWS: dict[str, tuple[str, Callable[[pd.DataFrame], None]]] = {
    "ages": (mark("By age"), show_ages),
    "ranges": (mark("Ranges"), show_ranges),
    "gate": (mark("Age gate"), show_gate),
    "groups": (mark("Groups"), show_groups),
    "worst": (mark("Worst errors"), show_worst),
}
COMPARISON = {"compare": (mark("Compare"), partial(show_comparison, runs=RUNS))}


def load_evaluation(release: Release) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the predictions table and the metrics; without them, show an error and stop."""
    try:
        return release.predictions(), release.metrics()
    except (OSError, ValueError):  # a missing file, a damaged one
        text = tr(
            "The test results in {folder} are missing or damaged. This command writes them, from "
            "a folder of labelled photos:"
        )
        command = COMMAND.format(
            model=short(release.model_dir),
            predictions=short(release.predictions_file),
            metrics=short(release.metrics_file),
        )
        end_with_command(text.format(folder=plain(short(release.evaluation_dir))), command)


def show_overview(filtered: pd.DataFrame, chosen: pd.DataFrame, metrics: dict[str, Any]) -> None:
    """Show the main metrics, the marks, and the chart in which an area can be selected."""
    summary = summarised(chosen["real_age"], chosen["predicted_age"])
    baseline = constant_guess(chosen, metrics)
    show_headline(chosen, summary, baseline)
    left, right = st.columns(2, gap="medium")
    with left:
        show_area_chart(filtered)
    with right:
        show_marks(summary, baseline, metrics)
        show_scores(chosen, summary)


@fragment
def show_views(chosen: pd.DataFrame) -> None:
    """Show the details in tabs; only the open one is computed, and nothing above it again."""
    if not chosen.empty:
        names = {tr(name): view for view, (name, _) in views.items()}
        key = f"errors_view_{language()}"
        opened = next(name for name, view in names.items() if view == opened_view())
        if st.session_state.pop(WENT_BACK, False):
            st.session_state[key] = opened
        tabs = st.tabs(
            list(names),
            default=opened,
            key=key,
            on_change=lambda: st.session_state.update({VIEW: names[st.session_state[key]]}),
        )
        for tab, view in zip(tabs, names.values(), strict=True):
            if tab.open:
                with tab:
                    views[view][1](chosen)
    keep_address = partial(write_address, predictions, views)
    keep_address()
    show_opened(chosen, predictions, metrics.get("train_ages"), keep_address)


def opened_view() -> str:
    """Return the open view; the first if that one no longer exists."""
    view = st.session_state.get(VIEW)
    return view if view in views else next(iter(views))


def show_notes(metrics: dict[str, Any]) -> None:
    """Show notes on all photos, whatever is chosen."""
    notes = [
        tr(
            "Of all photos, those in which no face was found: {count}; for these the whole "
            "picture is used as the face."
        ).format(count=number(metrics["photos_without_face"]))
    ]
    texts = {
        "coral_test": tr(
            "Average error on the {count} photos of ages 21 to 60 that papers report on: {years} "
            "years ({interval})."
        ),
        "coral_test_known": tr(
            "The same, given that the age is 21 to 60, as for the models of these papers: {years} "
            "years ({interval})."
        ),
    }
    notes += [
        text.format(
            count=number(metrics[name]["n"]),
            years=number(metrics[name]["mae"], ".2f"),
            interval=interval(metrics[name]["mae_low"], metrics[name]["mae_high"]),
        )
        for name, text in texts.items()
        if name in metrics
    ]
    st.caption("  \n".join(notes))


predictions, metrics = load_evaluation(released())
views = VIEWS | (COMPARISON if find_runs(RUNS) else {})
read_address(predictions, views)

st.title(tr("Errors"), anchor=False)
warn_of_other_results(released())
count = number(len(predictions))
st.markdown(
    tr(
        "How far the predicted ages were from the real ones on {count} photos held out for "
        "testing. Choose some of them to update everything below."
    ).format(count=count)
    if metrics["split"] == "test"
    else tr(
        "How far the predicted ages were from the real ones on {count} photos ({split}). Choose "
        "some of them to update everything below."
    ).format(count=count, split=metrics["split"])
)
filtered = show_filters(predictions)
chosen = narrow_to_area(filtered)
show_chosen(chosen, len(predictions))
if chosen.empty:
    st.info(tr("No photo is left: choose more ages or groups, or show all."))
else:
    show_overview(filtered, chosen, metrics)
show_views(chosen)
show_notes(metrics)
show_sources(released())
