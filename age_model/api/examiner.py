"""Photos of many clients, decoded in parallel and examined by the networks in common batches."""

import asyncio
import logging
import os
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from enum import StrEnum
from threading import Lock
from typing import NamedTuple

from age_model.api.memory import give_back
from age_model.api.problems import try_later
from age_model.predict.predictor import Predictor, ReadPhoto, read_photo
from age_model.predict.results import PhotoResult
from age_model.serving.scorer import PIXELS_AT_ONCE, Scorer
from age_model.vision.photos import pixels_of

WINDOW = 0.005  # seconds that a photo waits for those that are being decoded, to share a batch
MOST_TOGETHER = 8  # photos in a batch: with more, all wait longer and nothing is gained
MOST_WAITING = 256  # photos; who sends another one is told to come back
PIXELS = 64_000_000  # decoded at once, 3 bytes each; a larger photo waits until it is the only one
TIDIED_EVERY = 50  # batches: memory that they freed goes back to the system

_LOG = logging.getLogger(__name__)


class State(StrEnum):
    """Whether the networks are there."""

    ON_DEMAND = "loads with the first photo"
    LOADING = "loading"
    LOADED = "loaded"
    FAILED = "failed"


class _Waiting(NamedTuple):
    photo: ReadPhoto
    answer: asyncio.Future[PhotoResult]


class Examiner:
    """Examines photos for all clients of a process.

    Args:
        load: loads the networks, in a thread; called once, or again after it has failed.
        threads: that run the networks, each a batch by itself on one core; None for one thread
            that uses all cores, as the pages do.
        window: seconds that a photo waits for those that are being decoded; one that comes alone
            is examined at once.
    """

    def __init__(
        self,
        load: Callable[[], Predictor],
        threads: int | None = None,
        window: float = WINDOW,
    ) -> None:
        self.state = State.ON_DEMAND
        self.examined: Callable[[int], None] = lambda photos: None  # told the size of each batch
        self._load, self._threads, self._window = load, threads, window
        self._scorer: Scorer | None = None
        self._loading = Lock()
        self._waiting: deque[_Waiting] = deque()
        self._inside = 0  # photos, decoded or not
        self._decoding = 0  # photos
        self._pixels = 0  # of the decoded ones
        self._batches = 0

    @property
    def waiting(self) -> int:
        """How many photos have no answer yet."""
        return self._inside

    @property
    def predictor(self) -> Predictor:
        """The networks, once a photo was examined."""
        assert self._scorer is not None
        return self._scorer.predictor

    @asynccontextmanager
    async def running(self, eager: bool) -> AsyncIterator[None]:
        """Examine photos until the end of the context, and then what is still waiting.

        Args:
            eager: whether to load the networks at once.
        """
        self._loop = asyncio.get_running_loop()
        self._decoders = ThreadPoolExecutor(os.cpu_count() or 1, "decoding")
        self._networks = ThreadPoolExecutor(
            self._threads or 1, "networks", _on_one_core if self._threads else None
        )
        self._arrived, self._freed, self._turn = asyncio.Event(), asyncio.Event(), asyncio.Lock()
        self._closing = False
        working = [asyncio.create_task(self._work()) for _ in range(self._threads or 1)]
        if eager:
            self._networks.submit(self._loaded_or_told)
        try:
            yield
        finally:
            self._closing = True
            self._arrived.set()
            await asyncio.gather(*working)
            self._decoders.shutdown()
            self._networks.shutdown()

    async def examine(self, content: bytes) -> PhotoResult:
        """Return the faces of a photo; a bad photo has a problem and no image.

        Args:
            content: of its file.

        Raises:
            ApiError: there are too many photos already.
            ModelError, DetectorError: no photo can be examined.
        """
        if self._inside >= MOST_WAITING:
            raise try_later("busy", "The service has too many photos to examine.", 1)
        self._inside += 1
        pixels = pixels_of(content)
        try:
            await self._room_for(pixels)
            try:
                photo = await self._decoded(content)
                if photo.image is None:
                    return PhotoResult("", None, (), photo.problem)
                waiting = _Waiting(photo, self._loop.create_future())
                self._waiting.append(waiting)
                self._arrived.set()
                return await waiting.answer
            finally:
                self._pixels -= pixels
                self._freed.set()
        finally:
            self._inside -= 1

    async def _decoded(self, content: bytes) -> ReadPhoto:
        self._decoding += 1
        try:
            return await self._loop.run_in_executor(self._decoders, read_photo, "", content)
        finally:
            self._decoding -= 1

    async def _room_for(self, pixels: int) -> None:
        """Wait until a photo may be decoded; first come, first served."""
        async with self._turn:
            while self._pixels and self._pixels + pixels > PIXELS:
                self._freed.clear()
                await self._freed.wait()
            self._pixels += pixels

    async def _work(self) -> None:
        while True:
            await self._arrived.wait()
            if self._decoding and len(self._waiting) < MOST_TOGETHER:
                await asyncio.sleep(self._window)
            batch = self._next_batch()
            if batch:
                await self._answer(batch)
            elif self._closing and not self._inside:
                return
            elif not self._closing:
                self._arrived.clear()
            else:  # the last ones are being decoded
                await asyncio.sleep(self._window)

    def _next_batch(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        pixels = 0
        while self._waiting and len(batch) < MOST_TOGETHER:
            image = self._waiting[0].photo.image
            pixels += image.width * image.height if image else 0
            if batch and pixels > PIXELS_AT_ONCE:
                break
            waiting = self._waiting.popleft()
            if not waiting.answer.done():  # else its client has left
                batch.append(waiting)
        return batch

    async def _answer(self, batch: list[_Waiting]) -> None:
        photos = [waiting.photo for waiting in batch]
        try:
            results = await self._loop.run_in_executor(self._networks, self._examine, photos)
        except Exception as error:
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_exception(error)
            return
        self.examined(len(batch))
        self._batches += 1
        if self._batches % TIDIED_EVERY == 0:
            self._networks.submit(give_back)
        for waiting, result in zip(batch, results, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(result)

    def _examine(self, photos: list[ReadPhoto]) -> list[PhotoResult]:
        return self._loaded().examine(photos)

    def _loaded(self) -> Scorer:
        with self._loading:
            if self._scorer is None:
                self.state = State.LOADING
                try:
                    self._scorer = Scorer(self._load())
                except BaseException:
                    self.state = State.FAILED
                    raise
                self.state = State.LOADED
            return self._scorer

    def _loaded_or_told(self) -> None:
        try:
            self._loaded()
        except Exception:
            _LOG.exception("The age model could not be loaded")


def _on_one_core() -> None:
    """Keep a thread's networks on one core.

    Two threads that share the work of one network wait for each other at each layer, which takes
    longer where other threads have work too.
    """
    import torch

    torch.set_num_threads(1)
