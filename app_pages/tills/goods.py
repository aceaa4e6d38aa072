"""The goods that stores do not sell to everybody or at every hour, and the currency."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.money import CURRENCIES, currency_in_use
from age_model.i18n.translate import tr
from age_model.store.goods_words import ALCOHOL, ENERGY, TOBACCO, restricted_kind
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.record.restricted_goods import Restricted

EDITED = "edited goods"  # begins the key of the table; with a new number it is filled anew
COLUMNS = ("goods", "stores", "categories", "minimum_age", "sold_from", "sold_until")
USUAL = (ALCOHOL, TOBACCO, ENERGY)  # offered to who has none


def show_goods(engine: "Engine", visitor: Visitor, store: str) -> None:
    """Show the restricted goods of a manager's stores as one table to edit, and the currency.

    Args:
        engine: of `open_record`.
        visitor: the manager.
        store: the one chosen on the page; it may be new.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.record.restricted_goods import (
        GoodsError,
        read_categories,
        read_goods,
        set_goods,
    )
    from age_model.store.tills.stores import known_stores

    scope = visitor.scope(Action.CHANGE_RULES)
    before = read_goods(engine, scope)
    stores = sorted({*known_stores(engine, scope), *before, store})
    st.markdown(
        tr(
            "What is sold only from an age on, and only at some hours. Receipts with these "
            "categories at other hours are shown on Overview and in the weekly report."
        )
    )
    if len(stores) > 1:
        st.caption(
            tr(
                "One table for all your stores. Where a region has a law of its own, give the "
                "goods another row, and name its stores in it."
            )
        )
    note = st.empty()
    if not any(before.values()):
        note.info(
            tr("Nothing is restricted yet. This is the usual list: check it and save the table."),
            icon=":material/edit:",
        )
    edited = st.data_editor(
        as_table(before, stores, () if any(before.values()) else read_categories(engine, scope)),
        num_rows="dynamic",
        placeholder="",
        alt=tr("Restricted goods"),
        hide_index=True,
        key=f"{EDITED} {' '.join(stores)}",
        column_order=[name for name in COLUMNS if name != "stores" or len(stores) > 1],
        column_config={
            "goods": st.column_config.TextColumn(tr("Goods"), required=True, max_chars=60),
            "stores": st.column_config.MultiselectColumn(
                tr("Stores"), options=stores, help=tr("Without any: all your stores.")
            ),
            "categories": st.column_config.TextColumn(
                tr("Categories on receipts"),
                help=tr("As they are on the receipts, with commas between them."),
                required=True,
            ),
            "minimum_age": st.column_config.NumberColumn(
                tr("From age"), min_value=1, max_value=99, step=1, default=18, required=True
            ),
            "sold_from": st.column_config.TimeColumn(tr("Sold from"), format="HH:mm"),
            "sold_until": st.column_config.TimeColumn(tr("Sold until"), format="HH:mm"),
        },
    )
    if st.button(tr("Save the table"), icon=":material/check:"):
        try:
            after = from_table(edited, stores)
            changed = [name for name in stores if set(after[name]) != set(before.get(name, ()))]
            set_goods(engine, visitor, {name: after[name] for name in changed})
        except GoodsError as error:
            st.error(plain(tr(error.args[0])))
        else:
            note.empty()
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


def as_table(
    by_store: "Mapping[str, Sequence[Restricted]]",
    stores: Sequence[str],
    known: Sequence[str] = (),
) -> pd.DataFrame:
    """Return goods as a table to edit; without any, the usual ones, which are not saved yet.

    Args:
        by_store: the goods of each store that has some.
        stores: all of the manager's.
        known: categories on receipts, among which those of the usual goods are guessed.

    Returns:
        The columns `COLUMNS`. Goods that are restricted alike in some stores are one row, and
        `stores` is empty where that is in all of them.
    """
    where: dict[Restricted, list[str]] = {}
    for store, goods in by_store.items():
        for one in goods:
            where.setdefault(one, []).append(store)
    rows = [
        one._asdict()
        | {
            "categories": ", ".join(one.categories),
            "stores": [] if set(names) >= set(stores) else names,
        }
        for one, names in sorted(where.items(), key=lambda item: (item[0].goods, item[1]))
    ]
    usual: list[dict[str, object]] = [
        {"goods": tr(name), "categories": _guessed(name, known), "minimum_age": 18,
         "sold_from": None, "sold_until": None, "stores": []}
        for name in USUAL
    ]  # fmt: skip
    return pd.DataFrame(rows or usual).astype({"sold_from": object, "sold_until": object})


def _guessed(goods: str, known: Sequence[str]) -> str:
    found = [name for name in known if restricted_kind(name) == goods and "," not in name]
    return ", ".join(found) or tr(goods)


def from_table(table: pd.DataFrame, stores: Sequence[str]) -> "dict[str, list[Restricted]]":
    """Return the goods of each of a manager's stores from the edited table of `as_table`."""
    from age_model.store.record.restricted_goods import Restricted

    by_store: dict[str, list[Restricted]] = {store: [] for store in stores}
    for row in table.to_dict("records"):
        categories = (part.strip() for part in str(row["categories"] or "").split(","))
        times = (row[name] if pd.notna(row[name]) else None for name in ("sold_from", "sold_until"))
        goods = Restricted(
            str(row["goods"] or "").strip(),
            tuple(dict.fromkeys(filter(None, categories))),
            int(row["minimum_age"] or 0) if pd.notna(row["minimum_age"]) else 0,
            *times,
        )
        named = row["stores"] if isinstance(row["stores"], (list, tuple, np.ndarray)) else ()
        for store in named if len(named) else stores:
            by_store[store].append(goods)
    return by_store
