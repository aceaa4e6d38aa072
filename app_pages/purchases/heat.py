"""The heat map: what each age group buys more or less often than everybody."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from app_pages.purchases.counted import Counted, lifts_of
from app_pages.widgets.metrics import show_chart
from app_pages.widgets.period import offer_longer
from app_pages.widgets.record import failures_shown
from app_pages.widgets.store import choose_one, show_store_download
from app_pages.widgets.tables import Heading, show_table
from app_pages.widgets.visitor import fragment

if TYPE_CHECKING:
    from age_model.store.analysis import purchases

KINDS = {"category": mark("Categories"), "product": mark("Products")}
MOST_ROWS = 20  # of the heat map: more are not seen at once
MOST_SAID = 5  # differences, to who does not see the map
FALSE_FINDS = Heading(
    mark("False finds"),
    ".1%",
    mark(
        "If this difference and all more certain ones are taken as real, about this share of them "
        "is chance."
    ),
)


@fragment
@failures_shown()
def show_heat(counted: Counted) -> None:
    """Show the heat map of categories or products by age group."""
    from age_model.store.analysis.products import most_telling
    from app_pages.charts.goods import WRITTEN, heat_chart

    with st.container(horizontal=True):
        kind = choose_one(tr("Rows"), KINDS, "heat_kind")
        what = choose_one(tr("In the cells"), WRITTEN, "heat_written")
    table = lifts_of(counted, kind)
    if table.empty:
        st.info(tr("Nothing here was bought often enough to compare."))
        offer_longer(counted.chosen.longer, "heat")
        return
    items = most_telling(table, MOST_ROWS)
    show_chart(
        tr("What each age group buys"),
        tr(
            "Each cell compares an age group with everybody. Orange: this group buys it more "
            "often. Blue: less often. ≈: cannot be told apart from everybody, the difference may "
            "be chance. Small numbers: visits of the group, baskets with the goods. Hover over a "
            "cell for its 95% interval."
        ),
        heat_chart(table, items, visits_of(counted.model), what),
        alt=_in_words(table),
    )
    _say_what_is_shown(len(items), table["item"].nunique())
    show_table(table, "heat", {"rate": FALSE_FINDS})
    show_store_download(table, f"{kind}_by_age_group.csv")


def visits_of(model: "purchases.Counted") -> pd.Series:
    """Return the estimated visits of each band, by its name."""
    return pd.Series(model.by_band.clip(min=0), index=list(model.bands.names))


def _say_what_is_shown(shown: int, every: int) -> None:
    text = tr(
        "Orange: more often than everybody. Blue: less often. **≈**: cannot be told apart from "
        "everybody."
    )
    if shown < every:
        more = tr("The {shown} most telling of {n} are shown, all are in the table.")
        text += " " + more.format(shown=number(shown), n=number(every))
    st.caption(text)


def _in_words(table: pd.DataFrame) -> str:
    surest = table[table["differs"]].nsmallest(MOST_SAID, "rate")
    if surest.empty:
        return tr("No age group can be told apart from everybody.")
    text = tr("{item}, {band}: {times} times as often")
    return "; ".join(
        text.format(item=row["item"], band=row["band"], times=number(row["lift"], ".1f"))
        for row in surest.to_dict("records")
    )
