"""The regions of a manager's stores."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.access.visitor import Visitor
from age_model.i18n.translate import tr
from app_pages.settings.goods_table import changes, moved

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from age_model.store.record.restricted_goods import GoodsLists

LONGEST_NAME = 60  # characters of a region's name


def show_regions(
    engine: "Engine", visitor: Visitor, lists: "GoodsLists", stores: Sequence[str]
) -> None:
    """Show the region of each store, to edit.

    Args:
        engine: of `open_record`.
        visitor: the manager.
        lists: with the regions.
        stores: all of the manager's.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.record.regions import set_regions
    from age_model.store.record.restricted_goods import set_goods

    st.caption(
        tr(
            "Write the same region for all stores under one law: the table of goods then has a "
            "column for regions."
        )
    )
    edited = st.data_editor(
        pd.DataFrame({"store": stores, "region": [lists.regions.get(name, "") for name in stores]}),
        placeholder="",
        alt=tr("Regions"),
        hide_index=True,
        width=480,
        key=f"edited regions {lists.regions} {' '.join(stores)}",
        column_config={
            "store": st.column_config.TextColumn(tr("Store"), disabled=True),
            "region": st.column_config.TextColumn(tr("Region"), max_chars=LONGEST_NAME),
        },
    )
    after = {store: str(region or "").strip() for store, region in edited.to_numpy()}
    changed = {
        store: after[store] for store in stores if after[store] != lists.regions.get(store, "")
    }
    if st.button(tr("Save the regions"), icon=":material/check:", disabled=not changed):
        set_regions(engine, visitor, changed)
        goods = moved(lists, stores, {name: region for name, region in after.items() if region})
        set_goods(engine, visitor, *changes(lists, goods))
        st.rerun()
