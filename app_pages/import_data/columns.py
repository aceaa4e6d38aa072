"""The choice of a file's columns and of the format of its times."""

import re
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar

import pandas as pd
import streamlit as st
from babel.numbers import get_decimal_symbol

from age_model.i18n.dates import day_in_digits, time_in_digits
from age_model.i18n.message import mark
from age_model.i18n.translate import language, tr
from age_model.store.goods_words import is_alcohol
from age_model.store.imports import rows
from age_model.store.imports.file_times import (
    TimeReading,
    TimesWritten,
    parse_times,
    recognise_times,
    time_zones,
)
from age_model.store.imports.rows import Field
from app_pages.widgets.store import choose_one
from app_pages.widgets.words import plain

WRITTEN = "times of the file"  # in the session state, see `remembered`
PREVIEW = 5  # rows
# As a spreadsheet's cells of numbers, days and times are read, whatever its reader sees in it.
_DECIMAL = re.compile(r"-?(0|[1-9]\d*)\.\d+")
_ISO = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
ORDERS = {"day": mark("Day first"), "month": mark("Month first")}

Made = TypeVar("Made")


class Choice(NamedTuple):
    """The columns of a file, and how to read it."""

    columns: dict[str, str]
    typed: dict[str, str]
    reading: TimeReading
    alcohol: tuple[str, ...]


def remembered(place: str, what: Hashable, make: Callable[[], Made]) -> Made:
    """Return the cached value for `what`, or make it; each place holds the last one."""
    known: tuple[Hashable, Made] | None = st.session_state.get(place)
    if known is None or known[0] != what:
        with st.spinner(tr("Reading the file…")):
            known = what, make()
        st.session_state[place] = known
    return known[1]


class Last(NamedTuple):
    """What was chosen for the last file with the same headings."""

    columns: dict[str, str]
    typed: dict[str, str]
    alcohol: list[str]


def choose_columns(
    file: str, fields: Mapping[str, Field], table: pd.DataFrame, last: Last | None
) -> Choice | None:
    """Show the guessed columns for correction; None while something is missing.

    Args:
        file: identifies the file.
        fields: that columns can hold.
        table: of `read_file`.
        last: what is shown at first in place of a guess.
    """
    st.header(tr("What is what"), anchor=False)
    st.dataframe(
        first_rows(table), hide_index=True, alt=tr("The first rows of the file"), height="content"
    )
    guessed = last.columns if last else rows.guess_columns(fields, table.columns)
    columns = _map_columns(file, fields, table, guessed)
    st.caption(tr("\\* Needed. Store and till can be typed if the file has no column for them."))
    alcohol: list[str] = []
    with st.grid(3, min_column_width=220):
        typed = {
            name: st.text_input(
                tr(label),
                last.typed.get(name, "") if last else "",
                key=f"{file} typed {name}",
                max_chars=60,
            ).strip()
            for name, label in TYPED.items()
            if name not in columns
        }
        if "is_alcohol" in fields and "is_alcohol" not in columns:
            alcohol = _choose_alcohol(file, table, columns, last)
        reading = _choose_reading(file, table, columns) if "time" in columns else None
    lacking = [
        tr(field.label) + (f" ({tr('or below')}: {tr(TYPED[name])})" if name in TYPED else "")
        for name, field in fields.items()
        if field.required and name not in columns and not typed.get(name)
    ]
    if "time" in columns and reading is None:
        lacking.append(tr("Time zone of the store"))
    if lacking or reading is None:
        st.info(tr("Still to choose: {names}").format(names=", ".join(lacking)))
        return None
    return Choice(columns, typed, reading, tuple(alcohol))


