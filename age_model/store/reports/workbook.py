"""An overview as an Excel file."""

import pandas as pd

from age_model.data.spreadsheets import excel_file
from age_model.i18n.message import mark
from age_model.i18n.money import symbol
from age_model.i18n.translate import tr
from age_model.store.analysis.overview import FIGURES
from age_model.store.record.daily import TILL_DAY
from age_model.store.reports.gather import Overview
from age_model.store.reports.words import finding_in_words, name_of, verdict_in_words

_COLUMNS = {
    "figure": mark("Figure"),
    "value": mark("This period"),
    "low": mark("Probably from"),
    "high": mark("Probably to"),
    "before": mark("Period before"),
    "change": mark("Change"),
    "change_low": mark("Change, from"),
    "change_high": mark("Change, to"),
    "verdict": mark("Verdict"),
    "first": mark("First day"),
    "last": mark("Last day"),
    "text": mark("What needs attention"),
    "store": mark("Store"),
    "till": mark("Till"),
    "day": mark("Day"),
    "visits": mark("Visits with an age"),
    "without_age": mark("Visits without an age"),
    "receipts": mark("Receipts"),
}
_PARTS = ("value", "low", "high", "before", "change", "change_low", "change_high")
_WHOLE, _SHARE = "#,##0", "0.0%"


def overview_workbook(overview: Overview) -> bytes:
    """Return the overview as an Excel file in the reader's language: figures, stores, days."""
    stores = overview.by_store.rename(columns={name: name_of(name) for name in FIGURES})
    sheets = {
        tr("Overview"): _figures(overview),
        tr("What needs attention"): _attention(overview),
        tr("Stores"): stores,
        tr("Days"): _days(overview).rename(columns={"revenue": name_of("revenue")}),
    }
    amounts = _money_form(overview.currency)
    of_figures = {
        "visits": _WHOLE,
        "revenue": amounts,
        "basket": amounts,
        "id_rate": _SHARE,
        "minors": "0.0",
    }
    forms: dict[str, str | list[str]] = {
        **{tr(_COLUMNS[part]): [of_figures[name] for name in overview.figures] for part in _PARTS},
        **{name_of(name): form for name, form in of_figures.items()},
        **{tr(_COLUMNS[name]): _WHOLE for name in ("visits", "receipts")},
    }
    named = {name: tr(label) for name, label in _COLUMNS.items()}
    return excel_file({n: table.rename(columns=named) for n, table in sheets.items()}, forms)


def _money_form(currency: str | None) -> str:
    """Return Excel's format of amounts; the cells stay numbers."""
    sign = symbol(currency).replace('"', "")
    return f'#,##0.00 "{sign}"' if sign else "#,##0.00"


def _figures(overview: Overview) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "figure": name_of(name),
                **{part: getattr(figure, part) for part in _PARTS},
                "verdict": verdict_in_words(figure),
                "first": overview.period.first,
                "last": overview.period.last,
            }
            for name, figure in overview.figures.items()
        ]
    )


def _attention(overview: Overview) -> pd.DataFrame:
    columns = ["text", "store", "till", "day"]
    rows = [(finding_in_words(one), one.store, one.till, one.day) for one in overview.findings]
    return pd.DataFrame(rows, columns=columns)


def _days(overview: Overview) -> pd.DataFrame:
    visits = overview.visits.drop(columns=["mean_age", "sharpness", "light"])
    table = visits.merge(overview.sales, on=TILL_DAY, how="outer")
    return table[overview.period.holds(table["day"])].sort_values(TILL_DAY)
