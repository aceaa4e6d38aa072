"""The ages on many photos: read by threads, and examined in batches by networks loaded once."""

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from age_model.model.card import ModelError
from age_model.model.device import AUTO, usable_device
from age_model.predict.person import FAILED
from age_model.predict.predictor import Predictor, ReadPhoto
from age_model.predict.results import PhotoResult
from age_model.serving.read_ahead import Read, read_ahead
from age_model.serving.rows import Row, as_row
from age_model.serving.sources import Place, read_place
from age_model.vision.detector import Detector, DetectorError

PHOTOS_AT_ONCE = 16
PIXELS_AT_ONCE = 48_000_000  # of a batch, 3 bytes each; but at least one photo

_LOG = logging.getLogger(__name__)


class Scorer:
    """Estimates the ages on photos, many at a time.

    The networks work in the thread that takes the results; a half-precision type is used where it
    is faster on their device.

    Args:
        predictor: the detector and the model.
        threads: that read and decode photos meanwhile; by default one a core.
    """

    def __init__(self, predictor: Predictor, threads: int | None = None) -> None:
        self.predictor = predictor
        self._threads = threads or os.cpu_count() or 1

    def results(self, photos: Iterable[tuple[str, Read]]) -> Iterator[PhotoResult]:
        """Yield the result of each photo, in their order.

        A photo that cannot be read or examined has the reason in its result.

        Args:
            photos: names, and what reads them: called in a thread, once.

        Raises:
            ModelError: the model gives no ages.
            DetectorError: the detector cannot be used here.
        """
        for batch in _batches(read_ahead(photos, self._threads)):
            yield from self.examine(batch)

    def rows(self, places: Iterable[Place]) -> Iterator[Row]:
        """Yield the row of each photo, as `rows.SCHEMA` has it, in their order.

        Raises:
            ModelError, DetectorError: see `results`.
        """
        photos = ((place.id, partial(read_place, place)) for place in places)
        version = self.predictor.model.version
        for result in self.results(photos):
            yield as_row(result, version)

    def examine(self, batch: list[ReadPhoto]) -> list[PhotoResult]:
        """Return the result of each photo of a batch, in their order.

        Raises:
            ModelError, DetectorError: see `results`.
        """
        try:
            return self.predictor.examine(batch)
        except (DetectorError, ModelError):  # no photo could be examined
            raise
        except Exception:
            if len(batch) > 1:  # so that the others of the batch have their answers
                return [self.examine([photo])[0] for photo in batch]
            _LOG.exception("A photo could not be examined")
            return [PhotoResult(batch[0].name, batch[0].image, (), FAILED)]


@dataclass(frozen=True)
class ScorerSettings:
    """What a process needs to make its own `Scorer`.

    Attributes:
        model_dir: the model's folder.
        device: of the networks, as `usable_device` takes it.
        detector: finds the faces; by default the usual one on this device.
    """

    model_dir: Path
    device: str = AUTO
    detector: Detector | None = None

    def load(self, number: int = 0, processes: int = 1) -> Scorer:
        """Load the networks.

        Args:
            number: of this process.
            processes: that share the machine's cores.

        Raises:
            ModelError: the model or the device cannot be used.
        """
        import torch

        cores = max(1, (os.cpu_count() or 1) // processes)
        if processes > 1:
            torch.set_num_threads(cores)
        predictor = Predictor.load(self.model_dir, usable_device(self.device, number))
        if self.detector:
            predictor.detector = self.detector
        return Scorer(predictor, cores)


def _batches(photos: Iterable[ReadPhoto]) -> Iterator[list[ReadPhoto]]:
    """Group photos into batches of bounded memory."""
    batch: list[ReadPhoto] = []
    pixels = 0
    for photo in photos:
        size = photo.image.width * photo.image.height if photo.image else 0
        if batch and (len(batch) == PHOTOS_AT_ONCE or pixels + size > PIXELS_AT_ONCE):
            yield batch
            batch, pixels = [], 0
        batch.append(photo)
        pixels += size
    if batch:
        yield batch