def first_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first rows of a file, with days, times and numbers as the reader writes them."""
    return table.head(PREVIEW).map(_as_the_reader_writes)


def _as_the_reader_writes(cell: Hashable) -> Hashable:
    if not isinstance(cell, str):
        return cell
    if _DECIMAL.fullmatch(cell):
        return cell.replace(".", get_decimal_symbol(language()))
    if not (iso := _ISO.fullmatch(cell)):
        return cell
    try:
        moment = datetime.fromisoformat(cell)
    except ValueError:  # no day of the calendar
        return cell
    return time_in_digits(moment, seconds=True) if iso[1] else day_in_digits(moment)


def _choose_alcohol(
    file: str, table: pd.DataFrame, columns: Mapping[str, str], last: Last | None
) -> list[str]:
    """Show which categories, or products of a file without any, are alcohol: chosen or guessed."""
    field = "category" if "category" in columns else "product"
    if field not in columns:
        return []
    names = sorted(table[columns[field]].unique())
    with st.container(gap="xsmall"):
        chosen = st.multiselect(
            tr("Categories that are alcohol")
            if field == "category"
            else tr("Products that are alcohol"),
            names,
            [name for name in names if (name in last.alcohol if last else is_alcohol(name))],
            key=f"{file} alcohol {columns[field]}",
            placeholder=tr("None"),
        )
        if not chosen:
            st.caption(tr("Without any, ID checks has no sales of alcohol to show."))
        elif last is None:
            st.caption(tr("Guessed by their names: please check."))
    return chosen


TYPED = {"store": mark("Store of all rows"), "till": mark("Till of all rows")}


def _map_columns(
    file: str, fields: Mapping[str, Field], table: pd.DataFrame, guessed: Mapping[str, str]
) -> dict[str, str]:
    columns: dict[str, str] = {}
    absent = tr("— not in the file —")
    with st.grid(3, min_column_width=220):
        for name, field in fields.items():
            column = st.selectbox(
                tr(field.label) + (" *" if field.required else ""),
                [absent, *table.columns],
                index=1 + list(table.columns).index(guessed[name]) if name in guessed else 0,
                # A browser holds the words of a choice, which another language does not have.
                key=f"{file} {name} {language()}",
            )
            if column != absent:
                columns[name] = column
    return columns


def _choose_reading(
    file: str, table: pd.DataFrame, columns: Mapping[str, str]
) -> TimeReading | None:
    """Show the choice of what is ambiguous about the file's times; None without a time zone."""
    key = f"{file} {columns['time']} {columns.get('date')}"
    written = remembered(WRITTEN, key, lambda: recognise_times(rows.written_times(table, columns)))
    month_first = written.month_first
    if written.decided:
        st.caption(_in_words(written, TimeReading(month_first)))
    elif written.example:
        month_first = _choose_order(key, written)
    zone: str | None = TimeReading().zone
    if written.zoned:
        zone = _choose_zone(key)
    return None if zone is None else TimeReading(month_first, zone)


def _choose_order(key: str, written: TimesWritten) -> bool:
    names = dict(reversed(ORDERS.items())) if written.month_first else ORDERS
    with st.container():
        order = choose_one(tr("Order of dates"), names, f"{key} order")
        reading = TimeReading(order == "month")
        st.caption(_in_words(written, reading))
    return reading.month_first


def _in_words(written: TimesWritten, reading: TimeReading) -> str:
    (time,) = parse_times(pd.Series([written.example]), reading)
    text = plain(written.example)
    if pd.isna(time):
        return tr("“{text}” is not a date in this order.").format(text=text)
    said = tr("“{text}” is read as {time}.").format(
        text=text, time=time_in_digits(time, seconds=True)
    )
    if written.decided:
        return said
    return said + " " + tr("The file does not show whether day or month is first: please check.")


def _choose_zone(key: str) -> str | None:
    zones = time_zones()
    here = st.context.timezone
    return st.selectbox(
        tr("Time zone of the store"),
        zones,
        index=zones.index(here) if here in zones else None,
        key=f"{key} zone",
        placeholder=tr("Choose a time zone"),
        help=tr(
            "Times with Z or an offset, such as 09:00Z or 12:00+03:00, are converted to the local "
            "time of the store. Times without are taken for local."
        ),
    )
