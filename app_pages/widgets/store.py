"""Shared by the store's analysis pages: the choice of visits, and how they count."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Scope
from age_model.i18n.dates import day_in_digits
from age_model.i18n.translate import number, tr, trn
from app_pages.charts.base import CHART_CONFIG, unfilled_figure
from app_pages.widgets.audit import export_entry, note_once
from app_pages.widgets.demonstration import offer_demonstration, say_demonstration
from app_pages.widgets.doors import link_to
from app_pages.widgets.downloads import show_csv_download
from app_pages.widgets.kept import KEPT_CHOICES, KEPT_FOR, forget_kept, kept
from app_pages.widgets.money import with_unit
from app_pages.widgets.period import (
    DAYS_AT_FIRST,
    EVERYTHING,
    KEY,
    ask_period,
    choose_days,
    choose_period,
    longer_period,
)
from app_pages.widgets.record import failures_shown, open_record_or_say_why
from app_pages.widgets.visitor import current_visitor

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Engine
    from streamlit.delta_generator import DeltaGenerator

    from age_model.store.analysis.alcohol import AlcoholSales
    from age_model.store.analysis.overview import Period
    from age_model.store.analysis.purchases import Counted
    from age_model.store.analysis.store_rules import StoreRules
    from age_model.store.record.select import Tables
    from age_model.store.record.totals import ReceiptTotals
    from age_model.store.statistics.age_bands import AgeBands

READ = "period of the store pages"  # in the session state: first and last day that were read
SHOWN = "visits of the store pages"  # in the session state: the last `Shown`
MOST_PRODUCTS = 20  # in a table of those with the largest sums


class Shown(NamedTuple):
    """Of which stores and days the visits are that a visitor sees."""

    stores: tuple[str, ...]
    first: date
    last: date


@dataclass(frozen=True)
class Chosen:
    """The visits chosen.

    Attributes:
        first: day.
        last: day; both count.
        stores: whose; all if there are none.
        scope: whose they may be.
        tables: the visits.
        longer: the next longer period, to offer where these days say too little; None where there
            is none, or all visits are on offer.
    """

    first: date
    last: date
    stores: tuple[str, ...]
    scope: Scope
    tables: "Tables"
    longer: str | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """An identifier of these visits, different after each reading."""
        return self.first, self.last, self.stores, self.scope, self.tables.read_at


def choose_visits(controls: "DeltaGenerator", action: Action) -> Chosen | None:
    """Show the choice of period and stores; without visits, show a note and return None.

    Args:
        controls: a row for the choices, to which the page may add its own.
        action: what the visits are read for; a visitor sees those of her stores.
    """
    engine = open_record_or_say_why()
    if engine is None:
        return None
    with failures_shown():
        return _choose(engine, current_visitor().scope(action), controls)
    return None


def _choose(engine: "Engine", scope: Scope, controls: "DeltaGenerator") -> Chosen | None:
    from age_model.store.record.read import read_span
    from age_model.store.record.select import is_demonstration, of_stores

    span = read_span(engine, scope)
    if span is None:
        show_without_visits(engine, scope)
        return None
    below = st.empty()
    with controls:
        first, last = (time.date() for time in span)
        period = ask_period(first, last)
        if period is None:
            return None
        with _chart_to_come(below):
            tables = _of_period(engine, scope, *period)
        stores = ask_stores(tables.stores)
    tables = of_stores(tables, stores)
    offered = offer_everything(engine, scope, tables.count)
    if not tables.count:
        return None
    if is_demonstration(tables):
        say_demonstration(engine, forget_readings)
    _say_how_many_are_unmeasured(tables)
    st.session_state[SHOWN] = Shown(tuple(tables.stores), *period)
    longer = None if offered else longer_period(period[0], first, last)
    return Chosen(*period, tuple(stores), scope, tables, longer)


def ask_stores(names: Sequence[str]) -> list[str]:
    """Show the choice of stores, which holds on all pages; none chosen means all."""
    return st.multiselect(
        tr("Stores"),
        names,
        placeholder=tr("All stores"),
        key="store_names",
        persist_state="session",
        width=200,  # beside the period and a page's own choice on a tablet
    )


def days_before(chosen: Chosen) -> Chosen | None:
    """Return the visits of as many days before the chosen ones; None if they cannot be read."""
    from age_model.store.analysis.overview import Period
    from age_model.store.record.select import of_stores

    engine = open_record_or_say_why()
    if engine is None:
        return None
    first, last = Period(chosen.first, chosen.last).before
    tables = of_stores(_read(engine, chosen.scope, first, last), chosen.stores)
    return replace(chosen, first=first, last=last, tables=tables)


def show_without_visits(engine: "Engine", scope: Scope) -> None:
    """Show what there is to show before the first visit with an age, and the ways to one."""
    from age_model.store.record.totals import products_sold, receipt_totals

    totals = receipt_totals(engine, scope)
    if totals is None:
        st.info(
            tr("No visits recorded yet: they come from the pages “At the till” and “Add data”."),
            icon=":material/storefront:",
        )
        offer_demonstration(engine, forget_readings)
        return
    st.info(
        trn(
            "{n} receipt from {first} to {last}, but no visit with an age: add those on the pages "
            "“At the till” and “Add data” to see what each age group buys.",
            "{n} receipts from {first} to {last}, but no visit with an age: add those on the pages "
            "“At the till” and “Add data” to see what each age group buys.",
            totals.receipts,
        ).format(
            n=number(totals.receipts),
            first=day_in_digits(totals.first),
            last=day_in_digits(totals.last),
        ),
        icon=":material/receipt_long:",
    )
    link_to("overview", tr("Revenue, receipts a day and hours of sale"))
    _show_sold(totals, products_sold(engine, scope, MOST_PRODUCTS))


def show_all_receipts(engine: "Engine", scope: Scope) -> None:
    """Show the sales of all receipts, where there are too few visits to say who bought."""
    from age_model.store.record.totals import products_sold, receipt_totals

    totals = receipt_totals(engine, scope)
    if totals is not None:
        st.header(tr("What was sold"), anchor=False)
        st.caption(_receipts_in_words(totals))
        _show_sold(totals, products_sold(engine, scope, MOST_PRODUCTS))


def offer_receipts(engine: "Engine", scope: Scope) -> None:
    """If receipts are of other days than the period shown, say so and offer these."""
    from age_model.store.record.totals import receipt_totals

    totals = receipt_totals(engine, scope)
    if totals is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        text = tr("No receipt is of this period. {receipts}")
        st.markdown(text.format(receipts=_receipts_in_words(totals)), width="content")
        st.button(
            tr("Show these days"),
            on_click=choose_days,
            args=(totals.first, totals.last),
            icon=":material/receipt_long:",
        )


def _receipts_in_words(totals: "ReceiptTotals") -> str:
    text = trn(
        "In the record: {n} receipt, from {first} to {last}.",
        "In the record: {n} receipts, from {first} to {last}.",
        totals.receipts,
    )
    days = {"first": day_in_digits(totals.first), "last": day_in_digits(totals.last)}
    return text.format(n=number(totals.receipts), **days)


def _show_sold(totals: "ReceiptTotals", products: "pd.DataFrame") -> None:
    """Show the products, and the categories where the receipts have any.

    Args:
        totals: of all receipts.
        products: those with the largest sums, of `products_sold`.
    """
    from age_model.store.imports.rows import NO_CATEGORY

    categories = totals.by_category
    if not categories["category"].eq(NO_CATEGORY).all():
        named = categories.replace({"category": {NO_CATEGORY: tr("no category")}})
        _show_sums(named, tr("Sales by category"))
    _show_sums(products, tr("Sales by product, {most} at most").format(most=MOST_PRODUCTS))


def _show_sums(table: "pd.DataFrame", title: str) -> None:
    st.markdown(f"**{title}**")
    st.dataframe(
        table,
        hide_index=True,
        alt=title,
        column_config={
            "category": tr("Category"),
            "product": tr("Product"),
            "lines": tr("Receipt lines"),
            "quantity": st.column_config.NumberColumn(tr("Quantity"), format="localized"),
            "amount": st.column_config.NumberColumn(with_unit(tr("Amount")), format="localized"),
        },
    )


def offer_everything(engine: "Engine", scope: Scope, shown: int) -> bool:
    """If a period has few visits, say so and offer all, unless these are all.

    Args:
        engine: of `open_record`.
        scope: of the page.
        shown: the visits of the period.

    Returns:
        Whether all were offered.
    """
    from age_model.store.analysis.purchases import FEWEST_VISITS
    from age_model.store.record.totals import count_visits

    if shown >= FEWEST_VISITS or st.session_state.get(KEY) == EVERYTHING:
        return False
    every = count_visits(engine, scope)
    if every == shown:
        return False
    text = trn("{n} visit in this period.", "{n} visits in this period.", shown)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(text.format(n=number(shown)), width="content")
        st.button(
            tr("Show all {n} visits").format(n=number(every)),
            on_click=choose_period,
            args=(EVERYTHING,),
            icon=":material/date_range:",
        )
    return True


def show_store_download(table: "pd.DataFrame", file: str) -> None:
    """Show the download button of a table made of the chosen visits; it is logged."""
    show_csv_download(table, file, log=export_entry(file, st.session_state[SHOWN].stores))


def note_cashiers_seen() -> None:
    """Log that this visitor sees figures of the cashiers of the chosen visits."""
    from age_model.store.record.audit_log import Event

    shown: Shown = st.session_state[SHOWN]
    note_once(Event.VIEWED_CASHIERS, shown.stores, first=shown.first, last=shown.last)


def _say_how_many_are_unmeasured(tables: "Tables") -> None:
    from age_model.store.statistics.model_errors import errors
    from age_model.store.statistics.population import count_unmeasured

    count, every = count_unmeasured(tables.versions, errors), tables.count
    if count:
        text = trn(
            "The errors of the age of {count} visit, of {every}, are unknown: it was imported, or "
            "estimated by a model version that was not measured here.",
            "The errors of the ages of {count} visits, of {every}, are unknown: these were "
            "imported, or estimated by a model version that was not measured here.",
            count,
        )
        st.info(
            text.format(count=number(count), every=number(every))
            + " "
            + tr(
                "They count with errors as large as their ranges claim, but may be larger or "
                "smaller, or all some years too high or too low: the intervals below are wider."
            ),
            icon=":material/help:",
        )


@contextmanager
def _chart_to_come(place: "DeltaGenerator") -> Iterator[None]:
    """Show an empty chart while a reader's first visits are read.

    The browser then loads its chart library at the same time, which takes a second.
    """
    if READ in st.session_state:
        yield
        return
    with place.container(), st.spinner(tr("Reading the visits…")):
        st.plotly_chart(unfilled_figure(340), config=CHART_CONFIG, key="chart to come")
        yield
    place.empty()


def _of_period(engine: "Engine", scope: Scope, first: date, last: date) -> "Tables":
    """Return the visits of some days: of those read last, if they are among them.

    A long time is not held for a short one: it would be read again whenever it is not kept. Of an
    exported record, no visits are held.
    """
    from age_model.store.record.export import configured_export
    from age_model.store.record.select import of_days

    if configured_export() is not None:
        return _read(engine, scope, first, last)

    read: tuple[date, date] = st.session_state.get(READ, (first, last))
    if first < read[0] or last > read[1] or (read[1] - read[0]).days >= DAYS_AT_FIRST:
        read = first, last
    st.session_state[READ] = read
    tables = _read(engine, scope, *read)
    return tables if read == (first, last) else of_days(tables, first, last)


@st.cache_resource(
    ttl=KEPT_FOR, max_entries=KEPT_CHOICES, show_spinner=False, refresh_mode="background"
)
def _read(_engine: "Engine", scope: Scope, first: date, last: date) -> "Tables":
    from age_model.store.analysis.purchases import read_visits

    return read_visits(_engine, scope, first, last)


@kept
def read_sales(
    _engine: "Engine", scope: Scope, period: "Period", rules: "StoreRules"
) -> "AlcoholSales":
    """Return the sales of alcohol, those of each store judged by its own rule."""
    from age_model.store.reports.gather import read_alcohol

    return read_alcohol(_engine, scope, period, rules)


def usual_share(chosen: Chosen) -> float | None:
    """Return the share of those who look young that is usually asked at least, 0..1.

    It is the one that Overview compares with; None where too few checks are recorded, or the record
    cannot be read.
    """
    from age_model.store.analysis.cashiers import usual_standard
    from age_model.store.analysis.overview import Period
    from age_model.store.record.span import record_span
    from age_model.store.reports.gather import is_compared, read_rules_now

    engine = open_record_or_say_why()
    if engine is None:
        return None
    with failures_shown():
        span, rules = record_span(engine, chosen.scope), read_rules_now(engine)
        period = Period(chosen.first, chosen.last)
        scope = chosen.scope.narrowed(chosen.stores) if chosen.stores else chosen.scope
        compared = span is not None and is_compared(span.begun, period)
        periods = [period, period.before] if compared else [period]
        return usual_standard(*(read_sales(engine, scope, each, rules).table for each in periods))
    return None


@kept
def count_by_bands(_tables: "Tables", bands: "AgeBands", key: tuple[object, ...]) -> "Counted":
    """Return how visits count towards bands; `key` identifies the tables."""
    from age_model.store.analysis.purchases import count
    from age_model.store.statistics.model_errors import errors

    return count(_tables, errors, bands)


def forget_readings() -> None:
    """Have the record read anew by all pages, after many rows were added or removed."""
    _read.clear()
    forget_kept()
    st.session_state.pop(READ, None)


def choose_one(label: str, options: dict[str, str], key: str) -> str:
    """Show a choice of one option; `options` maps options to their names on screen."""
    chosen = st.segmented_control(
        label,
        list(options),
        default=next(iter(options)),
        format_func=lambda option: tr(options[option]),
        key=key,
        required=True,
    )
    return str(chosen)
