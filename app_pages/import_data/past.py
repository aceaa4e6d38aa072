"""What was imported before, and how to undo it."""

from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.visitor import AccessDenied
from age_model.i18n.translate import number, tr, trn
from age_model.store.record.database import RecordError
from age_model.store.record.past_imports import PastImport, past_imports, undo_import
from app_pages.widgets.record import failures_shown, say_not_recorded
from app_pages.widgets.store import forget_readings
from app_pages.widgets.times import local
from app_pages.widgets.visitor import current_visitor
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from sqlalchemy import Engine

SHOWN = 10  # imports
OUTCOME = "import outcome"  # in the session state: what was imported last, and its outcome
UNDONE = "undone import"  # in the session state: the file, and how many rows were removed


def show_past_imports(engine: "Engine") -> None:
    """Show the latest imports, each with a button that takes its rows out again."""
    found: list[PastImport] = []
    with failures_shown():
        found = past_imports(engine, current_visitor())[:SHOWN]
    file, rows = st.session_state.pop(UNDONE, (None, 0))
    if file is not None:
        st.success(_undone_in_words(file, rows), icon=":material/undo:")
    if not found:
        return
    st.header(tr("Imported before"), anchor=False)
    for one in found:
        _show(engine, one)


def _show(engine: "Engine", one: PastImport) -> None:
    rows = trn("{n} row", "{n} rows", one.added).format(n=number(one.added))
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        with st.container(gap=None):
            st.text(one.file)
            st.caption(
                " · ".join(filter(None, [local(one.time), rows, ", ".join(one.stores), one.who]))
            )
        with st.popover(tr("Undo"), icon=":material/undo:", key=f"undo {one.key}"):
            st.markdown(tr("The rows that this file added are removed from the record."))
            st.button(
                tr("Remove {rows}").format(rows=rows),
                key=f"remove {one.key}",
                on_click=_undo,
                args=(engine, one),
                type="primary",
            )


def _undo(engine: "Engine", one: PastImport) -> None:
    try:
        rows = undo_import(engine, current_visitor(), one.key)
        st.session_state[UNDONE] = one.file, rows
        st.session_state.pop(OUTCOME, None)  # it tells where the rows are shown
    except (RecordError, AccessDenied) as error:
        say_not_recorded(error)
    forget_readings()


def _undone_in_words(file: str, rows: int) -> str:
    if not rows:
        return tr("The import of {file} was undone before: nothing is left of it.").format(
            file=plain(file)
        )
    text = trn(
        "The import of {file} is undone: {n} row was removed from the record.",
        "The import of {file} is undone: {n} rows were removed from the record.",
        rows,
    )
    return text.format(file=plain(file), n=number(rows))
