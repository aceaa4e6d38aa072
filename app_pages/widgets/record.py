"""The store's record, shared by the Store pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from age_model.access.visitor import AccessDenied
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
    from age_model.store.record.database import RecordError

    try:
        return _open_record(configured_record())
    except RecordError as error:
        say_not_recorded(error)
        return None


def configured_record() -> str:
    """Return the address of the record."""
    from age_model.store.record.database import URL_VARIABLE, record_url

    try:
        configured = st.secrets.get(URL_VARIABLE)
    except FileNotFoundError:  # no secrets at all: the usual case
        configured = None
    return record_url(configured)


@contextmanager
def failures_shown() -> Iterator[None]:
    """Show an error in place of the content where the record cannot be used, or not by her."""
    from age_model.store.record.database import RecordError

    try:
        yield
    except (RecordError, AccessDenied) as error:
        say_not_recorded(error)


def say_not_recorded(error: Exception | str) -> None:
    """Show why something could not be read or written."""
    st.error(plain(tr(str(error))), title=tr("The store's record cannot be used"))
