"""The distribution of a data set's photos over ages and groups."""

from collections.abc import Mapping
from typing import TypeVar

import pandas as pd
import streamlit as st

from age_model.data.age_counts import GROUPS, groups_of, summarise_ages
from age_model.i18n.message import mark
from age_model.i18n.translate import number, tr, trn
from app_pages.charts.data_set import Measure, ages_by_group, ages_compared, group_name
from app_pages.widgets.metrics import show_chart, show_metric
from app_pages.widgets.numbers import percent

T = TypeVar("T")

TITLES = {
    "split": mark("By split"),
    "gender": mark("By gender"),
    "ethnicity": mark("By ethnicity in the labels"),
}
MEASURES: dict[Measure, str] = {"share": mark("Share"), "photos": mark("Photos")}
WIDTHS = {5: mark("5 years"), 1: mark("1 year")}


def show_summary(counts: pd.DataFrame) -> None:
    """Show the data set in a few numbers."""
    ages = summarise_ages(counts)
    with st.grid(5, min_column_width=150):
        show_metric(
            tr("Photos"),
            number(ages.n),
            tr("with a usable label"),
            tr("Photos that are there and whose label has an age from 0 to 116 years."),
        )
        show_metric(
            tr("Ages"),
            f"{ages.youngest}–{ages.oldest}",
            tr("years"),
            tr("The youngest and the oldest age among the labels."),
        )
        show_metric(
            tr("Median age"),
            number(ages.median, ".0f"),
            tr("half are younger"),
            tr("The median of all ages: half of the people are younger."),
        )
        show_metric(
            tr("Under 18"),
            percent(ages.under_18, 1),
            _photos(round(ages.under_18 * ages.n)),
            tr("Share of the photos whose label is an age below 18 years."),
        )
        _show_training_share(counts, ages.n)


def _show_training_share(counts: pd.DataFrame, total: int) -> None:
    meaning = tr(
        "Share of the photos that a model is trained on; the validation photos choose its best "
        "epoch, the test photos are held out. Without given splits, train.py divides the photos "
        "70, 10 and 20%."
    )
    if "split" not in counts:
        show_metric(tr("For training"), "–", tr("no splits given"), meaning)
        return
    learned = int(counts.loc[counts["split"] == "train", "photos"].sum())
    show_metric(tr("For training"), percent(learned / total), _photos(learned), meaning)


def show_ages(counts: pd.DataFrame, trained_on: pd.DataFrame | None = None) -> None:
    """Show the distribution of ages, over all and by group.

    `trained_on` is the table of the shipped model's photos to compare with, if these are others.
    """
    with st.container(horizontal=True, gap="medium"):
        width = _choice(tr("Width of a step"), WIDTHS, "data_width")
        measure = _choice(
            tr("Show"),
            MEASURES,
            "data_measure",
            tr(
                "Share: each group adds up to 100%, so that groups of unequal size compare. "
                "Photos: how many there are."
            ),
        )
    columns = [column for column in GROUPS if column in counts]
    with st.grid(2, min_column_width=330, gap="medium") as grid:
        with grid.cell():
            _show_all(counts, trained_on, width)
        for column in columns:
            with grid.cell():
                _show_groups(counts, column, width, measure)
    missing = [tr(TITLES[column]).lower() for column in GROUPS if column not in counts]
    if missing:
        st.caption(
            tr("The labels do not allow a chart {charts}: they lack the values.").format(
                charts=", ".join(missing)
            )
        )


def _choice(label: str, options: Mapping[T, str], key: str, help: str | None = None) -> T:
    return st.segmented_control(
        label,
        list(options),
        format_func=lambda option: tr(options[option]),
        default=next(iter(options)),
        required=True,
        key=key,
        persist_state="session",
        help=help,
    )


def _show_all(counts: pd.DataFrame, trained_on: pd.DataFrame | None, width: int) -> None:
    if trained_on is None:
        show_chart(
            tr("All photos"),
            tr("Share of the photos at each age."),
            ages_compared(counts, tr("All photos"), None, "", width),
            alt=_in_words({tr("All photos"): counts}),
        )
        return
    learned = trained_on[trained_on["split"] == "train"]
    here, there = tr("This folder"), tr("The model's training photos")
    show_chart(
        tr("Compared with the training photos"),
        tr(
            "Share of this folder's photos at each age, and of the photos that the shipped model "
            "was trained on: where the bars are above the line, the model was trained on "
            "relatively few photos of that age."
        ),
        ages_compared(counts, here, learned, there, width),
        alt=_in_words({here: counts, there: learned}),
    )


def _show_groups(counts: pd.DataFrame, column: str, width: int, measure: Measure) -> None:
    groups = groups_of(counts, column)
    show_chart(
        tr(TITLES[column]),
        tr("Each group's photos by age; n is how many photos the group has."),
        ages_by_group(counts, column, width, measure),
        alt=_in_words({group_name(group): counts[counts[column] == group] for group in groups}),
    )
    without = int(counts.loc[~counts[column].isin(groups), "photos"].sum())
    if without:
        st.caption(tr("Not in this chart: {photos}.").format(photos=_photos(without)))


def _in_words(sets: dict[str, pd.DataFrame]) -> str:
    words = tr("{name}: {photos}, median age {median} years")
    return "; ".join(
        words.format(name=name, photos=_photos(ages.n), median=number(ages.median, ".0f"))
        for name, ages in ((name, summarise_ages(counts)) for name, counts in sets.items())
    )


def _photos(count: int) -> str:
    return trn("{count} photo", "{count} photos", count).format(count=number(count))
