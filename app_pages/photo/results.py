"""The results of the photos given to the model, which are examined in short steps."""

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import pandas as pd
import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr, trn
from age_model.predict.results import with_faces
from age_model.vision.photos import PhotoError, open_photo
from app_pages.charts.ages import faces_by_band
from app_pages.charts.base import CHART_CONFIG
from app_pages.photo.batch_pictures import show_batch_picture_downloads
from app_pages.photo.cards import show_photo, show_picture_downloads, show_row
from app_pages.photo.compact_result import CompactResult, compact, for_screen
from app_pages.photo.summary import summarise_batch
from app_pages.widgets.downloads import all_results, show_downloads, show_table
from app_pages.widgets.settings import Settings
from app_pages.widgets.stepwise import do_some, progress_in_words, start_anew
from app_pages.widgets.uploads import Source
from app_pages.widgets.words import age_in_words, plain

if TYPE_CHECKING:
    from age_model.predict.predictor import Predictor
    from age_model.predict.results import PhotoResult

FAILED = mark("This photo could not be examined. Save it again, or use another one.")

WHOLE_PHOTOS = 3  # so many photos are shown with all their cards, more as short rows
ROWS_A_PAGE = 20

_LOG = logging.getLogger(__name__)

# In the session state, all of it of the open page only:
_RESULTS = "results"  # source key -> CompactResult
_VIEWS = "views"  # source key -> JPEG for the screen, of the photos that are shown whole
_OPENED = "opened"  # key of the row that is shown whole, if any
_STOPPED = "stopped"  # keys of the sources whose examination was stopped
_PACE = "pace"  # seconds and photos of the batch so far


def show_results(predictor: "Predictor", sources: Sequence[Source], settings: Settings) -> None:
    """Show the results so far and examine some more photos: the last call on a page.

    A photo is examined once: its result stays in this session for as long as it is among the
    `sources`, and nowhere else.
    """
    few = len(sources) <= WHOLE_PHOTOS
    known = _remembered(_RESULTS, _keys(sources))
    _remembered(_VIEWS, _keys(sources) if few else [st.session_state.get(_OPENED, "")])
    left = [source for source in sources if source.key not in known]
    stopped = bool(left) and st.session_state.get(_STOPPED) == _keys(sources)
    with st.container():  # always there: the results below keep their place, and are not redrawn
        if left:
            _show_progress(sources, len(left), stopped)
    if known:
        if few:
            _show_whole([source for source in sources if source.key in known], known, settings)
        else:
            _show_batch(sources, known, settings)
    if left and not stopped:
        _examine_some(predictor, left, known, keep_views=few)
    start_anew(_PACE)


def _keys(sources: Sequence[Source]) -> list[str]:
    return [source.key for source in sources]


def _remembered(name: str, keys: Sequence[str]) -> dict[str, Any]:
    """Return a dictionary of the session state, without the keys that are no longer there."""
    old = st.session_state.get(name, {})
    kept = {key: old[key] for key in keys if key in old}
    st.session_state[name] = kept
    return kept


# ---- Work


def _examine_some(
    predictor: "Predictor",
    left: Sequence[Source],
    known: dict[str, CompactResult],
    keep_views: bool,
) -> NoReturn:
    views = st.session_state[_VIEWS]

    def examine(source: Source) -> None:
        result = _examine(predictor, source)
        known[source.key] = compact(result)
        if keep_views and result.image is not None:
            views[source.key] = for_screen(result.image)

    do_some(left, examine, _PACE)


def _examine(predictor: "Predictor", source: Source) -> "PhotoResult":
    """Return the result of a photo, or the sentence on why there is none; never raises.

    An error would end the page's run before the other photos, and again in each run after it.
    """
    from age_model.predict.results import PhotoResult  # takes seconds: the page is drawn before it

    try:
        return predictor.predict(source.name, source.read())
    except PhotoError as error:
        return PhotoResult(source.name, None, (), str(error))
    except Exception:
        _LOG.exception("A photo could not be examined")  # photos' names stay out of the log
        return PhotoResult(source.name, None, (), FAILED)


def _show_progress(sources: Sequence[Source], left: int, stopped: bool) -> None:
    total = len(sources)
    done = total - left
    if total == 1:
        st.progress(0.0, text=tr("Looking for faces…"))
        return
    text = progress_in_words(done, total, _PACE)
    if stopped:
        text = tr("Stopped after {done} of {total} photos")
        text = text.format(done=number(done), total=number(total))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.progress(done / total, text=text)
        if stopped:
            icon = ":material/play_arrow:"
            st.button(tr("Continue"), icon=icon, on_click=_stop_at, args=(None,))
        else:
            keys = _keys(sources)
            st.button(tr("Stop"), icon=":material/stop:", on_click=_stop_at, args=(keys,))


