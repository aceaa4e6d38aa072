"""The regions of a manager's stores."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.access.visitor import Visitor
from age_model.i18n.translate import tr
from app_pages.settings.saved import draw_saved, say_saved

if TYPE_CHECKING:
    from sqlalchemy import Engine

LONGEST_NAME = 60  # characters of a region's name


def show_regions(
    engine: "Engine", visitor: Visitor, regions: Mapping[str, str], stores: Sequence[str]
) -> None:
    """Show the region of each store, to edit.

    Args:
        engine: of `open_record`.
        visitor: the manager.
        regions: of each store that is in one.
        stores: all of the manager's.

    Raises:
        RecordError: the record cannot be used.
    """
    from age_model.store.record.regions import set_regions

    st.caption(
        tr(
            "Write the same region for all stores under one law: the table of goods then has a "
            "column for regions."
        )
    )
    edited = st.data_editor(
        pd.DataFrame({"store": stores, "region": [regions.get(name, "") for name in stores]}),
        placeholder="",
        alt=tr("Regions"),
        hide_index=True,
        width=480,
        key=f"edited regions {regions} {' '.join(stores)}",
        column_config={
            "store": st.column_config.TextColumn(tr("Store"), disabled=True),
            "region": st.column_config.TextColumn(tr("Region"), max_chars=LONGEST_NAME),
        },
    )
    after = {store: str(region or "").strip() for store, region in edited.to_numpy()}
    changed = {store: after[store] for store in stores if after[store] != regions.get(store, "")}
    if st.button(tr("Save the regions"), icon=":material/check:", disabled=not changed):
        set_regions(engine, visitor, changed)
        draw_saved("regions")
    say_saved("regions")
