"""Which tests are slow: those in tests/slow.txt, which `pytest --note-slow` updates."""

from collections import defaultdict
from pathlib import Path

import pytest

LIST = Path(__file__).parents[1] / "slow.txt"
LONGEST = 0.4  # seconds that all cases of a test may take together


def listed() -> set[str]:
    """Return the slow tests, each without its parameters."""
    return set(LIST.read_text(encoding="utf-8").split())


class Stopwatch:
    """Lists the tests of a run that took long; those that were not run stay as they are."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid.split("[")[0]] += report.duration

    def pytest_sessionfinish(self) -> None:
        slow = {test for test, seconds in self.seconds.items() if seconds > LONGEST}
        tests = sorted(listed() - set(self.seconds) | slow)
        LIST.write_text("".join(f"{test}\n" for test in tests), encoding="utf-8")
