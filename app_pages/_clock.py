"""The time where the visitor is."""

from datetime import UTC, datetime, timedelta, timezone

import streamlit as st


def local_time() -> datetime:
    """Return the time where the camera is, or if that is not known, where the server is."""
    minutes_behind = st.context.timezone_offset
    if minutes_behind is None:
        return datetime.now().astimezone()
    return datetime.now(UTC).astimezone(timezone(-timedelta(minutes=minutes_behind)))
