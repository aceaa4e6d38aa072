"""Runs many made-up cases of a kind, and counts those that were dealt with cleanly."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from types import FrameType

from sqlalchemy import Engine

FEW, MANY = 200, 10_000  # cases of each kind, without and with --many
MANY_AGAIN = 1000  # of a kind that was tried on another database
LONGEST = 10  # seconds of a case
FAILURES_SHOWN = 5

Attempt = Callable[[Random], None]


@dataclass
class Tally:
    """What came of one kind of cases.

    Attributes:
        failures: seed and error of each case that failed.
    """

    kind: str
    tried: int = 0
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        failed = len(self.failures)
        clean = self.tried - failed
        return f"{self.kind}: {self.tried:,} tried, {clean:,} clean, {failed:,} failed"


def run_cases(kind: str, cases: int, attempt: Attempt) -> Tally:
    """Try cases of a kind.

    Args:
        kind: in words; with its number it is the seed of a case, which can so be repeated alone.
        cases: how many.
        attempt: makes up one case and tries it; whatever it raises is a failure.
    """
    tally = Tally(kind)
    for number in range(cases):
        tally.tried += 1
        try:
            with _at_most(LONGEST):
                attempt(Random(f"{kind} {number}"))
        except Exception as error:
            tally.failures.append(f"{kind} {number}: {error!r:.500}")
    return tally


def many_on(engine: Engine) -> int:
    """Return how many cases there are with --many: all of them on one database are enough."""
    return MANY if engine.dialect.name == "sqlite" else MANY_AGAIN


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise where something computes longer; on Windows, which has no alarm, let it.

    The seconds are those of the processor: on a busy machine, what is quick takes long.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"took more than {seconds} seconds, in {frame}")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
