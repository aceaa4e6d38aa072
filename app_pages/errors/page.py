from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from age_model.release import Release
from app_pages.errors.address import VIEW, WENT_BACK, read_address, write_address
from app_pages.errors.age_gate import show_gate
from app_pages.errors.compare import others_of, show_comparison
from app_pages.errors.filters import filtered_photos, narrow_to_area, show_chosen, show_filters
from app_pages.errors.heat_map import show_heat_map
from app_pages.errors.opened_photo import show_opened
from app_pages.errors.overview import show_notes, show_overview
from app_pages.errors.table import Evaluated, as_measured, complete, load_evaluation
from app_pages.errors.views import show_ages, show_groups, show_ranges
from app_pages.errors.worst_photos import show_worst
from app_pages.streamlit_fixes.document import STAYS
from app_pages.widgets.downloads import show_csv_download
from app_pages.widgets.missing import warn_of_other_results
from app_pages.widgets.model_choice import show_title
from app_pages.widgets.tabs import show_open, tabs_in_language

View = Callable[[], pd.DataFrame | None]  # shows it, returns its figures
VIEWS = {
    "overview": mark("Overview"),
    "ages": mark("By age"),
    "map": mark("Heat map"),
    "ranges": mark("Ranges"),
    "gate": mark("Age gate"),
    "groups": mark("Groups"),
    "worst": mark("Worst errors"),
}
COMPARISON = {"compare": mark("Compare")}


def drawn(chosen: pd.DataFrame, evaluated: Evaluated, release: Release) -> dict[str, View]:
    """Return what draws each view."""
    filtered = complete(filtered_photos(evaluated.photos))
    of_all_sources = filtered_photos(evaluated.photos, ignore=("source",))
    return {
        "overview": partial(show_overview, chosen, filtered, dict(evaluated.metrics)),
        "ages": partial(show_ages, chosen),
        "map": partial(show_heat_map, chosen, of_all_sources),
        "ranges": partial(show_ranges, chosen),
        "gate": partial(show_gate, chosen),
        "groups": partial(show_groups, chosen),
        "worst": partial(show_worst, chosen),
        "compare": partial(show_comparison, chosen, release),
    }


def opened_view() -> str:
    """Return the open view; the first if that one no longer exists."""
    view = st.session_state.get(VIEW)
    return view if view in views else next(iter(views))


def show_views(draw: dict[str, View]) -> pd.DataFrame | None:
    """Show the views in tabs; only the open one is computed.

    Returns:
        The figures of the open one, if they are a table.
    """
    tabs = tabs_in_language(
        views,
        "errors_view",
        opened_view(),
        lambda view: st.session_state.update({VIEW: view}),
        follow=st.session_state.pop(WENT_BACK, False),
    )
    return show_open(tabs, (draw[view] for view in views))


def say_which_photos(evaluated: Evaluated) -> None:
    """Say so where the photos are not those held out for testing."""
    split = evaluated.metrics["split"]
    if split != "test":
        text = tr("Measured on {n} photos ({split}).")
        st.markdown(text.format(n=number(len(evaluated.test)), split=split))


release = show_title(
    tr("Errors"),
    help=tr(
        "How far the predicted ages were from the real ones, on photos held out for testing. "
        "Choose some of them to update everything below."
    ),
)
evaluated = load_evaluation(release)
views = VIEWS | (COMPARISON if others_of(release) else {})
read_address(evaluated.photos, views)
keep_address = partial(write_address, evaluated.photos, views)

warn_of_other_results(release)
say_which_photos(evaluated)
with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=STAYS):
    show_filters(evaluated.photos)
    keep_address()  # before the link to what is chosen is shown
    chosen = complete(narrow_to_area(filtered_photos(evaluated.photos)))
    show_chosen(chosen, evaluated.photos)
figures = None
if chosen.empty:
    st.info(tr("No photo is left: choose more ages or groups, or show all."))
else:
    figures = show_views(drawn(chosen, evaluated, release))
keep_address()
show_opened(chosen, evaluated.photos, evaluated.metrics.get("train_ages"), keep_address)
with st.container(horizontal=True):
    if figures is not None:
        show_csv_download(figures, f"errors-{opened_view()}.csv", tr("Download these figures"))
    show_csv_download(as_measured(chosen), "test-errors.csv", tr("Download all photos' ages"))
    show_notes(dict(evaluated.metrics))
