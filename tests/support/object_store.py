"""An object store of S3's kind that runs on this computer."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pyarrow import fs

BUCKET = "shop"


@contextmanager
def running_bucket() -> Iterator[tuple[fs.FileSystem, str]]:
    """Give a store with the bucket `shop`, and the options that its addresses end with.

    A test is skipped where moto is not installed.
    """
    server_module = pytest.importorskip("moto.server", reason="moto is not installed")
    server = server_module.ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    try:
        host, port = server.get_host_and_port()
        options = f"endpoint_override={host}:{port}&scheme=http&region=us-east-1"
        address = f"s3://key:secret@{BUCKET}?{options}&allow_bucket_creation=true"
        store, _ = fs.FileSystem.from_uri(address)
        store.create_dir(BUCKET)
        yield store, options
    finally:
        server.stop()
