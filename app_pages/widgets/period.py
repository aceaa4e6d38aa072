"""The choice of a period on the store's analysis pages."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import streamlit as st

from age_model.i18n.dates import day_in_digits, picker_pattern
from age_model.i18n.message import mark
from age_model.i18n.translate import tr

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

CONTROLS = "controls"  # key of a row of a page's choices, for its style in the browser
KEY = "store_span"  # of the choice, in the session state
OTHER = "other"  # period than the usual ones
DAYS = "store_period"  # its first and last day, in the session state
DAYS_AT_FIRST = 30
EVERYTHING = "all"
WEEK = "week"
PERIODS = {
    "7": mark("7 days"),
    WEEK: mark("Last week"),
    str(DAYS_AT_FIRST): mark("30 days"),
    "90": mark("90 days"),
    EVERYTHING: mark("All"),
    OTHER: mark("Dates"),
}


def controls_row() -> "DeltaGenerator":
    """Return an empty row for the choices of a page, which stand on one line."""
    return st.container(horizontal=True, vertical_alignment="bottom", key=CONTROLS)


def ask_period(first: date, last: date) -> tuple[date, date] | None:
    """Ask for a period that ends with the last day; None while only its first one is chosen.

    Args:
        first: day with data of the page.
        last: such day.

    Returns:
        First and last day; both count.
    """
    span = st.segmented_control(
        tr("Period"),
        list(PERIODS),
        default=str(DAYS_AT_FIRST),
        format_func=lambda period: tr(PERIODS[period]),
        key=KEY,
        persist_state="session",  # the next page shows the same days
        required=True,
        help=tr(
            "Days up to {day}, the last one with data here. Last week: the last whole one, Monday "
            "to Sunday."
        ).format(day=day_in_digits(last)),
    )
    if span == EVERYTHING:
        return first, last
    if span == OTHER:
        return _ask_days(first, last)
    if span == WEEK:
        return whole_week(last, datetime.now().date())
    return max(first, last - timedelta(days=int(span) - 1)), last


def whole_week(last: date, today: date) -> tuple[date, date]:
    """Return Monday and Sunday of the last whole week.

    Last week is whole even where the store was closed on its last days; of older data it is the
    last one whose days all have some.

    Args:
        last: day with data.
        today: which may be long after it.

    >>> monday = date(2026, 6, 22)
    >>> [str(day) for day in whole_week(date(2026, 6, 20), today=monday)]
    ['2026-06-15', '2026-06-21']
    """
    sunday = today - timedelta(days=today.isoweekday())
    if last <= sunday - timedelta(weeks=1):
        sunday = last - timedelta(days=last.isoweekday() % 7)
    return sunday - timedelta(days=6), sunday


def choose_everything() -> None:
    """Choose the whole period, before the page is drawn again."""
    st.session_state[KEY] = EVERYTHING


def choose_days(first: date, last: date) -> None:
    """Choose some days, which may lie outside those of the data, before the page is redrawn."""
    st.session_state[KEY] = OTHER
    st.session_state[DAYS] = first, last


def _ask_days(first: date, last: date) -> tuple[date, date] | None:
    chosen = st.session_state.get(DAYS) or (first, last)
    period = st.date_input(
        tr("First and last day"),
        (first, last),
        min_value=min(first, *chosen),
        max_value=max(last, *chosen),
        key=DAYS,
        persist_state="session",
        format=picker_pattern(),
        width=260,
        help=tr("Both days count."),
    )
    if len(period) < 2:
        st.info(tr("Choose the last day of the period too."))
        return None
    return period[0], period[1]
