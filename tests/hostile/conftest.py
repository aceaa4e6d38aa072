from collections.abc import Callable

import pytest

from tests.hostile.campaign import FAILURES_SHOWN, FEW, MANY, Attempt, Tally, run_cases

TALLIES = pytest.StashKey[list[Tally]]()

Campaign = Callable[[str, Attempt], None]


@pytest.fixture
def campaign(request: pytest.FixtureRequest) -> Campaign:
    """Try many cases of a kind, and fail if one of them does; see `run_cases`."""
    config = request.config

    def run(kind: str, attempt: Attempt) -> None:
        tally = run_cases(kind, MANY if config.getoption("--many") else FEW, attempt)
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
