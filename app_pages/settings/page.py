from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from app_pages.settings.cashiers import show_cashiers
from app_pages.settings.currency import show_currency
from app_pages.settings.devices import show_devices
from app_pages.settings.goods import show_goods
from app_pages.settings.one_cashier import show_one_cashier
from app_pages.settings.retention import show_retention
from app_pages.settings.rule import show_rule
from app_pages.widgets.doors import CASHIERS_TAB, CURRENCY_TAB, GOODS_TAB
from app_pages.widgets.record import failures_shown, open_record_or_say_why
from app_pages.widgets.store_choice import choose_store
from app_pages.widgets.tabs import show_addressed
from app_pages.widgets.visitor import require

if TYPE_CHECKING:
    from sqlalchemy import Engine

Show = Callable[["Engine", Visitor, str], None]  # the settings of one store

TITLES = {  # of the tabs, by their names in the address
    "tills": mark("Tills"),
    CASHIERS_TAB: mark("Cashiers"),
    "id_rule": mark("Who is asked for ID"),
    GOODS_TAB: mark("Restricted goods"),
    CURRENCY_TAB: mark("Currency"),
    "data_kept": mark("Data kept"),
}


def show_settings(engine: "Engine", visitor: Visitor) -> None:
    """Show the settings, as far as they are the visitor's; only the open tab is computed."""

    def of_a_store(show: Show, action: Action = Action.PAIR_TILLS) -> None:
        store = choose_store(engine, visitor, action)
        if store is not None:
            show(engine, visitor, store)

    views: dict[str, Callable[[], None]] = {
        "tills": partial(of_a_store, show_devices),
        CASHIERS_TAB: partial(of_a_store, show_cashiers),
        "id_rule": partial(of_a_store, show_rule),
        GOODS_TAB: partial(show_goods, engine, visitor),
    }
    if visitor.scope(Action.CHANGE_RULES).stores is None:
        views[CURRENCY_TAB] = partial(show_currency, engine, visitor)
    if visitor.may(Action.SET_RETENTION):
        views["data_kept"] = partial(of_a_store, show_kept, Action.SET_RETENTION)
    show_addressed({name: (TITLES[name], show) for name, show in views.items()}, "settings_tab")


def show_kept(engine: "Engine", visitor: Visitor, store: str) -> None:
    """Show how long a store keeps what, and what it keeps of one cashier."""
    st.markdown(
        tr(
            "Photos are never kept. A visit is kept with its estimated age and, until that is "
            "removed, a link to its cashier and its receipt."
        )
    )
    st.header(tr("How long visits are kept"), anchor=False)
    show_retention(engine, visitor, store)
    st.header(tr("What is kept of a cashier"), anchor=False)
    show_one_cashier(engine, visitor, store)


visitor = require(Action.PAIR_TILLS)
st.title(tr("Settings"), anchor=False)
engine = open_record_or_say_why()
if engine is not None:
    with failures_shown():
        show_settings(engine, visitor)
