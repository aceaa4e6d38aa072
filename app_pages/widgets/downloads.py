"""All results as a table, and tables to download."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.access.rights import Action
from age_model.ages import whole_years, years_lived
from age_model.data.spreadsheets import csv_file
from age_model.i18n.translate import in_language, language, tr
from age_model.predict.id_rule import cannot_tell
from app_pages.widgets.settings import Settings
from app_pages.widgets.visitor import current_visitor
from app_pages.widgets.words import problem_in_words

if TYPE_CHECKING:
    from age_model.predict.results import PhotoResult

_AGES = {"age": whole_years, "age_low": years_lived, "age_high": whole_years}
_COLUMNS = "`docs/columns.md`"  # explains those of all tables


def all_results(results: Sequence["PhotoResult"], settings: Settings) -> pd.DataFrame:
    """Return one row a face, with the decision; photos without a face have one row.

    Where the age cannot be told, it is missing, as on the face's card; the range stays.
    """
    from age_model.predict.results import (
        results_table,  # takes seconds: the page is drawn before it
    )

    table = results_table(results)
    decisions: list[bool | None] = []
    untold: list[bool] = []
    for result in results:
        decisions += [settings.rule.asks(face) for face in result.faces] or [None]
        untold += [cannot_tell(face) for face in result.faces] or [False]
    table["age"] = table["age"].mask(untold)
    table.insert(table.columns.get_loc("age_high") + 1, "ask_for_id", decisions)
    return table.convert_dtypes()  # whole face numbers and yes or no, gaps or not


def show_table(table: pd.DataFrame, results: Sequence["PhotoResult"]) -> None:
    """Show the results with whole years, and their notes in the reader's language.

    Args:
        table: of `all_results`.
        results: of the photos.
    """
    shown = table[["photo", "face", *_AGES, "ask_for_id", "warnings"]].copy()
    for column, rounded in _AGES.items():
        shown[column] = shown[column].map(rounded, na_action="ignore")
    shown["warnings"] = [note for result in results for note in _notes(result)]
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        alt=tr("Age and range of every face"),
        column_config={
            "photo": st.column_config.TextColumn(tr("Photo")),
            "face": st.column_config.NumberColumn(tr("Face"), width="small"),
            "age": st.column_config.NumberColumn(tr("Age"), width="small"),
            "age_low": st.column_config.NumberColumn(tr("From"), width="small"),
            "age_high": st.column_config.NumberColumn(tr("To"), width="small"),
            "ask_for_id": st.column_config.CheckboxColumn(tr("Ask for ID")),
            "warnings": st.column_config.TextColumn(tr("Notes"), width="large"),
        },
    )


def _notes(result: "PhotoResult") -> list[str]:
    """Return the notes on each face, or why there is none."""
    notes = [" ".join(map(tr, face.warnings)) for face in result.faces]
    return notes or [problem_in_words(result)]


def show_downloads(table: pd.DataFrame) -> None:
    """Show the buttons that download the results."""
    show_csv_download(table, "ages.csv")
    st.download_button(
        tr("Download JSON"),
        table.to_json(orient="records", indent=2, force_ascii=False).encode(),
        "ages.json",
        "application/json",
        icon=":material/download:",
        on_click="ignore",
    )


def show_download(
    label: str,
    make: Callable[[], bytes],
    file: str,
    kind: str,
    log: Callable[[], None] | None = None,
) -> None:
    """Show the download button of a file, in the reader's language, to who may export.

    Args:
        label: of the button.
        make: makes the file when somebody wants it; by then no reader's language is known.
        file: its name.
        kind: its MIME type.
        log: called when somebody presses it; the file is made after that.
    """
    if not current_visitor().may(Action.EXPORT):
        return
    st.download_button(
        label,
        partial(_made_in, language(), make, log),
        file,
        kind,
        key=f"download {file}",
        icon=":material/download:",
        on_click="ignore",
    )


def _made_in(code: str, make: Callable[[], bytes], log: Callable[[], None] | None) -> bytes:
    if log is not None:
        log()
    with in_language(code):
        return make()


def show_csv_download(
    table: pd.DataFrame, file: str, label: str = "", log: Callable[[], None] | None = None
) -> None:
    """Show the download button of a table, labelled "Download CSV", to who may export.

    The file is made when somebody wants it: of a long table that takes as long as its page.

    Args:
        table: of any columns.
        file: its name.
        label: of the button.
        log: called when somebody presses it; the file is made after that.
    """
    if not current_visitor().may(Action.EXPORT):
        return

    def content() -> bytes:
        if log is not None:
            log()
        return csv_file(table)

    st.download_button(
        label or tr("Download CSV"),
        content,
        file,
        "text/csv",
        key=f"download {file}",
        help=tr("Its columns have English names, which {file} explains.").format(file=_COLUMNS),
        icon=":material/download:",
        on_click="ignore",
    )
