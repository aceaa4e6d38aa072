import sys

import pytest


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest puts the page in place of `__main__`, which later spawned processes would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])
