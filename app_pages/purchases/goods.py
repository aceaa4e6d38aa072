"""What is bought more or less often on one of two sides, on the page Who buys what."""

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr
from app_pages.purchases.counted import times_in_words
from app_pages.purchases.heat import FALSE_FINDS, KINDS
from app_pages.widgets.metrics import show_chart
from app_pages.widgets.store import choose_one, show_store_download
from app_pages.widgets.tables import Heading, show_table
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from age_model.store.analysis import purchases
    from age_model.store.record.select import Tables

MOST_SHOWN = 15
MOST_NAMED = 10


def show_goods(
    first: "tuple[str, Tables, purchases.Counted]", second: "tuple[str, Tables, purchases.Counted]"
) -> None:
    """Show which goods differ most surely between two sides, whatever the buyers' ages.

    Args:
        first: name, tables and how their visits count.
        second: the same of the other side.
    """
    from age_model.store.analysis.goods import compare_goods, goods_of

    st.header(tr("What is bought more or less often"), anchor=False)
    kind = choose_one(tr("Show"), KINDS, "compare_goods")
    table = compare_goods(*(goods_of(tables, model, kind) for _, tables, model in (first, second)))
    if table.empty:
        st.info(tr("Nothing here was bought often enough to compare."))
        return
    differing = table[table["differs"]]
    if differing.empty:
        st.info(tr("No difference is significant: all may be chance."))
    on_both = differing[(differing["first"] > 0) & (differing["second"] > 0)].head(MOST_SHOWN)
    if not on_both.empty:
        _show_chart(on_both.sort_values("times", ascending=False), first[0], second[0])
    for side, name, other in (("second", second[0], "first"), ("first", first[0], "second")):
        _say_what_is_bought_there_alone(differing[differing[other] == 0], side, name)
    headings = {
        "first": Heading(first[0], ".1%"),
        "second": Heading(second[0], ".1%"),
        "times": Heading(mark("Times as often"), ".2f"),
        "times_low": Heading(mark("Times, from"), ".2f"),
        "times_high": Heading(mark("Times, to"), ".2f"),
        "rate": FALSE_FINDS,
    }
    show_table(table, "goods", headings)
    show_store_download(table, f"compare_{kind}.csv")


def _say_what_is_bought_there_alone(table: pd.DataFrame, side: str, name: str) -> None:
    """Name the goods of one side, the most frequent first: beside none, no times are told."""
    if table.empty:
        return
    items = [plain(item) for item in table.nlargest(MOST_NAMED, side)["item"]]
    more = len(table) - len(items)
    text = (
        tr("Bought only on one side, **{side}**: {items} and {more} more.")
        if more
        else tr("Bought only on one side, **{side}**: {items}.")
    )
    st.markdown(text.format(side=plain(name), items=", ".join(items), more=number(more)))


def _show_chart(table: pd.DataFrame, first: str, second: str) -> None:
    from app_pages.charts.store import times_chart

    show_chart(
        tr("{second} against {first}").format(first=plain(first), second=plain(second)),
        tr(
            "How many times as many baskets have it as on the other side, with the 95% interval, "
            "whatever the buyers' ages. Only significant differences are shown, the surest; at "
            "most about 5 in 100 of them are chance, a few more where the same people come often. "
            "The table has everything that was compared."
        ),
        times_chart(table),
        alt=times_in_words(table["item"], table["times"]),
    )
