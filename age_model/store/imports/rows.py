"""From the rows of a file to receipts and visits, with the reasons for rejected rows."""

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from age_model.ages import AGE_LIMITS, MAX_AGE, under_column
from age_model.i18n.message import mark
from age_model.i18n.translate import tr
from age_model.store.imports.csv_files import parse_numbers, parse_yes_or_no
from age_model.store.imports.file_times import TimeReading, parse_times
from age_model.store.imports.tables import BEYOND
from age_model.store.record.schema import OUTCOMES
from age_model.store.statistics.model_errors import usual_ranges
from age_model.store.statistics.spread import share_under, spread

IMPORTED = "imported"  # model version of ages from elsewhere
NO_CATEGORY = "–"
# Larger ones are mistakes, such as a receipt number, and do not fit the record's fields.
MOST_AMOUNT = 10**7
MOST_QUANTITY = 10**6
ANY_TEXT = pd.StringDtype("python")  # other text of pandas holds no surrogates
UNKEEPABLE = re.compile(r"[\x00\ud800-\udfff]")  # no text of a PostgreSQL database may hold these


class Field(NamedTuple):
    """What a column can hold.

    Attributes:
        label: on screen.
        required: whether a file must have it; store and till can also be typed.
        names: parts of headings of such a column, in lower case.
    """

    label: str
    required: bool
    names: tuple[str, ...]


_COMMON = {
    "time": Field(mark("Time"), True, ("time", "время", "дата и время", "дата/время")),
    "date": Field(mark("Date, if it is in its own column"), False, ("date", "дата")),
    "store": Field(
        mark("Store"),
        True,
        (
            "store",
            "shop",
            "branch",
            "магазин",
            "торговая точка",
            "филиал",
            "склад",
            "подразделение",
            "location",
            "outlet",
        ),
    ),
    "till": Field(
        mark("Till"), True, ("till", "register", "terminal", "касса", "кассы", "ккм", "ккт")
    ),
    "cashier": Field(
        mark("Cashier"), False, ("cashier", "salesperson", "кассир", "продавец", "операционист")
    ),
}
FIGURES = ("age", "age_low", "age_high")
EACH_BY_ITSELF: Mapping[str, bool] = MappingProxyType({})
_TEXTS = ["store", "till", "cashier", "number", "product", "category"]
_NUMBER = (
    "receipt",
    "receipt number",
    "receipt id",
    "order id",
    "order number",
    "transaction",
    "check number",
    "чек",
    "номер чека",
    "№ чека",
    "чек №",
    "номер документа",
    "№ документа",
    "заказ",
)
RECEIPT_FIELDS = _COMMON | {
    "number": Field(mark("Receipt number"), True, _NUMBER),
    "product": Field(
        mark("Product"),
        True,
        ("product", "item", "description", "товар", "наименование", "номенклатура"),
    ),
    "category": Field(
        mark("Category"),
        False,
        ("category", "department", "категория", "группа", "вид номенклатуры"),
    ),
    "quantity": Field(mark("Quantity"), False, ("quantity", "qty", "количество", "кол-во")),
    "amount": Field(
        mark("Amount of the line"),
        True,
        ("amount", "total", "сумма", "стоимость", "выручка", "продано на"),
    ),
    "is_alcohol": Field(mark("Is alcohol, yes or no"), False, ("alcohol", "алкоголь")),
}
VISIT_FIELDS = _COMMON | {
    "number": Field(mark("Receipt number"), False, _NUMBER),
    "age": Field(mark("Age"), True, ("age", "возраст")),
    "age_low": Field(mark("Lower end of the 90% range"), False, ("age_low", "low", "от")),
    "age_high": Field(mark("Upper end of the 90% range"), False, ("age_high", "high", "до")),
    "outcome": Field(mark("Outcome of the ID check"), False, ("outcome", "результат")),
}


class Checked(NamedTuple):
    """Rows that can be added, as `add_receipts` or `add_visits` reads them, and the others.

    Attributes:
        good: with the file's row numbers for an index.
        bad: the rows of the file, with their number (row) and reason in front.
    """

    good: pd.DataFrame
    bad: pd.DataFrame


def guess_columns(fields: Mapping[str, Field], columns: Collection[str]) -> dict[str, str]:
    """Guess the column of each field from the headings; each column is used once."""
    left = list(columns)
    found: dict[str, str] = {}
    for exactly in (True, False):
        for name, field in fields.items():
            for column in left if name not in found else ():
                heading = column.lower().replace("_", " ")
                words = [word.replace("_", " ") for word in (name, *field.names)]
                if heading in words if exactly else any(word in heading for word in words):
                    found[name] = column
                    left.remove(column)
                    break
    if "date" in found and "time" not in found:  # one column holds both
        found["time"] = found.pop("date")
    return found


