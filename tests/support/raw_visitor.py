"""A visitor without a browser, who sends the server whatever she likes."""

import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.util import calc_hash
from websockets.datastructures import Headers
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

PATIENCE = 300  # seconds for the server to draw a page, on a busy machine


def xsrf_token() -> str:
    """Return a token as Streamlit makes them: who sends it twice, in a cookie too, is let pass."""
    mask, token = secrets.token_hex(4), secrets.token_hex(16)
    return f"2|{mask}|{token}|1700000000"


def seen(
    address: str,
    page: str,
    cookies: Mapping[str, str] | None = None,
    headers: Sequence[tuple[str, str]] = (),
    token: str | None = None,
    session: str = "",
) -> tuple[str, bytes]:
    """Open a page; return the session's number and all that the server sent, "" if it refused.

    Args:
        address: of the app, with http.
        page: its address below that.
        cookies: to send, besides the one against forged requests.
        headers: to send.
        token: in place of the one that fits that cookie.
        session: number of one to go on with.
    """
    number, sent = _opened(address, page, cookies, headers, token, session)
    return number, b"".join(sent)


def titles(address: str, page: str, cookies: Mapping[str, str]) -> list[str]:
    """Return the titles of a page that somebody opens; of a dialog, too, if one stands on it."""
    found = []
    for data in _opened(address, page, cookies)[1]:
        delta = ForwardMsg.FromString(data).delta
        if delta.new_element.heading.tag == "h1":
            found.append(delta.new_element.heading.body)
        if delta.add_block.HasField("dialog"):
            found.append(delta.add_block.dialog.title)
    return found


def _opened(
    address: str,
    page: str,
    cookies: Mapping[str, str] | None = None,
    headers: Sequence[tuple[str, str]] = (),
    token: str | None = None,
    session: str = "",
) -> tuple[str, list[bytes]]:
    """Return the session's number and each message of the server; see `seen`."""
    own = xsrf_token()
    jar = {"_streamlit_xsrf": own, **(cookies or {})}
    cookie = "; ".join(f"{name}={value}" for name, value in jar.items())
    protocols = ["streamlit", own if token is None else token, *([session] if session else [])]
    where = urlsplit(address)
    try:
        with connect(
            f"ws://{where.netloc}/_stcore/stream",
            origin=Origin(address),
            additional_headers=Headers([("Cookie", cookie), *headers]),
            subprotocols=[Subprotocol(protocol) for protocol in protocols],
            max_size=None,
            proxy=None,
        ) as socket:
            asked = BackMsg()
            asked.rerun_script.page_script_hash = calc_hash(page)
            socket.send(asked.SerializeToString())
            return _until_drawn(socket)
    except WebSocketException:
        return "", []


def _until_drawn(socket: ClientConnection) -> tuple[str, list[bytes]]:
    number, sent = "", list[bytes]()
    while True:
        data = socket.recv(PATIENCE, decode=False)
        message = ForwardMsg.FromString(data)
        sent.append(data)
        if message.WhichOneof("type") == "new_session":
            number = message.new_session.initialize.session_id
        if message.WhichOneof("type") == "script_finished":
            return number, sent
