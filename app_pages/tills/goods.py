"""The goods that a store does not sell to everybody or at every hour, and the currency."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.message import mark
from age_model.i18n.money import CURRENCIES, currency_in_use
from age_model.i18n.translate import tr
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.record.restricted_goods import Restricted

EDITED = "edited goods"  # begins the key of the table; with a new number it is filled anew
USUAL = (mark("Alcohol"), mark("Tobacco"), mark("Energy drinks"))  # offered to who has none


def show_goods(engine: "Engine", visitor: Visitor, store: str) -> None:
    """Show a store's restricted goods as a table to edit, and the currency.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.access.visitor import EVERYTHING
    from age_model.store.record.restricted_goods import GoodsError, read_goods, set_goods

    st.markdown(
        tr(
            "What is sold only from an age on, and only at some hours. Receipts with these "
            "categories at other hours are shown on Overview and in the weekly report. Laws "
            "differ by region: each store has its own table."
        )
    )
    known = read_goods(engine, EVERYTHING.narrowed([store])).get(store, [])
    edited = st.data_editor(
        _as_table(known),
        num_rows="dynamic",
        placeholder="",
        alt=tr("Restricted goods"),
        hide_index=True,
        key=f"{EDITED} {store}",
        column_config={
            "goods": st.column_config.TextColumn(tr("Goods"), required=True, max_chars=60),
            "categories": st.column_config.TextColumn(
                tr("Categories on receipts"),
                help=tr("As they are on the receipts, with commas between them."),
                width="large",
                required=True,
            ),
            "minimum_age": st.column_config.NumberColumn(
                tr("From age"), min_value=1, max_value=99, step=1, default=18, required=True
            ),
            "sold_from": st.column_config.TimeColumn(tr("Sold from"), format="HH:mm"),
            "sold_until": st.column_config.TimeColumn(tr("Sold until"), format="HH:mm"),
        },
    )
    others = _other_stores(engine, visitor, store)
    with st.container(horizontal=True, vertical_alignment="center"):
        save = st.button(tr("Save the table"), icon=":material/check:")
        everywhere = others and st.checkbox(tr("For all my stores"), key=f"all stores {store}")
    if save:
        try:
            stores = [store, *others] if everywhere else [store]
            set_goods(engine, visitor, stores, _from_table(edited))
        except GoodsError as error:
            st.error(plain(tr(error.args[0])))
        else:
            st.success(tr("Saved."), icon=":material/check:")
    show_currency(engine, visitor)


def show_currency(engine: "Engine", visitor: Visitor) -> None:
    """Show the choice of the currency to who may change the rules of all stores.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.record.settings import read_currency, set_currency

    if visitor.scope(Action.CHANGE_RULES).stores is not None:
        return
    st.header(tr("Currency"), anchor=False)
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
        st.rerun()


def _currency_name(code: str | None) -> str:
    from babel.numbers import get_currency_name

    from age_model.i18n.translate import language

    return f"{code} · {get_currency_name(code, locale=language())}" if code else tr("None")


def _other_stores(engine: "Engine", visitor: Visitor, store: str) -> list[str]:
    from age_model.store.tills.stores import known_stores

    return [
        name for name in known_stores(engine, visitor.scope(Action.CHANGE_RULES)) if name != store
    ]


def _as_table(goods: "list[Restricted]") -> pd.DataFrame:
    """Return goods as a table to edit; without any, the usual ones, which are not saved yet."""
    rows = [one._asdict() | {"categories": ", ".join(one.categories)} for one in goods]
    usual = [
        {"goods": tr(name), "categories": tr(name), "minimum_age": 18, "sold_from": None,
         "sold_until": None}
        for name in USUAL
    ]  # fmt: skip
    return pd.DataFrame(rows or usual).astype({"sold_from": object, "sold_until": object})


def _from_table(table: pd.DataFrame) -> "list[Restricted]":
    from age_model.store.record.restricted_goods import Restricted

    goods = []
    for row in table.to_dict("records"):
        categories = (part.strip() for part in str(row["categories"] or "").split(","))
        times = (row[name] if pd.notna(row[name]) else None for name in ("sold_from", "sold_until"))
        goods.append(
            Restricted(
                str(row["goods"] or "").strip(),
                tuple(dict.fromkeys(filter(None, categories))),
                int(row["minimum_age"] or 0) if pd.notna(row["minimum_age"]) else 0,
                *times,
            )
        )
    return goods
