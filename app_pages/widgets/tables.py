"""Tables with full headings."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from app_pages.widgets.numbers import written
from app_pages.widgets.visitor import fragment

_LETTER = 7  # pixels, of a usual one in a table
_WIDEST = 800  # pixels


class Heading(NamedTuple):
    """The heading of a column.

    Attributes:
        label: marked for translation.
        form: format of its numbers, for `translate.number`; none for other values.
        help: a longer explanation, marked for translation.
    """

    label: str
    form: str | None = None
    help: str = ""


HEADINGS = {  # by the columns' short names, which downloads use
    "band": Heading(mark("Age group")),
    "visits": Heading(mark("Visits"), ",.0f"),
    "spend": Heading(mark("Spend"), ",.0f"),
    "basket": Heading(mark("Spend a visit"), ",.0f"),
    "low": Heading(mark("From"), ",.0f"),
    "high": Heading(mark("To"), ",.0f"),
    "share": Heading(mark("Share"), ".1%"),
    "share_low": Heading(mark("Share, from"), ".1%"),
    "share_high": Heading(mark("Share, to"), ".1%"),
    "item": Heading(mark("Bought")),
    "category": Heading(mark("Category")),
    "baskets": Heading(mark("Baskets with it"), ","),
    "share_all": Heading(mark("Share of all baskets"), ".1%"),
    "lift": Heading(mark("Times as often"), ".2f"),
    "lift_low": Heading(mark("Times, from"), ".2f"),
    "lift_high": Heading(mark("Times, to"), ".2f"),
    "differs": Heading(mark("More than chance")),
    "sales": Heading(mark("Sales of alcohol"), ","),
    "young": Heading(mark("Looked young"), ","),
    "buyers": Heading(mark("Looked young"), ","),
    "recorded": Heading(mark("Of these, recorded"), ","),
    "asked": Heading(mark("Asked"), ","),
    "rate": Heading(mark("Share asked"), ".0%"),
    "rate_low": Heading(mark("Share, from"), ".0%"),
    "rate_high": Heading(mark("Share, to"), ".0%"),
    "asked_others": Heading(mark("Others asked"), ","),
    "unrecorded": Heading(mark("Without a record"), ","),
    "minors": Heading(mark("Under age, unasked"), ",.1f"),
    "minors_low": Heading(mark("Under age, from"), ",.0f"),
    "minors_high": Heading(mark("Under age, to"), ",.0f"),
    "below": Heading(mark("Likely below the standard"), ".0%"),
    "cashier": Heading(mark("Cashier")),
    "visit_id": Heading(mark("Visit")),
    "time": Heading(mark("Time")),
    "store": Heading(mark("Store")),
    "till": Heading(mark("Till")),
    "age": Heading(mark("Age"), ".1f"),
    "age_low": Heading(mark("Age, from"), ".1f"),
    "age_high": Heading(mark("Age, to"), ".1f"),
}


def show_numbers(
    table: pd.DataFrame, alt: str, headings: Mapping[str, Heading] | None = None
) -> None:
    """Show a table with full headings; the first column is pinned.

    Args:
        table: with the short column names of a download.
        alt: for screen readers.
        headings: of columns that are not in `HEADINGS`, or differ from it.
    """
    known = {**HEADINGS, **(headings or {})}
    shown = _in_words(table)
    texts = shown.select_dtypes(["object", "str"]).columns
    columns = {
        name: text_column(shown[name], tr(known[name].label), pinned=number == 0)
        if name in texts
        else st.column_config.Column(tr(known[name].label), help=tr(known[name].help) or None)
        for number, name in enumerate(shown.columns)
    }
    forms = {name: known[name].form or "" for name in shown.select_dtypes("number").columns}
    st.dataframe(written(shown, forms), hide_index=True, alt=alt, column_config=columns)


def _in_words(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with "Yes" and "No", and with names as texts."""
    yes_or_no = {True: tr("Yes"), False: tr("No")}
    return table.assign(
        **{name: table[name].map(yes_or_no) for name in table.select_dtypes("bool")},
        **{name: table[name].astype(str) for name in table.select_dtypes("category")},
    )


def text_column(texts: pd.Series, label: str, pinned: bool = False) -> ColumnConfig:
    """Return a column wide enough for its texts, which Streamlit would cut off."""
    longest = max([len(label), *texts.astype(str).str.len()])
    width = min(_LETTER * longest + 3 * _LETTER, _WIDEST)
    return st.column_config.Column(label, width=width, pinned=pinned or None)


@fragment
def show_table(
    table: pd.DataFrame, key: str, headings: Mapping[str, Heading] | None = None
) -> None:
    """Show a table, folded, as `show_numbers` does once it is opened.

    A browser loads 1.6 MB of Streamlit's for its first table, were it folded or not.

    Args:
        table: with the short column names of a download.
        key: another one for each table of a page.
        headings: of columns that are not in `HEADINGS`, or differ from it.
    """
    folded = st.expander(
        tr("Table"), icon=":material/table:", key=f"table {key}", on_change="rerun"
    )
    if folded.open:
        with folded:
            show_numbers(table, tr("All numbers"), headings)
