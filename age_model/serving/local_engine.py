"""Bulk scoring by the processes of one machine."""

import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count, islice
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Protocol

from age_model.i18n.message import mark
from age_model.serving.output import PARTS, finished_ids, part_files, write_part
from age_model.serving.rows import Row, failed_row
from age_model.serving.sources import Place
from age_model.vision.workers import worker_context

FIRST_PART, LARGEST_PART = 16, 256  # photos; parts begin small so that all processes have one soon
ATTEMPTS = 2  # of a part beside others, before it is suspected of ending its process
ENDED = mark(
    "The process that read this photo was ended, probably because memory ran out: save the photo "
    "smaller and try again."
)

_LOG = logging.getLogger(__name__)


class RowMaker(Protocol):
    """What scores photos in a process: `Scorer`."""

    def rows(self, places: Iterable[Place]) -> Iterator[Row]:
        """Yield the row of each photo, in their order."""


class Settings(Protocol):
    """What a process makes its `RowMaker` from, such as `ScorerSettings`; it can be pickled."""

    def load(self, number: int = 0, processes: int = 1) -> RowMaker:
        """Load the networks, for one of several processes."""


@dataclass
class Part:
    """Some photos that one process scores, and where their rows go.

    Attributes:
        places: of the photos.
        file: that is written once all are scored.
        attempts: how often a process was ended while this part was on its way.
    """

    places: list[Place]
    file: Path
    attempts: int = 0


def score_here(
    places: Iterable[Place],
    folder: Path,
    settings: Settings,
    workers: int,
    model_version: str,
) -> Iterator[int]:
    """Score photos by a pool of processes; those in finished parts are left out.

    A process that is ended loses nothing: its part is scored again by another. A photo that ends
    its process each time has that as its reason.

    Args:
        places: of the photos; a few hundred a process are held at a time.
        folder: of the results.
        settings: of the scorer in each process.
        workers: processes.
        model_version: for the rows of photos that end their process.

    Yields:
        After each part its number of photos; first the number of those left out, if there are any.

    Raises:
        ModelError, DetectorError: the processes cannot score.
    """
    known = {_key(name) for name in finished_ids(folder)}
    if known:
        yield len(known)
    fresh = (place for place in places if _key(place.id) not in known)
    parts = _Parts(fresh, folder)
    while parts.left():
        alone = parts.suspected()
        try:
            yield from _in_pool(parts, settings, 1 if alone else workers, alone)
        except BrokenProcessPool:
            _LOG.warning("A process was ended; its photos are scored again")
            for part in parts.under_way_again():
                if part.file.exists():
                    yield len(part.places)
                elif alone and len(part.places) == 1:
                    write_part([failed_row(part.places[0].id, ENDED, model_version)], part.file)
                    yield 1
                elif alone:
                    parts.halve(part)
                else:
                    part.attempts += 1
                    parts.waiting.append(part)


class _Parts:
    """The parts that are not finished: waiting, and given to a process."""

    def __init__(self, places: Iterator[Place], folder: Path) -> None:
        self._places, self._folder = places, folder
        self._numbers = count(_last_number(folder) + 1)
        self._size = FIRST_PART
        self.waiting: deque[Part] = deque()
        self.under_way: dict[Future[int], Part] = {}

    def next(self) -> Part | None:
        """Return a part to score; None if no photo is left."""
        if not self.waiting:
            places = list(islice(self._places, self._size))
            if not places:
                return None
            self._size = min(2 * self._size, LARGEST_PART)
            self.waiting.append(self._part(places))
        return self.waiting.popleft()

    def left(self) -> bool:
        """Return whether a photo is left."""
        part = self.next()
        if part is not None:
            self.waiting.appendleft(part)
        return part is not None

    def suspected(self) -> bool:
        """Return whether the next part has to be scored alone, to know what ends the process."""
        return self.waiting[0].attempts >= ATTEMPTS

    def under_way_again(self) -> list[Part]:
        """Return what a broken pool had; it is under way no more."""
        parts = list(self.under_way.values())
        self.under_way.clear()
        return parts

    def halve(self, part: Part) -> None:
        """Let the halves of a part be scored alone next."""
        middle = len(part.places) // 2
        for places in (part.places[middle:], part.places[:middle]):
            half = self._part(places)
            half.attempts = ATTEMPTS
            self.waiting.appendleft(half)

    def _part(self, places: list[Place]) -> Part:
        return Part(places, self._folder / PARTS / f"part-{next(self._numbers):06}.parquet")


def _in_pool(parts: _Parts, settings: Settings, workers: int, alone: bool) -> Iterator[int]:
    """Score parts until none is left; a suspected one alone, and then return."""
    context = worker_context()
    start = (settings, workers, context.Value("i", 0))
    with ProcessPoolExecutor(workers, context, _start_worker, start) as pool:
        try:
            while True:
                while len(parts.under_way) < (1 if alone else 2 * workers):
                    part = parts.next()
                    if part is None:
                        break
                    if part.attempts >= ATTEMPTS and not alone:
                        parts.waiting.appendleft(part)
                        break
                    parts.under_way[pool.submit(_score_part, part)] = part
                if not parts.under_way:
                    return
                done, _ = wait(parts.under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
                    del parts.under_way[future]
                if alone:
                    return
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


_scorer: RowMaker | None = None
_start: tuple[Settings, int, int]


def _start_worker(settings: Settings, workers: int, started: "Synchronized[int]") -> None:
    global _start
    # Ctrl-C ends a process at once and without a traceback; half a part is never seen.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Without its parent, which may have been killed, a process would go on beside the next run.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with started.get_lock():
        _start = settings, started.value, workers
        started.value += 1


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _score_part(part: Part) -> int:
    global _scorer
    if _scorer is None:  # here and not at the start, so that errors reach the parent
        settings, number, workers = _start
        _scorer = settings.load(number, workers)
    write_part(list(_scorer.rows(part.places)), part.file)
    return len(part.places)


def _last_number(folder: Path) -> int:
    return max((int(file.stem.rpartition("-")[2]) for file in part_files(folder)), default=0)


def _key(name: str) -> bytes:
    """Return what stands for an id where all ids would take ten times the memory."""
    return blake2b(name.encode(), digest_size=8).digest()
