"""Test purchases beside the estimates: noted by the manager on the page ID checks."""

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from age_model.access.rights import Action
from age_model.i18n.dates import day_in_digits, picker_pattern
from age_model.i18n.translate import number, tr
from app_pages.widgets.metrics import show_metric
from app_pages.widgets.numbers import percent
from app_pages.widgets.record import failures_shown, open_record_or_say_why
from app_pages.widgets.store import Chosen
from app_pages.widgets.visitor import current_visitor

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.analysis.alcohol import AlcoholSales

LONGEST = 60  # characters of a name
MOST_SHOWN = 20


def show_test_purchases(chosen: Chosen, sales: "AlcoholSales") -> None:
    """Show the test purchases of the chosen days beside the estimated rate, and note one."""
    engine = open_record_or_say_why()
    if engine is None:
        return
    with failures_shown():
        _show(engine, chosen, sales)


def _show(engine: "Engine", chosen: Chosen, sales: "AlcoholSales") -> None:
    from age_model.store.tills.purchases import read_purchases

    st.markdown(
        tr(
            "Somebody who looks young buys for you, and you note whether the till asked for ID: "
            "what really happened, to hold the estimates against."
        )
    )
    scope = chosen.scope.narrowed(chosen.stores) if chosen.stores else chosen.scope
    found = read_purchases(engine, scope, chosen.first, chosen.last)
    _show_rates(found, sales)
    if current_visitor().may(Action.CHANGE_RULES):
        _offer_to_add(engine, chosen.tables.stores, chosen)
    for row in found.head(MOST_SHOWN).to_dict("records"):
        _show_one(engine, row)


def _show_rates(found: pd.DataFrame, sales: "AlcoholSales") -> None:
    from age_model.evaluation.metrics import wilson
    from age_model.store.analysis.alcohol import FEWEST_CHECKS, summarise_sales
    from age_model.store.reports.words import few_checks_in_words

    if found.empty:
        st.info(tr("No test purchase is noted for these days."))
        return
    asked, count = int(found["asked"].sum()), len(found)
    low, high = wilson(asked, count)
    figures = summarise_sales(sales)
    interval = tr("95%: {low} to {high}")
    with st.grid(2, min_column_width=220):
        show_metric(
            tr("Test buyers asked for ID"),
            percent(asked / count),
            tr("{asked} of {count}").format(asked=number(asked), count=number(count)),
            interval.format(low=percent(low), high=percent(high)),
        )
        if figures["recorded"] >= FEWEST_CHECKS:
            show_metric(
                tr("By the estimates"),
                percent(figures["rate"]),
                tr("of those who looked young"),
                interval.format(
                    low=percent(figures["rate_low"]), high=percent(figures["rate_high"])
                ),
            )
        else:
            show_metric(tr("By the estimates"), "–", few_checks_in_words(), "")


def _offer_to_add(engine: "Engine", stores: list[str], chosen: Chosen) -> None:
    from age_model.store.tills.purchases import Purchase, add_purchase

    with (
        st.expander(tr("Note a test purchase"), icon=":material/add:"),
        st.form("test purchase", clear_on_submit=True, border=False),
    ):
        with st.container(horizontal=True):
            store = st.selectbox(tr("Store"), stores, width=220)
            till = st.text_input(tr("Till"), max_chars=LONGEST, width=120)
            goods = st.text_input(tr("Goods"), tr("Alcohol"), max_chars=LONGEST, width=200)
            day = st.date_input(tr("Day"), chosen.last, format=picker_pattern(), width=160)
        asked = st.radio(
            tr("Was the buyer asked for ID?"),
            [True, False],
            format_func=lambda asked: tr("Yes") if asked else tr("No"),
            horizontal=True,
        )
        pressed = st.form_submit_button(tr("Note it"), icon=":material/check:")
    if pressed and store and day:
        purchase = Purchase(store, till.strip(), day, goods.strip(), bool(asked))
        add_purchase(engine, current_visitor(), purchase)
        st.rerun()


def _show_one(engine: "Engine", row: dict[str, Any]) -> None:
    from age_model.store.tills.purchases import remove_purchase

    with st.container(horizontal=True, vertical_alignment="center", border=True):
        words = tr("asked for ID") if row["asked"] else tr("**not asked for ID**")
        st.markdown(f"{day_in_digits(row['day'])} · {words}", width="content")
        st.text(" · ".join(str(row[name]) for name in ("store", "till", "goods") if row[name]))
        if current_visitor().may(Action.CHANGE_RULES, str(row["store"])):
            st.button(
                tr("Remove"),
                key=f"remove test purchase {row['id']}",
                icon=":material/delete:",
                on_click=remove_purchase,
                args=(engine, current_visitor(), row["id"]),
            )
