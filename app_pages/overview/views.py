"""The parts of the Overview page."""

from functools import partial
from math import isnan
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.i18n.dates import day_in_digits, days_in_words
from age_model.i18n.money import currency_in_use
from age_model.i18n.translate import number, tr, trn
from app_pages.streamlit_fixes.document import FIGURES
from app_pages.widgets.audit import export_entry
from app_pages.widgets.doors import CASHIERS_TAB, CURRENCY_TAB, GOODS_TAB, link_to
from app_pages.widgets.downloads import show_download
from app_pages.widgets.metrics import show_chart
from app_pages.widgets.visitor import current_visitor
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from age_model.store.analysis.attention import Finding, Kind
    from age_model.store.analysis.overview import Figure, Period
    from age_model.store.reports.gather import Overview

CHECKED = ("id_rate", "minors")  # figures that are filled in when they are known
MOST_SHOWN = 6  # findings; the others are folded
MOST_NAMED = 3  # stores
ON_ID_CHECKS = {"low_rate", "cashiers", "unrecorded", "outside_hours"}  # findings to look at there
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Cards:
    """A row of five metrics; those of ID checks are filled in when they are known."""

    def __init__(self, period: "Period", compared: bool, currency: str | None) -> None:
        text = (
            tr("{period}, compared with {before}")
            if compared
            else tr("{period}; nothing earlier to compare with")
        )
        before = days_in_words(*period.before)
        st.caption(text.format(period=days_in_words(*period), before=before))
        with st.grid(5, min_column_width=150, key=FIGURES):
            self.places = [st.empty() for _ in range(5)]
        self.compared, self.currency = compared, currency

    def show(self, place: int, name: str, figures: "Mapping[str, Figure]") -> None:
        """Show one of the figures in its place."""
        from age_model.store.reports.words import (
            change_in_words,
            few_checks_in_words,
            help_of,
            interval_of,
            missing_in_words,
            name_of,
            value_in_words,
        )

        figure = figures[name]
        notes = [interval_of(name, figure)]
        notes += [change_in_words(name, figure) if self.compared else ""]
        missing = missing_in_words(name, figures)
        if missing:
            notes = [missing]
        elif name in CHECKED and (isnan(figure.value) or not any(notes)):
            # What `keep_room` drew is replaced part by part: without a note, its own would stay.
            notes = [few_checks_in_words()]
        with self.places[place].container(border=True, height="stretch", gap="xsmall"):
            st.metric(
                name_of(name), value_in_words(name, figure.value, self.currency), help=help_of(name)
            )
            for note in filter(None, notes):
                st.caption(note)

    def keep_room(self, place: int) -> None:
        """Show in a place that something will be there."""
        with self.places[place].container(border=True, height="stretch", gap="xsmall"):
            st.metric("…", "…")
            st.caption(tr("Reading the visits…"))


def show_sales(cards: Cards, figures: "Mapping[str, Figure]") -> None:
    """Show the figures of sales, and the room of those of checks."""
    for place, name in enumerate(figures):
        cards.show(place, name, figures)
    for place in range(len(figures), len(cards.places)):
        cards.keep_room(place)


def show_checks(cards: Cards, figures: "Mapping[str, Figure]") -> None:
    """Show the figures of ID checks, which are among all figures."""
    first = len(cards.places) - len(CHECKED)
    for place, name in enumerate(CHECKED, start=first):
        cards.show(place, name, figures)


def offer_currency(currency: str | None) -> None:
    """Tell who may choose the currency that none is, with the way there.

    Args:
        currency: the one that was chosen, if any.
    """
    may = current_visitor().scope(Action.CHANGE_RULES).stores is None
    if currency_in_use(currency) is not None or not may:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(tr("The amounts have no currency yet."), width="content")
        link_to("settings", tr("Choose the currency"), CURRENCY_TAB)


def say_no_ages() -> None:
    """Say which figures wait for the first visit, where visits come from, and what was sold."""
    st.info(
        tr(
            "There are receipts, but no visit with an age yet. ID checks, and what each age group "
            "buys, come with visits from the pages “At the till” and “Add data”."
        ),
        icon=":material/receipt_long:",
    )
    link_to("purchases", tr("What was sold"))


def show_attention(findings: "list[Finding]", without: "Sequence[str]", seen: bool) -> None:
    """Show what needs attention, and the ways to where something is done about it.

    Args:
        findings: what was found in the period.
        without: stores that sell alcohol and have no hours of sale.
        seen: whether there are visits, which ID checks needs.
    """
    from age_model.store.reports.words import finding_in_words

    st.header(tr("What needs attention"), anchor=False)
    texts = [f"- {plain(finding_in_words(finding))}" for finding in findings]
    if without:
        texts.insert(0, f"- {plain(_without_hours(without))}")
    if not texts:
        st.success(tr("Nothing stands out in this period."), icon=":material/check:")
    st.markdown("\n".join(texts[:MOST_SHOWN]))
    more = len(texts) - MOST_SHOWN
    if more > 0:
        with st.expander(trn("{n} more", "{n} more", more).format(n=number(more))):
            st.markdown("\n".join(texts[MOST_SHOWN:]))
    _show_ways({finding.kind for finding in findings} if seen else None)


def _without_hours(stores: "Sequence[str]") -> str:
    text = tr("These stores sell alcohol and have no hours of sale yet: {stores}.")
    names = ", ".join(stores[:MOST_NAMED]) + (" …" if len(stores) > MOST_NAMED else "")
    return text.format(stores=names)


def _show_ways(kinds: "set[Kind] | None") -> None:
    """Show the links below the findings: always those of daily work, so that nobody looks for them.

    Args:
        kinds: of the findings; None where there are no visits.
    """
    visitor = current_visitor()
    with st.container(horizontal=True, gap="small"):
        if kinds is not None:
            if not ON_ID_CHECKS.isdisjoint(kinds):
                link_to("alcohol")
            if visitor.may(Action.SEE_CASHIERS):
                link_to("alcohol", tr("Cashiers"), CASHIERS_TAB)
        if visitor.may(Action.CHANGE_RULES):
            link_to("settings", tr("Hours of sale"), GOODS_TAB)


def show_downloads(overview: "Overview") -> None:
    """Show the buttons of the Excel file and of the page to print."""
    from age_model.store.reports.files import printed_report, report_name
    from age_model.store.reports.workbook import overview_workbook

    name = report_name(overview.period)
    seen = current_visitor().scope(Action.SEE_OVERVIEW).stores
    stores = [None] if seen is None else sorted(seen)
    files = {
        f"{name}.xlsx": (tr("Download Excel"), overview_workbook, EXCEL),
        f"{name}.html": (tr("Report to print"), printed_report, "text/html"),
    }
    with st.container(horizontal=True):
        for file, (label, make, kind) in files.items():
            log = export_entry(file, stores)
            show_download(label, partial(make, overview), file, kind, log)


def show_days(overview: "Overview") -> None:
    """Show the visits of each day, or the receipts where there are no visits."""
    from age_model.store.reports.sheet import day_values
    from age_model.store.reports.words import DAYS
    from app_pages.charts.store import days_chart

    now = day_values(overview, overview.period)
    before = day_values(overview, overview.period.before) if overview.compared else None
    seen = overview.counted == "visits"
    show_chart(
        tr(DAYS[overview.counted]),
        tr("Visits with an estimated age.") if seen else tr("Receipts with or without a visit."),
        days_chart(now, before, tr("Visits") if seen else tr("Receipts")),
        alt=", ".join(f"{day_in_digits(day)}: {count}" for day, count in now.items()),
    )
