"""What a visitor does goes into the audit log before she sees or gets anything of it."""

from collections.abc import Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.widgets.record import open_record_or_say_why, say_not_recorded
from app_pages.widgets.visitor import current_visitor

if TYPE_CHECKING:
    from age_model.store.record.audit_log import Event

NOTED = "noted in the audit log"  # in the session state: what this visitor was shown already


def note(what: "Event", stores: Collection[str | None], **detail: object) -> None:
    """Add an entry for each store; if that fails, show why, and end the page."""
    from age_model.store.record.database import RecordError

    try:
        _entry(what, stores, detail)()
    except RecordError as error:
        say_not_recorded(error)
        st.stop()


def note_once(what: "Event", stores: Collection[str | None], **detail: object) -> None:
    """Add entries, but none for the same again, as a page is drawn many times."""
    key = what, *sorted(map(str, stores)), *map(str, detail.values())
    noted: set[tuple[str, ...]] = st.session_state.setdefault(NOTED, set())
    if key not in noted:
        note(what, stores, **detail)
        noted.add(key)


def export_entry(file: str, stores: Collection[str | None]) -> Callable[[], None]:
    """Return what adds an entry for each store when a file is downloaded."""
    from age_model.store.record.audit_log import Event

    return _entry(Event.EXPORTED, stores, {"file": file})


def _entry(
    what: "Event", stores: Collection[str | None], detail: dict[str, object]
) -> Callable[[], None]:
    from age_model.store.record.audit_log import log_alone

    engine = open_record_or_say_why()
    if engine is None:
        st.stop()
    return partial(log_alone, engine, current_visitor().name, what, stores, **detail)
