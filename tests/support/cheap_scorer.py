"""A scorer without networks, for tests of the engines: its processes start without torch."""

import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from age_model.predict.results import PhotoResult
from age_model.serving.local_engine import RowMaker, Settings
from age_model.serving.rows import Row, as_row
from age_model.serving.sources import Place
from age_model.vision.faces import DetectedFace

VERSION = "cheap 1"


@dataclass(frozen=True)
class CheapSettings:
    """What photos do here.

    Attributes:
        log: file that gets a line for each photo that is scored.
        stop_at: name of a photo at which its process waits until it is ended from outside.
        poison: name of a photo that always ends its process.
    """

    log: Path
    stop_at: str = ""
    poison: str = ""

    def load(self, number: int = 0, processes: int = 1) -> "CheapScorer":
        return CheapScorer(self)


class CheapScorer:
    def __init__(self, settings: CheapSettings) -> None:
        self._settings = settings

    def rows(self, places: Iterable[Place]) -> Iterator[Row]:
        for place in places:
            while place.id == self._settings.stop_at:
                time.sleep(1)
            if place.id == self._settings.poison:
                os.kill(os.getpid(), signal.SIGKILL)
            with self._settings.log.open("a", encoding="utf-8") as log:
                log.write(f"{place.id}\n")
            yield as_row(PhotoResult(place.id, None, (), "not looked at"), VERSION)


@dataclass(frozen=True)
class EndedOnce:
    """Scores as other settings say; the process that finds a file in mid-part is ended.

    Attributes:
        settings: of the scorer.
        file: deleted by the process before it is ended.
        last: id of the photo after whose row it is ended.
    """

    settings: Settings
    file: Path
    last: str

    def load(self, number: int = 0, processes: int = 1) -> "EndedOnceScorer":
        return EndedOnceScorer(self, self.settings.load(number, processes))


class EndedOnceScorer:
    def __init__(self, settings: EndedOnce, scorer: RowMaker) -> None:
        self._settings, self._scorer = settings, scorer

    def rows(self, places: Iterable[Place]) -> Iterator[Row]:
        for row in self._scorer.rows(places):
            yield row
            if row["id"] == self._settings.last:
                end_once(self._settings.file)


def end_once(file: Path) -> None:
    """End this process if the file is there, which is deleted."""
    try:
        file.unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def places(count: int, first: int = 0) -> list[Place]:
    """Return places that nothing lies at."""
    return [Place(f"photo {number:04}", "") for number in range(first, first + count)]


class MiddleFace:
    """Finds a face in the middle of each photo that is at least 100 px wide."""

    cache_key = "middle"

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        return [self._faces(photo) for photo in photos]

    def _faces(self, photo: Image.Image) -> list[DetectedFace]:
        if photo.width < 100:
            return []
        middle = np.array(photo.size) / 2
        landmarks = middle + np.array([[-10, -10], [10, -10], [0, 0], [-8, 10], [8, 10]], float)
        (left, top), (right, bottom) = middle - 25, middle + 25
        return [DetectedFace((left, top, right, bottom), landmarks, 0.99)]
