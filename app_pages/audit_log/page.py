from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.access.rights import Action
from age_model.i18n.dates import picker_pattern
from age_model.i18n.translate import number, tr
from app_pages.widgets.audit import export_entry
from app_pages.widgets.downloads import show_csv_download
from app_pages.widgets.record import failures_shown, open_record_or_say_why
from app_pages.widgets.tables import text_column
from app_pages.widgets.times import to_utc, visitor_zone
from app_pages.widgets.visitor import require

if TYPE_CHECKING:
    from sqlalchemy import Engine

DAYS_AT_FIRST = 31
FILE = "audit_log.csv"
MOST_SHOWN = 1000  # rows: more can be downloaded


def show_log(engine: "Engine") -> None:
    """Show the entries of a period, of some people and kinds."""
    from age_model.store.record.audit_log import EVENTS, Event, read_log

    with st.container(horizontal=True):
        today = datetime.now(visitor_zone()).date()
        period = st.date_input(
            tr("Period"),
            (today - timedelta(days=DAYS_AT_FIRST - 1), today),
            key="log_period",
            format=picker_pattern(),
            width=250,
        )
        if len(period) < 2:
            st.info(tr("Choose the last day of the period too."))
            return
        first, last = (to_utc(datetime.combine(day, time())) for day in period)
        table = read_log(engine, first, last + timedelta(days=1))
        people = st.multiselect(
            tr("People"),
            sorted(table["who"].unique()),
            format_func=_person,
            key="log_people",
            placeholder=tr("All"),
            width=290,
        )
        kinds = st.multiselect(
            tr("What"),
            list(Event),
            format_func=lambda event: tr(EVENTS[event]),
            key="log_kinds",
            placeholder=tr("All"),
            width=290,
        )
    if people:
        table = table[table["who"].isin(people)]
    if kinds:
        table = table[table["what"].isin(kinds)]
    _show_table(table)


def _show_table(table: pd.DataFrame) -> None:
    from age_model.store.record.audit_log import EVENTS, Event
    from age_model.store.record.audit_words import detail_in_words, with_detail_columns

    if table.empty:
        st.info(tr("Nothing is recorded for this period."))
        return
    zone = visitor_zone()
    shown = table.head(MOST_SHOWN).assign(
        time=lambda rows: (
            rows["time"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None)
        ),
        who=lambda rows: rows["who"].map(_person),
        detail=lambda rows: [
            detail_in_words(Event(what), detail)
            for what, detail in zip(rows["what"], rows["detail"], strict=True)
        ],
        what=lambda rows: rows["what"].map(lambda what: tr(EVENTS[Event(what)])),
    )
    st.dataframe(
        shown,
        hide_index=True,
        alt=tr("The entries of the audit log, the latest first"),
        column_config={
            "time": st.column_config.DatetimeColumn(
                tr("Time"), format=f"{picker_pattern()} HH:mm:ss"
            ),
            "who": text_column(shown["who"], tr("Who")),
            "what": text_column(shown["what"], tr("What")),
            "store": text_column(shown["store"], tr("Store")),
            "detail": text_column(shown["detail"], tr("Detail")),
        },
    )
    if len(table) > MOST_SHOWN:
        st.caption(
            tr("The latest {shown} of {n} entries; the file has all of them.").format(
                shown=number(MOST_SHOWN), n=number(len(table))
            )
        )
    st.caption(tr("Times in the file are UTC."))
    show_csv_download(with_detail_columns(table), FILE, log=export_entry(FILE, [None]))


def _person(who: str) -> str:
    return who or tr("nobody signed in")


require(Action.SEE_AUDIT_LOG)
st.title(tr("Audit log"), anchor=False)
st.markdown(
    tr("Who did what, and when. Entries are only ever added: the database refuses to change them.")
)
engine = open_record_or_say_why()
if engine is not None:
    with failures_shown():
        show_log(engine)
