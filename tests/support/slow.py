"""Which tests are slow: those in tests/slow.txt, which `pytest --note-slow` updates.

Their seconds are the processor's, so that the list is the same on a busy machine.
"""

import os
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

LIST = Path(__file__).parents[1] / "slow.txt"
LONGEST = 0.4  # seconds that all cases of a test may take together
USED = "processor time"


def listed() -> set[str]:
    """Return the slow tests, each without its parameters."""
    return set(LIST.read_text(encoding="utf-8").split())


class Meter:
    """Notes in each report what its part of a test took, with the processes that it waited for."""

    def __init__(self) -> None:
        self._before = 0.0

    def pytest_runtest_logstart(self) -> None:
        self._before = sum(os.times()[:4])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, pytest.TestReport]:
        report: pytest.TestReport = yield
        now = sum(os.times()[:4])
        report.user_properties.append((USED, now - self._before))
        self._before = now
        return report


class Stopwatch:
    """Lists the tests of a run that took long; those that were not run stay as they are."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        seconds = dict(report.user_properties)[USED]
        assert isinstance(seconds, float)
        self.seconds[report.nodeid.split("[")[0]] += seconds

    def pytest_sessionfinish(self) -> None:
        slow = {test for test, seconds in self.seconds.items() if seconds > LONGEST}
        tests = sorted(listed() - set(self.seconds) | slow)
        LIST.write_text("".join(f"{test}\n" for test in tests), encoding="utf-8")
