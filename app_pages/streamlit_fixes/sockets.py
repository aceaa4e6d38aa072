"""Every answer leaves at once, however small."""

import functools
import socket
from asyncio import BaseProtocol, BaseTransport
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol


def answer_without_delay() -> None:
    """Turn Nagle's algorithm off for every connection, for all visitors.

    asyncio does so itself where a socket names its protocol, which the one that Streamlit listens
    on does not. The system would hold the body of each small answer back until the browser has
    acknowledged its head, which takes 40 ms, and a page is some 90 such answers.
    """
    if not hasattr(AutoHTTPProtocol.connection_made, "__wrapped__"):
        AutoHTTPProtocol.connection_made = _without_delay(  # type: ignore[assignment, method-assign]
            AutoHTTPProtocol.connection_made
        )


def _without_delay(
    connection_made: Callable[[Any, BaseTransport], None],
) -> Callable[[Any, BaseTransport], None]:
    @functools.wraps(connection_made)
    def made(protocol: BaseProtocol, transport: BaseTransport) -> None:
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection_made(protocol, transport)

    return made
