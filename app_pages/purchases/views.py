"""The tabs of the Purchases page on one set of visits."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr, trn
from app_pages.widgets.metrics import show_chart
from app_pages.widgets.store import Chosen, choose_one, show_store_download
from app_pages.widgets.tables import HEADINGS, Heading, show_table

if TYPE_CHECKING:
    from age_model.store.statistics.band_weights import BandModel

BY = {
    "day": mark("Day"),
    "week": mark("Week"),
    "weekday": mark("Day of the week"),
    "hour": mark("Hour"),
    "store": mark("Store"),
}
KINDS = {"product": mark("Products"), "category": mark("Categories")}
WHOSE = {"band": mark("An age group"), "age": mark("One age")}
MOST_SHOWN = 15
FALSE_FINDS = Heading(
    mark("False finds"),
    ".1%",
    mark(
        "If this difference and all more certain ones are taken as real, about this share of them "
        "is chance."
    ),
)
INTERVALS = mark(
    "The thin lines are 95% intervals: they contain the true value about 95 times in 100. They "
    "come from a bootstrap of the visits and of the photos that the model's errors were measured "
    "on."
)


@dataclass(frozen=True)
class Counted:
    """The chosen visits, and how they count towards age bands."""

    chosen: Chosen
    model: "BandModel"


def choose_measure(key: str) -> str:
    """Show the choice of a measure."""
    from app_pages.charts.store import MEASURE_NAMES

    return choose_one(tr("Show"), MEASURE_NAMES, key)


def show_bands(counted: Counted) -> None:
    """Show visits, spend or spend a visit of each band, and which do not differ significantly."""
    from age_model.store.analysis.purchases import by_band, similar_bands
    from app_pages.charts.store import MEASURE_NAMES, bands_chart

    tables, model = counted.chosen.tables, counted.model
    measure = choose_measure("bands_measure")
    table = by_band(tables, model, measure)
    show_chart(
        tr(MEASURE_NAMES[measure]),
        tr(INTERVALS),
        bands_chart(table, measure),
        alt=_in_words(table),
    )
    st.markdown(_who_differs(similar_bands(tables, model, measure), len(model.bands)))
    named = table.rename(columns={"value": measure})
    show_table(named)
    show_store_download(named, f"{measure}_by_age_group.csv")


def _who_differs(alike: list[tuple[str, str]], bands: int) -> str:
    if not alike:
        return tr("Any two of these groups differ significantly.")
    if len(alike) == bands * (bands - 1) // 2:
        return tr("No two of these groups differ significantly: all differences may be chance.")
    others: dict[str, list[str]] = {}
    for one, other in alike:
        others.setdefault(one, []).append(other)
    return "\n".join(
        [
            tr("**No significant difference**: it may be chance."),
            *(
                tr("- **{one}** from {others}").format(one=one, others=", ".join(names))
                for one, names in others.items()
            ),
        ]
    )


def show_over_time(counted: Counted) -> None:
    """Show a measure of each band over time, by hour or by store."""
    from age_model.store.analysis.purchases import by_part, is_a_day, per_day
    from app_pages.charts.store import measure_name, part_name, parts_chart

    measure = choose_measure("time_measure")
    by = choose_one(tr("By"), BY, "time_by")
    table = by_part(counted.chosen.tables, counted.model, by, measure)
    if is_a_day(by, measure):
        table = per_day(table, counted.chosen.tables)
    name = measure_name(measure, is_a_day(by, measure))
    show_chart(
        tr("{measure} by age group").format(measure=name),
        tr(INTERVALS)
        + " "
        + tr("Where there are many points, the intervals are in the tips and in the table."),
        parts_chart(table, by, measure),
        alt=_spans_in_words(table),
    )
    if by == "week" and measure != "basket":
        _say_which_weeks_are_cut(counted.chosen)
    parts = [part_name(part, by) for part in table["part"]]
    named = table.assign(part=parts).rename(columns={"value": measure})
    headings = {"part": Heading(BY[by]), measure: HEADINGS[measure]._replace(label=name)}
    show_table(named, headings)
    show_store_download(named, f"{measure}_by_{by}.csv")


def _spans_in_words(table: pd.DataFrame) -> str:
    spans = table.groupby("band", sort=False)["value"].agg(["min", "max"])
    return ", ".join(
        tr("{band}: {low} to {high}").format(
            band=band, low=number(low, ",.0f"), high=number(high, ",.0f")
        )
        for band, low, high in spans.itertuples()
    )


def _say_which_weeks_are_cut(chosen: Chosen) -> None:
    from age_model.store.record.select import cut_weeks

    weeks = cut_weeks(chosen.first, chosen.last)
    if weeks:
        st.caption(
            trn(
                "The week from {weeks} lies in this period only in part.",
                "The weeks from {weeks} lie in this period only in part.",
                len(weeks),
            ).format(weeks=", ".join(map(str, weeks)))
        )


def show_products(counted: Counted) -> None:
    """Show what a band, or people of about one age, buy more or less of than everybody."""
    from age_model.store.analysis.products import also_bought

    with st.container(horizontal=True):
        whose = choose_one(tr("Of whom"), WHOSE, "products_whose")
        kind = choose_one(tr("Show"), KINDS, "products_kind")
    name, table = _lifts(counted, whose, kind)
    if table.empty:
        st.info(tr("Nothing here was bought often enough to compare. Choose a longer period."))
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
    show_table(table.drop(columns="band"), {"rate": FALSE_FINDS})
    show_store_download(table, f"{kind}_by_age_group.csv")


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
    from age_model.store.analysis.products import AROUND, lifts, lifts_around
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
    table = lifts(counted.chosen.tables, counted.model, kind)
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
        alt=", ".join(
            tr("{item} {times:.1f} times as often").format(item=item, times=times)
            for item, times in zip(rows["item"], rows["lift"], strict=True)
        ),
    )


def _in_words(table: pd.DataFrame) -> str:
    return ", ".join(
        f"{band}: {number(value, ',.0f')}"
        for band, value in zip(table["band"], table["value"], strict=True)
    )
