"""The goods that stores do not sell to everybody or at every hour."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.access.visitor import Visitor
from age_model.i18n.translate import tr
from app_pages.settings.goods_table import COLUMNS, as_table, changes, from_table
from app_pages.settings.regions import show_regions
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.record.restricted_goods import GoodsLists

EDITED = "edited goods"  # begins the key of the table; with a new number it is filled anew
MINUTE = 60  # seconds: a time is complete without these


def show_goods(engine: "Engine", visitor: Visitor) -> None:
    """Show the restricted goods of a manager's stores as one table to edit, and their regions.

    Args:
        engine: of `open_record`.
        visitor: the manager.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.record.restricted_goods import read_lists
    from age_model.store.tills.stores import known_stores

    scope = visitor.scope(Action.CHANGE_RULES)
    before = read_lists(engine, scope)
    stores = sorted({*known_stores(engine, scope), *before.by_store, *before.regions})
    if not stores:
        st.info(tr("There is no store yet: make a till, or add data, first."))
        return
    st.markdown(
        tr(
            "What is sold only from an age on, and only at some hours. Receipts with these "
            "categories at other hours are shown on Overview and in the weekly report. What was "
            "marked as alcohol when it was added counts for alcohol here, even without a category."
        )
    )
    if len(stores) > 1:
        with st.expander(tr("Regions with laws of their own"), icon=":material/map:"):
            show_regions(engine, visitor, before.regions, stores)
    _show_table(engine, visitor, before, stores)


def _show_table(
    engine: "Engine", visitor: Visitor, before: "GoodsLists", stores: Sequence[str]
) -> None:
    from age_model.store.record.restricted_goods import (
        EVERYWHERE,
        GoodsError,
        read_categories,
        set_goods,
    )

    scope = visitor.scope(Action.CHANGE_RULES)
    own = [] if scope.stores is None else stores  # those of others have rules for everywhere
    named = len(stores) > 1 or bool(own)
    regions = sorted({*before.regions.values(), *before.by_region} - {EVERYWHERE})
    listed = any(before.by_store.values()) or any(before.by_region.values())
    if named:
        st.caption(
            tr(
                "One table for all your stores. Where a region has a law of its own, give the "
                "goods another row with this region. A row that names stores goes before that of "
                "their region, and a row that names neither holds everywhere else."
            )
        )
    note = st.empty()
    if not listed:
        note.info(
            tr("Nothing is restricted yet. This is the usual list: check it and save the table."),
            icon=":material/edit:",
        )
    shown = {"regions": bool(regions), "stores": named}
    edited = st.data_editor(
        as_table(before, own, () if listed else read_categories(engine, scope)),
        num_rows="dynamic",
        placeholder="",
        alt=tr("Restricted goods"),
        hide_index=True,
        key=f"{EDITED} {before.regions} {' '.join(stores)}",
        column_order=[name for name in COLUMNS if shown.get(name, True)],
        column_config={
            "goods": st.column_config.TextColumn(tr("Goods"), required=True, max_chars=60),
            "regions": st.column_config.MultiselectColumn(tr("Regions"), options=regions),
            "stores": st.column_config.MultiselectColumn(
                tr("Stores"),
                options=stores,
                default=own or None,
                help=tr(
                    "Without any, and without a region: everywhere else, in stores to come too."
                ),
            ),
            "categories": st.column_config.TextColumn(
                tr("Categories on receipts"),
                help=tr("As they are on the receipts, with commas between them."),
                required=True,
            ),
            "minimum_age": st.column_config.NumberColumn(
                tr("From age"), min_value=1, max_value=99, step=1, default=18, required=True
            ),
            "sold_from": st.column_config.TimeColumn(tr("Sold from"), format="HH:mm", step=MINUTE),
            "sold_until": st.column_config.TimeColumn(
                tr("Sold until"), format="HH:mm", step=MINUTE
            ),
        },
    )
    if st.button(tr("Save the table"), icon=":material/check:"):
        try:
            after = from_table(edited, stores)
            set_goods(engine, visitor, *changes(before, after))
        except GoodsError as error:
            st.error(plain(tr(error.args[0])))
        else:
            note.empty()
            st.success(tr("Saved."), icon=":material/check:")
