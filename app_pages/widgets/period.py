"""The choice of a period on the store's analysis pages."""

from datetime import date, datetime, timedelta

import streamlit as st

from age_model.i18n.dates import day_in_digits, picker_pattern
from age_model.i18n.message import mark
from age_model.i18n.translate import tr

KEY = "store_span"  # of the choice, in the session state
OTHER = "other"  # period than the usual ones
DAYS = "store_period"  # its first and last day, in the session state
DAYS_AT_FIRST = 30
EVERYTHING = "all"
PERIODS = {
    "7": mark("7 days"),
    str(DAYS_AT_FIRST): mark("30 days"),
    "90": mark("90 days"),
    EVERYTHING: mark("All"),
    OTHER: mark("Dates"),
}


def ask_period(first: datetime, last: datetime) -> tuple[date, date] | None:
    """Ask for a period that ends with the last visit; None while only its first day is chosen.

    Args:
        first: time of the first visit.
        last: time of the last one.

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
        help=tr("Days up to that of the last visit, {day}.").format(day=day_in_digits(last)),
    )
    if span == EVERYTHING:
        return first.date(), last.date()
    if span == OTHER:
        return _ask_days(first.date(), last.date())
    return max(first.date(), last.date() - timedelta(days=int(span) - 1)), last.date()


def choose_everything() -> None:
    """Choose the whole period, before the page is drawn again."""
    st.session_state[KEY] = EVERYTHING


def choose_days(first: date, last: date) -> None:
    """Choose some days, which may lie outside those of the visits, before the page is redrawn."""
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
