import asyncio
from collections.abc import AsyncGenerator
from copy import deepcopy

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.typing import UploadedFile

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
