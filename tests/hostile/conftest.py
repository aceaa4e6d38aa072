from typing import Protocol

import pytest

from tests.hostile.campaign import FAILURES_SHOWN, FEW, MANY, Attempt, Tally, run_cases

TALLIES = pytest.StashKey[list[Tally]]()


class Campaign(Protocol):
    """Tries many cases of a kind, and fails if one of them does; see `run_cases`."""

    def __call__(self, kind: str, attempt: Attempt, few: int = FEW, many: int = MANY) -> None: ...


@pytest.fixture
def campaign(request: pytest.FixtureRequest) -> Campaign:
    config = request.config

    def run(kind: str, attempt: Attempt, few: int = FEW, many: int = MANY) -> None:
        tally = run_cases(kind, many if config.getoption("--many") else few, attempt)
        config.stash.setdefault(TALLIES, []).append(tally)
        assert not tally.failures, "\n".join(
            [str(tally), *tally.failures[:FAILURES_SHOWN]],
        )

    return run


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for tally in config.stash.get(TALLIES, []):
        terminalreporter.write_line(str(tally))
