from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.translate import tr
from app_pages.retention.one_cashier import show_one_cashier
from app_pages.retention.settings import show_settings
from app_pages.widgets.record import failures_shown, open_record_or_say_why
from app_pages.widgets.store_choice import choose_store
from app_pages.widgets.visitor import require

if TYPE_CHECKING:
    from sqlalchemy import Engine


def show_store(engine: "Engine", visitor: Visitor) -> None:
    """Show how long a store keeps what, and what it keeps of one cashier."""
    store = choose_store(engine, visitor, Action.SET_RETENTION)
    if store is None:
        return
    st.header(tr("How long visits are kept"), anchor=False)
    show_settings(engine, visitor, store)
    st.header(tr("What is kept of a cashier"), anchor=False)
    show_one_cashier(engine, visitor, store)


visitor = require(Action.SET_RETENTION)
st.title(tr("Data kept"), anchor=False)
st.markdown(
    tr(
        "Photos are never kept. A visit is kept with its estimated age and, until that is removed, "
        "a link to its cashier and its receipt."
    )
)
engine = open_record_or_say_why()
if engine is not None:
    with failures_shown():
        show_store(engine, visitor)