def _stop_at(keys: list[str] | None) -> None:
    st.session_state[_STOPPED] = keys


# ---- Few photos


def _show_whole(
    done: Sequence[Source], known: Mapping[str, CompactResult], settings: Settings
) -> None:
    results = _results(done, known, settings)
    table = all_results(results, settings)
    if len(done) == 1:
        _show_one(done[0], known[done[0].key], settings, table)
        return
    for source in done:
        st.header(plain(source.name), anchor=False)
        _show_one(source, known[source.key], settings)
    _show_table(table, results)
    with st.container(horizontal=True):
        show_downloads(table)


def _show_one(
    source: Source, photo: CompactResult, settings: Settings, table: pd.DataFrame | None = None
) -> None:
    """Show a whole photo, with its downloads and those of `table`, if it is the only one."""
    views = st.session_state[_VIEWS]
    if photo.thumbnail and source.key not in views:  # it was examined as one of many
        views[source.key] = for_screen(open_photo(source.read()))
    view = views.get(source.key)
    show_photo(source.key, photo, view, settings)
    with st.container(horizontal=True):
        if view is not None and photo.result.faces:
            show_picture_downloads(source.key, photo, view, settings)
        if table is not None:
            show_downloads(table)


def _show_table(table: pd.DataFrame, results: Sequence["PhotoResult"]) -> None:
    st.header(tr("All results"), anchor=False)
    show_table(table, results)


def _results(
    done: Sequence[Source], known: Mapping[str, CompactResult], settings: Settings
) -> list["PhotoResult"]:
    return [
        with_faces(known[source.key].result, settings.smallest_face, settings.min_score)
        for source in done
    ]


# ---- Many photos


def _show_batch(
    sources: Sequence[Source], known: Mapping[str, CompactResult], settings: Settings
) -> None:
    done = [source for source in sources if source.key in known]
    results = _results(done, known, settings)
    _show_summary(results, settings)
    st.header(tr("Photo by photo"), anchor=False)
    _show_rows(sources, known, settings)
    table = all_results(results, settings)
    _show_table(table, results)
    with st.container(horizontal=True):
        show_downloads(table)
        show_batch_picture_downloads(done, known, settings)


def _show_summary(results: Sequence["PhotoResult"], settings: Settings) -> None:
    summary = summarise_batch(results, settings.rule)
    figures = {
        tr("Photos"): number(summary.photos),
        tr("Faces"): number(summary.faces),
        tr("Typical age"): "–" if summary.median_age is None else age_in_words(summary.median_age),
        tr("Ask for ID"): number(summary.to_ask),
    }
    helps = {tr("Typical age"): tr("The median: half of the faces are younger.")}
    left, right = st.columns(2, gap="medium", vertical_alignment="center")
    with left:
        with st.grid(2, min_column_width=130):
            for label, value in figures.items():
                st.metric(label, value, border=True, help=helps.get(label))
        if summary.without_face:
            text = trn(
                ":material/search_off: {count} photo without a face, or not readable",
                ":material/search_off: {count} photos without a face, or not readable",
                summary.without_face,
            )
            st.caption(text.format(count=number(summary.without_face)))
        if summary.untold:
            text = trn(
                ":material/help: {count} face whose age cannot be estimated, not in median "
                "and chart",
                ":material/help: {count} faces whose age cannot be estimated, not in median "
                "and chart",
                summary.untold,
            )
            st.caption(text.format(count=number(summary.untold)))
    if summary.median_age is not None:
        in_words = ", ".join(f"{band}: {number(count)}" for band, count in summary.bands.items())
        with right:
            st.plotly_chart(
                faces_by_band(summary.bands),
                config=CHART_CONFIG,
                key="faces by band",
                alt=tr("Number of faces by age: {counts}").format(counts=in_words),
            )


def _show_rows(
    sources: Sequence[Source], known: Mapping[str, CompactResult], settings: Settings
) -> None:
    rows = st.container()
    pages = -(-len(sources) // ROWS_A_PAGE)
    page = st.pagination(pages, key="page of rows") if pages > 1 else 1
    opened = st.session_state.get(_OPENED)
    with rows:
        for source in sources[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]:
            if source.key in known:
                _show_row(source, known[source.key], settings, source.key == opened)


def _show_row(source: Source, photo: CompactResult, settings: Settings, opened: bool) -> None:
    with st.container(border=True):
        line = show_row(photo, settings)
        if photo.thumbnail:
            line.button(
                tr("Close") if opened else tr("Open"),
                key=f"open {source.key}",
                icon=":material/expand_less:" if opened else ":material/expand_more:",
                on_click=_open,
                args=("" if opened else source.key,),
                type="tertiary",
            )
        if opened:
            _show_one(source, photo, settings)


def _open(key: str) -> None:
    st.session_state[_OPENED] = key
