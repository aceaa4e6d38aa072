"""All results as a table, to look through and to download."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from age_model.decision import ask_for_id
from app_pages._settings import Settings
from app_pages._words import whole_years

if TYPE_CHECKING:
    from age_model.predictor import PhotoResult

_AGES = ["age", "age_low", "age_high"]


def all_results(results: Sequence["PhotoResult"], settings: Settings) -> pd.DataFrame:
    """Return one row a face, with the decision; photos without a face have one row."""
    from age_model.predictor import results_table  # takes seconds: the page is drawn before it

    table = results_table(results)
    decisions: list[bool | None] = []
    for result in results:
        asked = [ask_for_id(face, settings.challenge_age) for face in result.faces]
        decisions += asked or [None]
    table.insert(table.columns.get_loc("age_high") + 1, "ask_for_id", decisions)
    return table.convert_dtypes()  # whole face numbers and yes or no, gaps or not


def show_table(table: pd.DataFrame) -> None:
    """Show the results with whole years."""
    shown = table[["photo", "face", *_AGES, "ask_for_id", "warnings"]].copy()
    shown[_AGES] = shown[_AGES].map(whole_years, na_action="ignore")
    st.dataframe(
        shown,
        hide_index=True,
        placeholder="",
        alt="Age and range of every face",
        column_config={
            "photo": st.column_config.TextColumn("Photo"),
            "face": st.column_config.NumberColumn("Face", width="small"),
            "age": st.column_config.NumberColumn("Age", width="small"),
            "age_low": st.column_config.NumberColumn("From", width="small"),
            "age_high": st.column_config.NumberColumn("To", width="small"),
            "ask_for_id": st.column_config.CheckboxColumn("Ask for ID", width="small"),
            "warnings": st.column_config.TextColumn("Notes"),
        },
    )


def show_downloads(table: pd.DataFrame) -> None:
    """Show the buttons that download the results."""
    _download_button("CSV", _csv(table), "text/csv")
    _download_button("JSON", _json(table), "application/json")


def _download_button(kind: str, data: bytes, mime: str) -> None:
    st.download_button(
        f"Download {kind}",
        data,
        f"ages.{kind.lower()}",
        mime,
        icon=":material/download:",
        on_click="ignore",
    )


def _csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False).encode("utf-8-sig")  # the mark tells Excel that it is UTF-8


def _json(table: pd.DataFrame) -> bytes:
    return table.to_json(orient="records", indent=2, force_ascii=False).encode()
