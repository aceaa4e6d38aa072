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
DAYS_AT_MOST = 90  # of the periods that end with the last day
EVERYTHING = "all"
WEEK = "week"
PERIODS = {
    "7": mark("7 days"),
    WEEK: mark("Last week"),
    str(DAYS_AT_FIRST): mark("30 days"),
    str(DAYS_AT_MOST): mark("90 days"),
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
    return _up_to(last, int(span), first), last


def _up_to(last: date, days: int, first: date) -> date:
    """Return on which day some days up to the last one begin, at the first one at the earliest."""
    return max(first, last - timedelta(days=days - 1))


def longer_period(begins: date, first: date, last: date) -> str | None:
    """Return the next longer period than one that begins on a day; None if it has all data.

    Args:
        begins: first day of the period.
        first: day with data of the page.
        last: such day.

    Returns:
        Of `PERIODS`.

    >>> longer_period(date(2026, 6, 24), date(2026, 1, 1), date(2026, 6, 30))
    '30'
    >>> longer_period(date(2026, 6, 24), date(2026, 6, 20), date(2026, 6, 30))
    'all'
    """
    if begins <= first:
        return None
    for days in (DAYS_AT_FIRST, DAYS_AT_MOST):
        if first < _up_to(last, days, first) < begins:
            return str(days)
    return EVERYTHING


def offer_longer(longer: str | None, key: str) -> None:
    """Show the button of the next longer period, below what says that this one is too short.

    Args:
        longer: of `longer_period`; nothing is shown without one.
        key: of the button.
    """
    if longer is None:
        return
    text = tr("Show all days") if longer == EVERYTHING else tr("Show {n} days")
    if st.button(
        text.format(n=longer),
        key=f"longer period {key}",
        icon=":material/date_range:",
        on_click=choose_period,
        args=(longer,),
    ):
        st.rerun()  # the whole page, where the button is in a fragment


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


def choose_period(period: str) -> None:
    """Choose one of `PERIODS`, before the page is drawn again."""
    st.session_state[KEY] = period


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
