"""Two periods, or two stores, compared on the page Who buys what."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import streamlit as st

from age_model.i18n.dates import day_in_digits, picker_pattern
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from app_pages.purchases.counted import Counted
from app_pages.purchases.goods import show_goods
from app_pages.widgets.metrics import show_chart
from app_pages.widgets.period import offer_longer
from app_pages.widgets.store import Chosen, count_by_bands, days_before, show_store_download
from app_pages.widgets.tables import Heading, show_table
from app_pages.widgets.words import plain

Sides = list[tuple[str, Chosen]]  # each with its name


def show_compared(counted: Counted, what: str, measure: str) -> None:
    """Compare a measure of each band in two of a kind, a key of `SIDES`."""
    from age_model.store.analysis.purchases import FEWEST_VISITS, compare
    from app_pages.charts.store import comparison_chart

    sides = SIDES[what](counted.chosen)
    if sides is None:
        return
    if any(side.tables.count < FEWEST_VISITS for _, side in sides):
        st.info(tr("One side has too few visits: choose other days or stores."))
        return
    models = [count_by_bands(side.tables, counted.model.bands, side.key) for _, side in sides]
    (first_name, first), (second_name, second) = sides
    table = compare((first.tables, models[0]), (second.tables, models[1]), measure)
    differing = ", ".join(table.loc[table["differs"], "band"])
    words = (
        tr("Differ by more than chance: {bands}.").format(bands=differing)
        if differing
        else tr("No age group differs by more than chance.")
    )
    show_chart(
        tr("{first} and {second}").format(first=plain(first_name), second=plain(second_name)),
        tr(
            "Visits and spend are for each day with visits, so that periods may differ in length. "
            "The thin lines are 95% intervals; ≈ stands where the two cannot be told apart."
        ),
        comparison_chart(table, (first_name, second_name), measure, counted.unit),
        alt=words,
    )
    st.markdown(words)
    show_table(table, "compare", _headings(first_name, second_name, measure, counted.unit))
    show_store_download(table, f"compare_{measure}.csv")
    show_goods((first_name, first.tables, models[0]), (second_name, second.tables, models[1]))


def _headings(first: str, second: str, measure: str, unit: str) -> dict[str, Heading]:
    unit = f", {unit}" if unit and measure != "visits" else ""
    form = ",.0f" if measure != "visits" else ",.1f"
    signed = form.replace(",", "+,")
    sides = {
        column: heading
        for side, name in (("first", first), ("second", second))
        for column, heading in (
            (side, Heading(name + unit, form)),
            (f"{side}_low", Heading(mark("From"), form)),
            (f"{side}_high", Heading(mark("To"), form)),
        )
    }
    return {
        **sides,
        "difference": Heading(tr("Difference") + unit, signed),
        "low": Heading(mark("Difference, from"), signed),
        "high": Heading(mark("Difference, to"), signed),
    }


def _two_parts(chosen: Chosen) -> Sides | None:
    from age_model.store.record.select import of_days

    if (chosen.last - chosen.first).days < 2:
        st.info(tr("Two parts need a period of at least three days."))
        offer_longer(chosen.longer, "parts")
        return None
    day = st.slider(
        tr("The second part begins on"),
        chosen.first + timedelta(days=1),
        chosen.last,
        chosen.first + (chosen.last - chosen.first + timedelta(days=1)) / 2,
        format=picker_pattern(),
        key=f"compare_day {chosen.first} {chosen.last}",
        width=480,
    )
    ends = ((chosen.first, day - timedelta(days=1)), (day, chosen.last))
    return _named(
        replace(chosen, first=first, last=last, tables=of_days(chosen.tables, first, last))
        for first, last in ends
    )


def _with_the_days_before(chosen: Chosen) -> Sides | None:
    before = days_before(chosen)
    return None if before is None else _named((before, chosen))


def _named(periods: Iterable[Chosen]) -> Sides:
    return [(f"{day_in_digits(one.first)} – {day_in_digits(one.last)}", one) for one in periods]


def _two_stores(chosen: Chosen) -> Sides | None:
    from age_model.store.record.select import of_stores

    names = chosen.tables.stores
    if len(names) < 2:
        st.info(tr("There is only one store among these visits."))
        return None
    with st.container(horizontal=True):
        first = st.selectbox(tr("First store"), names, key="compare_first", width=260)
        others = [name for name in names if name != first]
        second = st.selectbox(tr("Second store"), others, key="compare_second", width=260)
    return [
        (name, replace(chosen, stores=(name,), tables=of_stores(chosen.tables, (name,))))
        for name in (first, second)
    ]


SIDES = {"before": _with_the_days_before, "parts": _two_parts, "stores": _two_stores}
