"""Photos read and decoded by threads while the networks work, in order and in bounded memory."""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from age_model.predict.person import FAILED
from age_model.predict.predictor import ReadPhoto, read_photo
from age_model.vision.photos import PhotoError, pixels_of, read_bytes

FILES = 32  # that are read ahead, decoded or not
PIXELS = 64_000_000  # decoded ahead, 3 bytes each; a larger photo waits until it is the only one

Read = Callable[[], str | Path | bytes | BinaryIO]
"""Gives what `open_photo` reads; it may raise `PhotoError`."""

_LOG = logging.getLogger(__name__)


class _File(NamedTuple):
    """The content of a file, or why there is none."""

    name: str
    content: bytes
    problem: str | None
    pixels: int


def read_ahead(photos: Iterable[tuple[str, Read]], threads: int) -> Iterator[ReadPhoto]:
    """Yield photos in their order, with further ones on their way meanwhile.

    Args:
        photos: names, and what reads them: called in a thread, once.
        threads: that read and decode.
    """
    waiting = iter(photos)
    reading: deque[Future[_File]] = deque()
    decoding: deque[tuple[Future[ReadPhoto], int]] = deque()
    held = 0  # pixels of `decoding`
    pool = ThreadPoolExecutor(threads, "photos")
    try:
        while True:
            for name, read in islice(waiting, FILES - len(reading) - len(decoding)):
                reading.append(pool.submit(_read, name, read))
            while reading and (reading[0].done() or not decoding):
                file = reading[0].result()
                if decoding and held + file.pixels > PIXELS:
                    break
                reading.popleft()
                decoding.append((pool.submit(_decode, file), file.pixels))
                held += file.pixels
            if not decoding:
                return
            photo, pixels = decoding.popleft()
            held -= pixels
            yield photo.result()
    finally:  # whoever takes the photos may have had enough of them
        pool.shutdown(wait=False, cancel_futures=True)


def _read(name: str, read: Read) -> _File:
    try:
        content = read_bytes(read())
    except PhotoError as error:
        return _File(name, b"", str(error), 0)
    except Exception:  # one photo must not end a run of millions
        _LOG.exception("A photo could not be read")
        return _File(name, b"", FAILED, 0)
    return _File(name, content, None, pixels_of(content))


def _decode(file: _File) -> ReadPhoto:
    if file.problem is not None:
        return ReadPhoto(file.name, None, file.problem)
    return read_photo(file.name, file.content)
