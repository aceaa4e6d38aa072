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
        kill_once: file; whoever finds it deletes it and is ended, in mid-part.
        poison: name of a photo that always ends its process.
    """

    log: Path
    stop_at: str = ""
    kill_once: Path | None = None
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
            self._end_perhaps(place)
            with self._settings.log.open("a", encoding="utf-8") as log:
                log.write(f"{place.id}\n")
            yield as_row(PhotoResult(place.id, None, (), "not looked at"), VERSION)

    def _end_perhaps(self, place: Place) -> None:
        if place.id == self._settings.poison:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._settings.kill_once and place.id.endswith("7"):
            try:
                self._settings.kill_once.unlink()
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
