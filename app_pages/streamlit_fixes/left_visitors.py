"""What visitors leave behind, their pictures too, goes soon after they have left."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from streamlit.runtime import Runtime, exists

EVERY = 5  # seconds


@asynccontextmanager
async def forgetting_left_visitors(_: object) -> AsyncIterator[None]:
    """Look after it as long as the server runs.

    A closed page's session waits for `server.disconnectedSessionTTL`, in case it comes back. Then
    Streamlit forgets it only when another visitor leaves, be that hours later; until then its
    pictures can be fetched by whoever knows their addresses.
    """
    looking = asyncio.create_task(_look_again_and_again())
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _look_again_and_again() -> None:
    while True:
        await asyncio.sleep(EVERY)
        if exists():
            forget_left_visitors(Runtime.instance())


def forget_left_visitors(runtime: Any) -> None:  # noqa: ANN401
    """Forget sessions whose time is over, and the files that only they showed.

    Args:
        runtime: of Streamlit.
    """
    manager = runtime._session_mgr
    with manager._storage_lock:
        left = [kept.session for _, kept in manager._session_storage._cache.expire()]
    if not left:
        return
    for session in left:
        session.shutdown()
    for _ in range(2):  # the first time, downloads are only marked
        runtime.media_file_mgr.remove_orphaned_files()