def written_times(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.Series:
    """Return the texts of the times; a date in its own column is prepended."""
    times = table[columns["time"]]
    return table[columns["date"]] + " " + times if "date" in columns else times


def check_receipts(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    typed: Mapping[str, str],
    reading: TimeReading,
    alcohol: Collection[str] = (),
    grouped: Mapping[str, bool] = EACH_BY_ITSELF,
) -> Checked:
    """Read receipt lines.

    Args:
        table: of `read_file`.
        columns: the column of each field of `RECEIPT_FIELDS` that the file has.
        typed: store and till where there is no column for them.
        reading: of the times.
        alcohol: names of the categories that are alcohol, if there is no column for it; of the
            products where the file has no categories.
        grouped: whether commas group digits, by field; see `parse_numbers`.
    """
    good, problems = _common(table, columns, typed, reading)
    good["number"] = table[columns["number"]]
    good["product"] = table[columns["product"]]
    good["amount"] = parse_numbers(table[columns["amount"]], grouped.get("amount"))
    good["category"] = NO_CATEGORY
    if "category" in columns:
        good["category"] = table[columns["category"]].replace("", NO_CATEGORY)
    good["quantity"] = 1.0
    if "quantity" in columns:
        good["quantity"] = parse_numbers(table[columns["quantity"]], grouped.get("quantity"))
    good["is_alcohol"] = good["category" if "category" in columns else "product"].isin(alcohol)
    if "is_alcohol" in columns:
        good["is_alcohol"] = parse_yes_or_no(table[columns["is_alcohol"]])
    problems.add(good["number"] == "", tr("the receipt number is missing"))
    problems.add(good["product"] == "", tr("the product is missing"))
    problems.add(~(good["amount"].abs() < MOST_AMOUNT), tr("the amount is not a number"))
    problems.add(~(good["quantity"].abs() < MOST_QUANTITY), tr("the quantity is not a number"))
    problems.add(good["is_alcohol"].isna(), tr("alcohol is neither yes nor no"))
    problems.name_totals(good["time"].isna(), columns["time"])
    return problems.part(good)


def has_ranges(columns: Mapping[str, str]) -> bool:
    """Tell whether a file of visits has the ends of the ages' ranges."""
    return {"age_low", "age_high"} <= columns.keys()


def check_visits(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    typed: Mapping[str, str],
    reading: TimeReading,
    grouped: Mapping[str, bool] = EACH_BY_ITSELF,
) -> Checked:
    """Read visits with ages that were estimated elsewhere; see `visit_distributions`.

    Where the file has no ranges, an age gets one of `usual_ranges`.

    Args:
        table: of `read_file`.
        columns: the column of each field of `VISIT_FIELDS` that the file has.
        typed: store and till where there is no column for them.
        reading: of the times.
        grouped: whether commas group digits, by field; see `parse_numbers`.
    """
    good, problems = _common(table, columns, typed, reading)
    for name in FIGURES if has_ranges(columns) else FIGURES[:1]:
        good[name] = parse_numbers(table[columns[name]], grouped.get(name))
    if not has_ranges(columns):
        good["age_low"], good["age_high"] = usual_ranges(good["age"].to_numpy(float))
    good["number"] = table[columns["number"]].replace("", None) if "number" in columns else None
    good["outcome"] = None
    if "outcome" in columns:
        known = {outcome.lower(): outcome for outcome in OUTCOMES}
        written = table[columns["outcome"]].str.lower()
        good["outcome"] = written.map(known)
        problems.add(
            good["outcome"].isna() & (written != ""),
            tr("the outcome is not one of: {outcomes}").format(outcomes=", ".join(OUTCOMES)),
        )
    figures = good[list(FIGURES)]
    ages = figures.ge(0).all(axis=1) & figures.le(MAX_AGE).all(axis=1)
    problems.add(~ages, tr("age and range must be numbers from 0 to {most}").format(most=MAX_AGE))
    ordered = (good["age_low"] <= good["age"]) & (good["age"] <= good["age_high"])
    problems.add(ages & ~ordered, tr("the age lies outside its range"))
    dated = good.assign(day=good["time"].dt.normalize())
    for keys, reason in unique_keys():
        whole = dated.dropna(subset=list(keys))
        problems.add(whole.duplicated(list(keys)).reindex(good.index, fill_value=False), reason)
    return problems.part(good)


def leave_out_stores(
    checked: Checked, table: pd.DataFrame, may_add: Callable[[str], bool]
) -> Checked:
    """Count rows of stores that somebody may not add to among the bad ones.

    Args:
        checked: of `check_receipts` or `check_visits`.
        table: that was checked.
        may_add: tells it of a store's name.
    """
    may = {store: may_add(store) for store in checked.good["store"].unique()}
    foreign = ~checked.good["store"].map(may).astype(bool)
    if not foreign.any():
        return checked
    problems = Problems(table.loc[checked.good.index[foreign]])
    for store in sorted(store for store, allowed in may.items() if not allowed):
        rows = checked.good["store"][foreign] == store
        problems.add(rows, tr("you have no rights in the store {store}").format(store=store))
    bad = problems.part(checked.good[foreign]).bad
    return Checked(checked.good[~foreign], pd.concat([checked.bad, bad]).sort_index())


def unique_keys() -> list[tuple[tuple[str, ...], str]]:
    """Return the fields that no two visits share, and the reason why a second one cannot be added.

    `day` is that of the time.
    """
    return [
        (("store", "till", "time"), tr("another row has the same store, till and time")),
        (("store", "till", "day", "number"), tr("another row has the same receipt")),
    ]


def visit_distributions(visits: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Add probabilities and model version to visits, and distributions as wide as the range.

    Returns:
        The arguments of `add_visits`.
    """
    distributions = spread(*(visits[name].to_numpy() for name in ("age", "age_low", "age_high")))
    under = {under_column(limit): share_under(distributions, limit) for limit in AGE_LIMITS}
    return visits.assign(**under, model_version=IMPORTED), distributions


TOTAL = mark("a total, not something sold")  # the reason of a row below the receipts
_TOTAL = r"(?i)\s*(итог|итого|всего|total|grand total|sum)\b"  # begins such a row


def without_totals(bad: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the rows that cannot be added without the totals, and how many totals there are."""
    is_total = bad["reason"] == tr(TOTAL)
    return bad[~is_total], int(is_total.sum())


class Problems:
    """The reasons why rows cannot be added."""

    def __init__(self, table: pd.DataFrame) -> None:
        self._table = table
        self._reasons = np.full(len(table), "", dtype=object)

    def add(self, where: pd.Series, reason: str) -> None:
        """Add a reason to the rows where it applies; a missing value counts as yes."""
        rows = np.flatnonzero(where.fillna(True).to_numpy(dtype=bool))
        self._reasons[rows] = [
            f"{before}; {reason}" if before else reason for before in self._reasons[rows]
        ]

    def name_totals(self, timeless: pd.Series, column: str) -> None:
        """Say of totals below the receipts what they are, in place of what they lack.

        Args:
            timeless: where there is no time.
            column: of the times, empty or with the word itself in such a row.
        """
        cells = self._table[timeless.to_numpy(dtype=bool)]
        cells = cells[(cells[column] == "") | cells[column].str.match(_TOTAL)]
        is_total = cells.apply(lambda texts: texts.str.match(_TOTAL)).any(axis=1)
        places = self._table.index.get_indexer(cells.index[is_total])
        self._reasons[places] = tr(TOTAL)

    def part(self, rows: pd.DataFrame) -> Checked:
        """Return which rows can be added, and the others as they are in the file."""
        self.add(_unkeepable(rows), tr("a text has a character that cannot be kept"))
        is_bad = self._reasons != ""
        # A corrected file of bad rows has these columns already.
        bad = self._table[is_bad].drop(columns=["row", "reason"], errors="ignore")
        bad.insert(0, "reason", self._reasons[is_bad])
        bad.insert(0, "row", bad.index)
        return Checked(rows[~is_bad], bad)


def _unkeepable(rows: pd.DataFrame) -> pd.Series:
    """Return where a text is none that every database keeps, bool."""
    found = np.zeros(len(rows), dtype=bool)
    for name in rows.columns.intersection(_TEXTS):
        place, different = pd.factorize(rows[name])
        unkeepable = [bool(UNKEEPABLE.search(text)) for text in different.tolist()]
        found |= np.array([*unkeepable, False])[place]
    return pd.Series(found, rows.index)


def _common(
    table: pd.DataFrame,
    columns: Mapping[str, str],
    typed: Mapping[str, str],
    reading: TimeReading,
) -> tuple[pd.DataFrame, Problems]:
    problems = Problems(table)
    if BEYOND in table:
        problems.add(table[BEYOND] != "", tr("there are more columns than headings"))
    times = parse_times(written_times(table, columns), reading)
    rows = pd.DataFrame({"time": times}, index=table.index)
    problems.add(rows["time"].isna(), tr("the time is missing or of an unknown format"))
    for name, reason in (
        ("store", tr("the store is missing")),
        ("till", tr("the till is missing")),
    ):
        if name in columns:
            rows[name] = table[columns[name]]
        else:
            rows[name] = pd.Series(typed[name], table.index, dtype=ANY_TEXT)
        problems.add(rows[name] == "", reason)
    rows["cashier"] = None
    if "cashier" in columns:
        rows["cashier"] = table[columns["cashier"]].replace("", None)
    return rows, problems
