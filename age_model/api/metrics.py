"""What Prometheus reads: requests, their times, faces and batches; nothing of any photo."""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where several processes add up their numbers
_SECONDS = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 30)
_PHOTOS = (1, 2, 3, 4, 6, 8, 12, 16)


class Metrics:
    """The numbers of one process, or of all processes of a service."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter(
            "age_requests_total",
            "Requests, by route and HTTP status.",
            ("route", "status"),
            registry=self._registry,
        )
        self.seconds = Histogram(
            "age_request_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.faces = Counter("age_faces_total", "Faces found.", registry=self._registry)
        self.batches = Histogram(
            "age_batch_photos",
            "Photos that the networks saw together.",
            buckets=_PHOTOS,
            registry=self._registry,
        )

    def text(self) -> bytes:
        """Return all of them as Prometheus reads them."""
        if FOLDER not in os.environ:
            return generate_latest(self._registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)
        return generate_latest(together)
