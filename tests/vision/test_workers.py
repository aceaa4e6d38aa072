"""Worker processes begin with what takes long to import, and with nothing of this process."""

import sys
from concurrent.futures import ProcessPoolExecutor

import pytest

from age_model.vision import workers


def seen() -> tuple[set[str], bool]:
    return set(workers.LIBRARIES) & set(sys.modules), hasattr(workers, "mark")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each process imports them")
def test_they_have_the_libraries_and_nothing_else_of_this_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "mark", True, raising=False)
    with ProcessPoolExecutor(1, workers.worker_context()) as pool:
        libraries, marked = pool.submit(seen).result()
    assert libraries == set(workers.LIBRARIES)
    assert not marked
