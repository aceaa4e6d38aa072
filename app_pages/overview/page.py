from math import isnan
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Scope
from age_model.i18n.translate import tr
from app_pages.overview.views import (
    Cards,
    offer_currency,
    say_no_ages,
    show_attention,
    show_checks,
    show_days,
    show_downloads,
    show_sales,
)
from app_pages.widgets.demonstration import say_demonstration
from app_pages.widgets.kept import kept
from app_pages.widgets.period import ask_period, controls_row, longer_period, offer_longer
from app_pages.widgets.record import failures_shown, open_record_or_say_why
from app_pages.widgets.store import (
    ask_stores,
    forget_readings,
    offer_everything,
    offer_receipts,
    read_sales,
    show_without_visits,
)
from app_pages.widgets.visitor import current_visitor

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd
    from sqlalchemy import Engine
    from streamlit.delta_generator import DeltaGenerator

    from age_model.store.analysis.attention import Finding
    from age_model.store.analysis.overview import Figure, Period
    from age_model.store.analysis.store_rules import StoreRules


@kept
def read_days(
    _engine: "Engine", scope: Scope, period: "Period"
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Return visits and sales of each till and day."""
    from age_model.store.reports.gather import read_daily

    return read_daily(_engine, scope, period)


@kept
def read_selling(_engine: "Engine", stores: frozenset[str], period: "Period") -> set[str]:
    """Return which of some stores sold alcohol."""
    from age_model.store.analysis.sale_hours import sold_alcohol

    return sold_alcohol(_engine, stores, *period)


@kept
def find(
    _engine: "Engine",
    scope: Scope,
    period: "Period",
    compared: bool,
    hours: str,
    rules: "StoreRules",
) -> "list[Finding]":
    """Return what needs attention; where the hours of sale or a rule have changed, anew."""
    from age_model.store.reports.gather import read_findings

    earlier = read_sales(_engine, scope, period.before, rules) if compared else None
    alcohol = read_sales(_engine, scope, period, rules), earlier
    return read_findings(_engine, scope, period, read_days(_engine, scope, period), alcohol)


def show_page(engine: "Engine", controls: "DeltaGenerator") -> None:
    """Show the chosen period; the figures that are known soonest come first."""
    from age_model.store.analysis.overview import (
        Period,
        check_figures,
        figures_by_store,
        sales_figures,
    )
    from age_model.store.record.restricted_goods import read_goods
    from age_model.store.record.select import demo_names
    from age_model.store.record.settings import read_currency
    from age_model.store.record.span import record_span
    from age_model.store.reports.gather import Overview, is_compared, read_rules_now

    scope = current_visitor().scope(Action.SEE_OVERVIEW)
    span = record_span(engine, scope)
    if span is None:
        show_without_visits(engine, scope)
        return
    with controls:
        days = ask_period(span.first, span.last)
        scope = choose_stores(engine, scope)
    if days is None:
        return
    if span.seen is None:
        say_no_ages()
    period = Period(*days)
    compared = is_compared(span.begun, period)
    visits, sales = read_days(engine, scope, period)
    shown = int(visits.loc[period.holds(visits["day"]), "visits"].sum())
    offered = offer_everything(engine, scope, shown)
    if not period.holds(sales["day"]).any():
        offer_receipts(engine, scope)
    if not demo_names().isdisjoint(visits["store"]):
        say_demonstration(engine, forget_readings)
    currency = read_currency(engine)
    cards = Cards(period, compared, currency)
    sold = sales_figures(visits, sales, period, compared)
    show_sales(cards, sold)
    rules = read_rules_now(engine)
    now = read_sales(engine, scope, period, rules)
    before = read_sales(engine, scope, period.before, rules) if compared else None
    checked = check_figures(now, before)
    show_checks(cards, sold | checked)
    if not offered and are_few(checked):
        offer_longer(longer_period(period.first, span.first, span.last), "checks")
    offer_currency(currency)
    goods = read_goods(engine, scope)
    without = stores_without(goods, engine, scope, period, set(now.table["store"]))
    found = find(engine, scope, period, compared, repr(goods), rules)
    show_attention(found, without, span.seen is not None)
    by_store = figures_by_store(visits, sales, now, period)
    overview = Overview(period, compared, visits, sales, sold | checked, by_store, found, currency)
    show_downloads(overview)
    show_days(overview)


def are_few(checked: "Mapping[str, Figure]") -> bool:
    """Return whether checks are recorded, but too few for a rate."""
    return isnan(checked["id_rate"].value) and not isnan(checked["minors"].value)


def stores_without(
    goods: "Collection[str]",
    engine: "Engine",
    scope: Scope,
    period: "Period",
    checking: set[str],
) -> list[str]:
    """Return which of the stores whose rules the visitor may set sell alcohol at all hours.

    Args:
        goods: stores with restricted goods.
        engine: of `open_record`.
        scope: of the page.
        period: in which they sell.
        checking: stores with sales that are known from visits.
    """
    from age_model.store.record.read import read_stores
    from age_model.store.record.select import demo_names

    others = frozenset(read_stores(engine, scope)) - frozenset(goods) - demo_names()
    selling = read_selling(engine, others, period) | checking
    may_set = current_visitor().scope(Action.CHANGE_RULES)
    return sorted(filter(may_set.includes, selling - demo_names() - set(goods)))


def choose_stores(engine: "Engine", scope: Scope) -> Scope:
    """Show the choice of stores; return the scope within them."""
    from age_model.store.record.read import read_stores

    stores = ask_stores(read_stores(engine, scope))
    return scope.narrowed(stores) if stores else scope


st.title(tr("Overview"), anchor=False)
row = controls_row()
record = open_record_or_say_why()
if record is not None:
    with failures_shown():
        show_page(record, row)
