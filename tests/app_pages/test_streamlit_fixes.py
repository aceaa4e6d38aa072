import asyncio
import socket
from collections.abc import AsyncGenerator
from copy import deepcopy

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser
from starlette.types import Receive, Scope, Send
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.typing import UploadedFile
from uvicorn import Config, Server

from app_pages.streamlit_fixes.sockets import answer_without_delay
from tests.support.app import (
    open_page,
)


def test_uploads_up_to_the_limit_stay_in_memory() -> None:
    open_page("photo")
    head = b'--x\r\nContent-Disposition: form-data; name="p"; filename="p.jpg"\r\n\r\n'

    async def body() -> AsyncGenerator[bytes, None]:
        yield head
        for _ in range(8):
            yield bytes(512 * 1024)
        yield b"\r\n--x--\r\n"

    headers = Headers({"content-type": "multipart/form-data; boundary=x"})
    photo = asyncio.run(MultiPartParser(headers, body()).parse())["p"]
    assert isinstance(photo, UploadFile)
    assert photo.size == 4 * 1024 * 1024
    assert not getattr(photo.file, "_rolled")  # noqa: B009  (not written to a temporary file)


def test_streamlits_copies_of_an_upload_share_its_bytes() -> None:
    open_page("photo")
    content = bytes(1000)
    upload = UploadedFile(UploadedFileRec("id", "a.zip", "application/zip", content), FileURLs())
    again = deepcopy(deepcopy(upload))
    assert again.getvalue() is content
    assert (again.file_id, again.name, again.type, again.size) == ("id", "a.zip", upload.type, 1000)
    again.write(b"changed")
    assert upload.getvalue() is content


def test_small_answers_are_not_held_back() -> None:
    answer_without_delay()
    delayed: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        transport = next(iter(server.server_state.connections)).transport
        connection = transport.get_extra_info("socket")
        delayed.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    server = Server(Config(app, lifespan="off", log_level="error"))

    async def ask_once(listening: socket.socket) -> None:
        serving = asyncio.create_task(server.serve([listening]))
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()
        server.should_exit = True
        await serving

    with socket.socket() as listening:  # as Streamlit makes its own
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        asyncio.run(ask_once(listening))
    assert delayed == [1]
