from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.translate import tr
from app_pages.tills.cashiers import show_cashiers
from app_pages.tills.devices import show_devices
from app_pages.tills.goods import show_goods
from app_pages.tills.rule import show_rule
from app_pages.widgets.record import failures_shown, open_record_or_say_why
from app_pages.widgets.store_choice import choose_store
from app_pages.widgets.tabs import show_open
from app_pages.widgets.visitor import require

if TYPE_CHECKING:
    from sqlalchemy import Engine


def show_store(engine: "Engine", visitor: Visitor) -> None:
    """Show the tills, the cashiers and the rule of one store; only the open tab is computed."""
    store = choose_store(engine, visitor, Action.PAIR_TILLS)
    if store is None:
        return
    views: dict[str, Callable[[], None]] = {
        tr("Devices"): partial(show_devices, engine, visitor, store),
        tr("Cashiers"): partial(show_cashiers, engine, visitor, store),
        tr("Who is asked for ID"): partial(show_rule, engine, visitor, store),
        tr("Restricted goods"): partial(show_goods, engine, visitor, store),
    }
    tabs = st.tabs(list(views), key="tills_view", on_change="rerun")
    show_open(tabs, views.values())


visitor = require(Action.PAIR_TILLS)
st.title(tr("Tills"), anchor=False)
st.markdown(
    tr(
        "Turn a tablet, a phone or a computer into a till, and set whom it asks for ID: on the "
        "device itself, store, till and rule cannot be changed."
    )
)
engine = open_record_or_say_why()
if engine is not None:
    with failures_shown():
        show_store(engine, visitor)
