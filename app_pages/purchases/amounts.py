"""How much each age group buys: one chart, with switches for time and comparison."""

import pandas as pd
import streamlit as st

from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr, trn
from app_pages.purchases.compare import show_compared
from app_pages.purchases.counted import Counted
from app_pages.widgets.metrics import show_chart
from app_pages.widgets.record import failures_shown
from app_pages.widgets.store import Chosen, choose_one, show_store_download
from app_pages.widgets.tables import HEADINGS, Heading, show_table
from app_pages.widgets.visitor import fragment

ALL = "all"
BY = {
    ALL: mark("Whole period"),
    "day": mark("Day"),
    "week": mark("Week"),
    "weekday": mark("Day of the week"),
    "hour": mark("Hour"),
    "store": mark("Store"),
}
NOTHING = "nothing"
WITH = {
    NOTHING: mark("Nothing"),
    "before": mark("The period before"),
    "parts": mark("Two parts of the period"),
    "stores": mark("Two stores"),
}
INTERVALS = mark(
    "The thin lines are 95% intervals: they contain the true value about 95 times in 100. "
    "They come from a bootstrap of the visits and of the photos that the model's errors "
    "were measured on."
)


@fragment
@failures_shown()
def show_amounts(counted: Counted) -> None:
    """Show visits, spend or spend a visit of each band: in all, over time, or compared."""
    from app_pages.charts.store import MEASURE_NAMES

    st.header(tr("How much each age group buys"), help=tr(INTERVALS), anchor=False)
    with st.container(horizontal=True):
        measure = choose_one(tr("Show"), MEASURE_NAMES, "amounts_measure")
        compared = choose_one(tr("Compare"), WITH, "amounts_compared")
        by = choose_one(tr("By"), BY, "amounts_by") if compared == NOTHING else ALL
    if compared != NOTHING:
        show_compared(counted, compared, measure)
    elif by == ALL:
        _show_bands(counted, measure)
    else:
        _show_parts(counted, measure, by)


def _show_bands(counted: Counted, measure: str) -> None:
    from age_model.store.analysis.purchases import by_band, similar_bands
    from app_pages.charts.store import bands_chart, measure_name

    tables, model = counted.chosen.tables, counted.model
    table = by_band(tables, model, measure)
    alike = similar_bands(tables, model, measure)
    name = measure_name(measure, unit=counted.unit)
    figure = bands_chart(table, measure, counted.unit)
    show_chart(name, tr(INTERVALS), figure, alt=_in_words(table))
    st.markdown(_who_is_alike(alike, len(model.bands)))
    named = table.rename(columns={"value": measure})
    show_table(named, "bands", {measure: HEADINGS[measure]._replace(label=name)})
    show_store_download(named, f"{measure}_by_age_group.csv")


def _who_is_alike(alike: list[tuple[str, str]], bands: int) -> str:
    if not alike:
        return tr("Any two of these groups differ significantly.")
    if len(alike) == bands * (bands - 1) // 2:
        return tr("No two of these groups differ significantly: all differences may be chance.")
    others: dict[str, list[str]] = {}
    for one, other in alike:
        others.setdefault(one, []).append(other)
    groups = [f"**{one}** ≈ {', '.join(names)}" for one, names in others.items()]
    text = tr("Cannot be told apart, the difference may be chance: {groups}.")
    return text.format(groups="; ".join(groups))


def _show_parts(counted: Counted, measure: str, by: str) -> None:
    from age_model.store.analysis.purchases import by_part, is_a_day, per_day
    from app_pages.charts.parts import parts_chart
    from app_pages.charts.store import measure_name, part_name

    table = by_part(counted.chosen.tables, counted.model, by, measure)
    if is_a_day(by, measure):
        table = per_day(table, counted.chosen.tables)
    name = measure_name(measure, is_a_day(by, measure), counted.unit)
    show_chart(
        tr("{measure} by age group").format(measure=name),
        tr(INTERVALS),
        parts_chart(table, by, measure, counted.unit),
        alt=_spans_in_words(table),
    )
    if by == "week" and measure != "basket":
        _say_which_weeks_are_cut(counted.chosen)
    parts = [part_name(part, by) for part in table["part"]]
    named = table.assign(part=parts).rename(columns={"value": measure})
    headings = {"part": Heading(BY[by]), measure: HEADINGS[measure]._replace(label=name)}
    show_table(named, "parts", headings)
    show_store_download(named, f"{measure}_by_{by}.csv")


def _in_words(table: pd.DataFrame) -> str:
    return ", ".join(
        f"{band}: {number(value, ',.0f')}"
        for band, value in zip(table["band"], table["value"], strict=True)
    )


def _spans_in_words(table: pd.DataFrame) -> str:
    spans = table.groupby("band", sort=False)["value"].agg(["min", "max"])
    return ", ".join(
        tr("{band}: {low} to {high}").format(
            band=band, low=number(low, ",.0f"), high=number(high, ",.0f")
        )
        for band, low, high in spans.itertuples()
    )


def _say_which_weeks_are_cut(chosen: Chosen) -> None:
    from age_model.i18n.dates import day_in_digits
    from age_model.store.record.select import cut_weeks

    weeks = cut_weeks(chosen.first, chosen.last)
    if weeks:
        st.caption(
            trn(
                "The week from {weeks} lies in this period only in part.",
                "The weeks from {weeks} lie in this period only in part.",
                len(weeks),
            ).format(weeks=", ".join(map(day_in_digits, weeks)))
        )
