"""Loads the demonstration month into the record, and removes it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.rights import Action
from age_model.i18n.translate import tr
from app_pages.widgets.audit import note
from app_pages.widgets.record import failures_shown
from app_pages.widgets.visitor import current_visitor

if TYPE_CHECKING:
    from sqlalchemy import Engine


def offer_demonstration(engine: "Engine", forget_readings: Callable[[], None]) -> None:
    """Show a button that loads the demonstration month.

    Args:
        engine: of `open_record`.
        forget_readings: called when the record has changed.
    """
    if not _may_change_all() or not st.button(
        tr("Load a demonstration month"), icon=":material/science:"
    ):
        return
    from age_model.store.demo import DEMO_VISITS
    from age_model.store.demo.write import DEMO_FOLDER, KIND, write_demo
    from age_model.store.record.audit_log import Event
    from age_model.store.record.select import DEMO_STORES

    with failures_shown(), st.spinner(tr("Making up a month of visits…")):
        rows = write_demo(engine, DEMO_FOLDER, 0, DEMO_VISITS)
        note(Event.IMPORTED, sorted(map(tr, DEMO_STORES)), kind=KIND, rows=rows)
        forget_readings()
        st.rerun()


def say_demonstration(engine: "Engine", forget_readings: Callable[[], None]) -> None:
    """Say that the visits are made up, and show the way to remove them, which asks first."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(
            tr("Demonstration data: a made-up month of stores that do not exist."),
            icon=":material/science:",
            width="stretch",
        )
        if not _may_change_all():
            return
        with st.popover(tr("Remove it"), icon=":material/delete:"):
            st.markdown(
                tr(
                    "All visits, receipts and settings of these stores go. What you added yourself "
                    "stays."
                )
            )
            if not st.button(tr("Remove the demonstration month"), type="primary"):
                return
    from age_model.store.demo.write import KIND, remove_demo
    from age_model.store.record.audit_log import Event

    with failures_shown():
        note(Event.UNDID_IMPORT, remove_demo(engine), kind=KIND)
        forget_readings()
        st.rerun()


def _may_change_all() -> bool:
    """Tell whether the visitor may import into every store, made-up ones too."""
    return current_visitor().scope(Action.IMPORT).stores is None
