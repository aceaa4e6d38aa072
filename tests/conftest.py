"""Which tests there are, in which order, and how they are marked."""

import gc
import os
import shlex
from contextlib import ExitStack
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.support.slow import Meter, Stopwatch, listed
from tests.support.warm import waiting_process, warm_python

ROOMS = Path(__file__).parent

LONGEST_FILES = ("test_recipes.py", "test_benchmarks.py", "test_app.py", "test_pages.py")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--note-slow", action="store_true", help="write tests/slow.txt anew")
    parser.addoption("--many", action="store_true", help="try 10,000 hostile inputs of each kind")


def pytest_configure(config: pytest.Config) -> None:
    worker = hasattr(config, "workerinput")  # of pytest-xdist
    runs_tests = worker or config.getoption("dist", "no") == "no"
    if runs_tests:
        config.pluginmanager.import_plugin("tests.support.fixtures")
    if not worker:
        until_the_end = ExitStack()
        config.add_cleanup(until_the_end.close)
        until_the_end.enter_context(waiting_process())
        if not runs_tests:  # its processes need not each import the large libraries
            python = shlex.join(warm_python())
            config.option.tx = [f"popen//python={python}"] * len(config.option.tx)
    if config.getoption("--note-slow"):
        if runs_tests:
            config.pluginmanager.register(Meter())
        if not worker:
            config.pluginmanager.register(Stopwatch())


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process a core, and one more where some wait for servers and browsers."""
    return (os.cpu_count() or 1) + (not config.option.markexpr)


class FilesAndBrowser(LoadFileScheduling):
    """Keeps the tests of a file in one process, and those of a browser too.

    They share one browser and one server, whose scripts it then compiles once.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesAndBrowser | None:
    return FilesAndBrowser(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Leave what stays until the end, as all modules, out of the search for garbage."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with the name of its folder (`pytest -m store`), and those that are slow."""
    slow = listed()
    for item in items:
        room = item.path.relative_to(ROOMS).parts[0]
        if not room.endswith(".py"):
            item.add_marker(room)
        if item.nodeid.split("[")[0] in slow:
            item.add_marker("slow")
    # Begun last, one file of few but long tests would keep a single process busy at the end.
    items.sort(key=lambda item: item.path.name not in LONGEST_FILES)
