"""Times of the record, which are UTC, as the visitor's clock shows them."""

from datetime import UTC, datetime, timedelta, timezone

import streamlit as st

from age_model.i18n.dates import time_in_digits


def visitor_zone() -> timezone:
    """Return the visitor's time zone; where the browser does not tell it, UTC."""
    return timezone(-timedelta(minutes=st.context.timezone_offset or 0))


def local(time: datetime | None) -> str:
    """Return a time of the record, UTC without a zone, as text; empty where there is none."""
    if time is None:
        return ""
    return time_in_digits(time.replace(tzinfo=UTC).astimezone(visitor_zone()))


def to_utc(time: datetime) -> datetime:
    """Return a time of the visitor's clock as one of the record."""
    return time.replace(tzinfo=visitor_zone()).astimezone(UTC).replace(tzinfo=None)
