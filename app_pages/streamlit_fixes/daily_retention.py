"""The server removes old data once a day, as its stores' settings say."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url

from age_model.store.record.database import open_record
from age_model.store.retention.run import run_daily
from app_pages.widgets.record import configured_record


@asynccontextmanager
async def removing_old_data(_: object) -> AsyncIterator[None]:
    """Do so in a thread, as long as the server runs."""
    stop = threading.Event()
    thread = threading.Thread(target=run_daily, args=(_record_if_there, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()


def _record_if_there() -> Engine | None:
    """Open the record; None where it is a file that nobody has made yet.

    Raises:
        RecordError: it cannot be opened.
    """
    url = configured_record()
    if url.startswith("sqlite") and not Path(make_url(url).database or "").exists():
        return None
    return open_record(url)
