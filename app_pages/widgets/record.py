"""The store's record, shared by the Store pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from age_model.i18n.translate import tr
from app_pages.widgets.words import plain

if TYPE_CHECKING:
    from sqlalchemy import Engine


@st.cache_resource(show_spinner=False)
def _open_record(url: str) -> "Engine":
    from age_model.store.record.database import open_record

    return open_record(url)


def open_record_or_say_why() -> "Engine | None":
    """Return the record, opened once for all visitors, or None after showing an error."""
    from age_model.store.record.database import URL_VARIABLE, RecordError, record_url

    try:
        configured = st.secrets.get(URL_VARIABLE)
    except FileNotFoundError:  # no secrets at all: the usual case
        configured = None
    try:
        return _open_record(record_url(configured))
    except RecordError as error:
        say_not_recorded(error)
        return None


@contextmanager
def failures_shown() -> Iterator[None]:
    """Show an error in place of the content where the record cannot be read."""
    from age_model.store.record.database import RecordError

    try:
        yield
    except RecordError as error:
        say_not_recorded(error)


def say_not_recorded(error: Exception | str) -> None:
    """Show why something could not be read or written."""
    st.error(plain(tr(str(error))), title=tr("The store's record cannot be used"))
