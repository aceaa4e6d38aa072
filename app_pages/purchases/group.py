"""One age group: what it buys more and less often than everybody."""

import pandas as pd
import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from app_pages.purchases.counted import Counted, lifts_of, times_in_words
from app_pages.purchases.heat import FALSE_FINDS
from app_pages.widgets.metrics import show_chart
from app_pages.widgets.period import offer_longer
from app_pages.widgets.record import failures_shown
from app_pages.widgets.store import choose_one, show_store_download
from app_pages.widgets.tables import show_table
from app_pages.widgets.visitor import fragment

KINDS = {"product": mark("Products"), "category": mark("Categories")}
WHOSE = {"band": mark("An age group"), "age": mark("One age")}
MOST_SHOWN = 15


@fragment
@failures_shown()
def show_group(counted: Counted) -> None:
    """Show what a band, or people of about one age, buy more or less of than everybody."""
    from age_model.store.analysis.products import also_bought

    st.header(tr("One age group"), anchor=False)
    with st.container(horizontal=True):
        whose = choose_one(tr("Of whom"), WHOSE, "products_whose")
        kind = choose_one(tr("Show"), KINDS, "products_kind")
    name, table = _lifts(counted, whose, kind)
    if table.empty:
        st.info(tr("Nothing here was bought often enough to compare."))
        offer_longer(counted.chosen.longer, "group")
        return
    more = also_bought(table, name, MOST_SHOWN)
    less = table[table["differs"] & (table["lift"] < 1)].nsmallest(MOST_SHOWN, "lift_high")
    if more.empty and less.empty:
        st.info(
            tr(
                "Nothing is bought significantly more or less often by this age group: all may be "
                "chance."
            )
        )
    else:
        _show_both(name, more, less)
    show_table(table.drop(columns="band"), "group", {"rate": FALSE_FINDS})
    show_store_download(table, f"{kind}_of_one_age_group.csv")


def _show_both(name: str, more: pd.DataFrame, less: pd.DataFrame) -> None:
    if not more.empty:
        _show_lifts(tr("People aged {ages} also buy").format(ages=name), more)
    if not less.empty:
        _show_lifts(tr("People aged {ages} buy less often").format(ages=name), less)
    st.caption(
        tr(
            "Only significant differences are shown; at most about 5 in 100 of them are chance. "
            "The table has everything that was compared."
        )
    )


def _lifts(counted: Counted, whose: str, kind: str) -> tuple[str, pd.DataFrame]:
    from age_model.store.analysis.products import AROUND, lifts_around
    from age_model.store.statistics.model_errors import errors

    if whose == "age":
        age = st.slider(
            tr("Age, years"),
            10,
            90,
            30,
            key="products_age",
            width=480,
            help=tr("People up to {years} years younger or older count too.").format(years=AROUND),
        )
        return lifts_around(counted.chosen.tables, errors, age, kind)
    names = counted.model.bands.names
    name = choose_one(tr("Age group"), {name: name for name in names}, f"products_band {names}")
    table = lifts_of(counted, kind)
    return name, table[table["band"] == name].reset_index(drop=True)


def _show_lifts(title: str, rows: pd.DataFrame) -> None:
    from app_pages.charts.store import lift_chart

    show_chart(
        title,
        tr(
            "How many times as often it is in their baskets as in everybody's, with the 95% "
            "interval. Neighbouring age groups cannot be separated fully: a preference of only "
            "one of them is shown a little too weak. Hover over a mark for the shares behind it."
        ),
        lift_chart(rows),
        alt=times_in_words(rows["item"], rows["lift"]),
    )
