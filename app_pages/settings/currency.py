"""The currency of all amounts."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.visitor import Visitor
from age_model.i18n.money import CURRENCIES, currency_in_use
from age_model.i18n.translate import tr
from app_pages.settings.saved import draw_saved, say_saved

if TYPE_CHECKING:
    from sqlalchemy import Engine


def show_currency(engine: "Engine", visitor: Visitor) -> None:
    """Show the choice of the currency.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.record.settings import read_currency, set_currency

    now = currency_in_use(read_currency(engine))
    codes = [None, *CURRENCIES]
    chosen = st.selectbox(
        tr("Of the amounts on receipts, in all stores"),
        codes,
        index=codes.index(now) if now in codes else 0,
        format_func=_currency_name,
        key="currency",
        width=320,
    )
    if st.button(tr("Save the currency"), icon=":material/check:", disabled=chosen == now):
        set_currency(engine, visitor, chosen)
        draw_saved("currency")
    say_saved("currency")


def _currency_name(code: str | None) -> str:
    from babel.numbers import get_currency_name

    from age_model.i18n.translate import language

    return f"{code} · {get_currency_name(code, locale=language())}" if code else tr("None")
