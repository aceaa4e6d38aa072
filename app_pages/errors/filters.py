"""The bar of the Errors page that stays: which photos are chosen, how wrong they are, a name."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from age_model.evaluation.attributes import SOURCE, TITLES, band_column, values_of
from age_model.evaluation.metrics import AGE_BANDS
from age_model.evaluation.selection import Area, choose, inside
from age_model.i18n.translate import number, tr, trn
from age_model.reports.card_sources import TEST_SOURCE
from age_model.reports.wording import area_in_words, group_title
from app_pages.errors.address import AREA, BANDS, COHORT, FILTERS
from app_pages.errors.area_chart import keep_area
from app_pages.errors.cohort import show_cohort
from app_pages.errors.summaries import summarised
from app_pages.widgets.numbers import in_years, interval

NAMES_SHOWN = 2  # chosen values that a button names; of more it tells how many
OF_PICTURE = ("face_size", "sharpness", "light", "colour")
OF_PERSON = ("gender", "ethnicity")


def show_filters(photos: pd.DataFrame) -> None:
    """Show the filters for which the table has values, each behind a button with what is chosen."""
    _show_filter({BANDS: (tr("Real age"), values_of(photos, "age_band"))})
    for attribute in (*OF_PERSON, SOURCE):
        _show_filter(_choice(photos, attribute), _source_note(attribute))
    pictures: dict[str, tuple[str, list[str]]] = {}
    for attribute in OF_PICTURE:
        pictures |= _choice(photos, attribute)
    _show_filter(pictures, tr("Quarters of all photos, from the lowest to the highest value."))


def _choice(photos: pd.DataFrame, attribute: str) -> dict[str, tuple[str, list[str]]]:
    """Return the title and the values of a filter by its key; none if all photos are alike."""
    values = values_of(photos, attribute)
    return {FILTERS[attribute]: (tr(TITLES[attribute]), values)} if len(values) > 1 else {}


def _source_note(attribute: str) -> str:
    if attribute == SOURCE:
        return tr(
            "Without a choice, the test photos alone. Each photo counts here; on How good each "
            "person does, once, and the intervals are wider."
        )
    if attribute == "ethnicity":
        return tr("The labels are the data set's, given by others than the people themselves.")
    return ""


def _show_filter(choices: Mapping[str, tuple[str, list[str]]], note: str = "") -> None:
    """Show a button with what is chosen, behind it the values of one attribute or of several."""
    if not choices:
        return
    titles = [title for title, _ in choices.values()]
    name = titles[0] if len(titles) == 1 else tr("Picture")
    chosen = [value for key in choices for value in st.session_state.get(key) or []]
    with st.popover(_button(name, chosen), width="content"):
        for key, (title, values) in choices.items():
            _pills(title, values, key)
        if note:
            st.caption(note)


def _button(name: str, chosen: list[str]) -> str:
    if not chosen:
        return name
    if len(chosen) > NAMES_SHOWN:
        return f"**{name}: {number(len(chosen))}**"
    return f"**{name}: {', '.join(map(group_title, chosen))}**"


def _pills(label: str, options: list[str], key: str) -> None:
    st.pills(
        label,
        options,
        selection_mode="multi",
        format_func=group_title,
        key=key,
        wrap=True,
    )


def filtered_photos(photos: pd.DataFrame, ignore: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the photos that the filters leave.

    Args:
        photos: of all sources.
        ignore: attributes whose filter is not applied.
    """
    groups = {
        band_column(attribute): st.session_state.get(key) or []
        for attribute, key in FILTERS.items()
        if band_column(attribute) in photos and attribute not in ignore
    }
    if SOURCE in photos and SOURCE not in ignore:
        groups[SOURCE] = _chosen_sources()
    bands = [band for band in AGE_BANDS if band in (st.session_state.get(BANDS) or [])]
    return choose(photos, bands, groups)


def _chosen_sources() -> list[str]:
    return st.session_state.get(FILTERS[SOURCE]) or [TEST_SOURCE]


def narrow_to_area(filtered: pd.DataFrame) -> pd.DataFrame:
    """Return the photos in the area selected in the chart, or all if none is."""
    area: Area | None = st.session_state.get(AREA)
    return inside(filtered, area) if area else filtered


def show_chosen(chosen: pd.DataFrame, photos: pd.DataFrame) -> None:
    """Show which photos are chosen and their error, with a name, a link and a way back to all.

    Args:
        chosen: the chosen photos.
        photos: of all sources.
    """
    total = len(photos)
    if SOURCE in photos:
        total = int(photos[SOURCE].isin(_chosen_sources()).sum())
    if st.session_state.get(COHORT):
        st.badge(st.session_state[COHORT], icon=":material/group:", color="blue")
    st.markdown(_in_words(chosen, total), width="content")
    if st.session_state.get(AREA):
        st.button(tr("Clear the area"), icon=":material/close:", on_click=keep_area, args=(None,))
    if _is_narrowed():
        st.button(tr("Show all"), icon=":material/filter_alt_off:", on_click=_show_all)
        show_cohort()


def _in_words(chosen: pd.DataFrame, total: int) -> str:
    area: Area | None = st.session_state.get(AREA)
    count = number(len(chosen))
    if area:
        words = trn(
            "**{count} photo** selected in the chart: {area}",
            "**{count} photos** selected in the chart: {area}",
            len(chosen),
        ).format(count=count, area=area_in_words(area))
    elif len(chosen) == total:
        words = tr("All {total} photos").format(total=count)
    else:
        words = tr("**{count}** of {total} photos").format(count=count, total=number(total))
    if chosen.empty:
        return words
    summary = summarised(chosen["real_age"], chosen["predicted_age"])
    error = in_years(summary.mae)
    ends = interval(summary.mae_low, summary.mae_high)
    return tr("{photos}: **{error}** off on average ({interval})").format(
        photos=words, error=error, interval=ends
    )


def _is_narrowed() -> bool:
    keys = (BANDS, AREA, COHORT, *FILTERS.values())
    return any(st.session_state.get(key) for key in keys)


def _show_all() -> None:
    keep_area(None)
    st.session_state[COHORT] = ""
    for key in (BANDS, *FILTERS.values()):
        st.session_state[key] = []
