from typing import Any

import streamlit as st

from age_model.i18n.translate import tr
from age_model.release import Release, short
from app_pages.about.figures import show_figures, show_marks
from app_pages.about.sources import Sources, read_sources, show_other_sources
from app_pages.widgets.commands import measure_command
from app_pages.widgets.missing import end_with_command, warn_of_other_results
from app_pages.widgets.model_choice import show_title
from app_pages.widgets.words import plain


def read_metrics(release: Release) -> dict[str, Any]:
    """Return the metrics of the model; without them, show its card or the command, and stop."""
    try:
        return release.metrics()
    except (OSError, ValueError):  # a missing file, a damaged one
        if release.text_file.exists():  # in English, with what was measured when it was written
            st.markdown(release.text_file.read_text(encoding="utf-8"))
            st.stop()
    text = tr("This model was not measured on test photos, or {folder} is damaged. To measure it:")
    end_with_command(
        text.format(folder=plain(short(release.evaluation_dir))),
        measure_command(release),
    )


def show_below(release: Release, sources: Sources) -> None:
    """Show the charts and the card, below the figures that are on the screen before them."""
    from app_pages.about.card import show_card
    from app_pages.about.charts import show_charts

    show_charts(release, sources)
    show_card(release)


release = show_title(tr("How good"))
warn_of_other_results(release)
metrics = read_metrics(release)
show_figures(metrics)
show_marks(metrics)
sources = read_sources(release)
show_other_sources(sources)
show_below(release, sources)
