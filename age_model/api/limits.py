"""How often somebody may ask, and how much may be on its way at once."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from age_model.api.problems import try_later

MOST_CALLERS = 10_000  # whose requests are counted; who asked longest ago is forgotten
BURST = 2  # seconds' worth of requests that may come at once


class RateLimit:
    """Token buckets, one a caller.

    Args:
        rate: requests a second.
        clock: seconds from any start.
    """

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._most = max(1.0, rate * BURST)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when

    def take(self, caller: str) -> None:
        """Count a request.

        Raises:
            ApiError: the caller has to wait.
        """
        now = self._clock()
        tokens, then = self._buckets.pop(caller, (self._most, now))
        tokens = min(self._most, tokens + (now - then) * self._rate)
        self._buckets[caller] = max(tokens - 1, 0) if tokens >= 1 else tokens, now
        if len(self._buckets) > MOST_CALLERS:
            self._buckets.popitem(last=False)
        if tokens < 1:
            seconds = math.ceil((1 - tokens) / self._rate)
            raise try_later("too_many_requests", "There were too many requests.", seconds)


class Room:
    """Bytes that bodies of requests may take together.

    Args:
        most: bytes.
    """

    def __init__(self, most: int) -> None:
        self._left = most

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Hold room for a body.

        Raises:
            ApiError: there is not enough.
        """
        if size > self._left:
            raise try_later("busy", "Too many photos are being sent.", 1)
        self._left -= size
        try:
            yield
        finally:
            self._left += size
