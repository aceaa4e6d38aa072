"""A service that runs for long holds no more memory than one that was just started."""

import asyncio
import sys
from unittest.mock import Mock

import numpy as np
import pytest

from age_model.api import examiner as examiner_module
from age_model.api.examiner import Examiner
from age_model.api.memory import give_back
from age_model.predict.predictor import Predictor
from benchmarks.service_time import _megabytes
from tests.api.test_faces import distinct, examine_all

PIECE = 100_000  # bytes: less than what glibc asks the system for by itself


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
def test_what_was_freed_goes_back_to_the_system() -> None:
    pieces = [np.ones(PIECE, np.uint8) for _ in range(1000)]
    before = _megabytes("self")
    del pieces[:-1]  # the last one keeps the others' place
    give_back()
    assert _megabytes("self") < before - 80


def test_it_does_so_after_so_many_batches(
    predictor: Predictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied = Mock()
    monkeypatch.setattr(examiner_module, "give_back", tidied)
    monkeypatch.setattr(examiner_module, "TIDIED_EVERY", 2)
    monkeypatch.setattr(examiner_module, "MOST_TOGETHER", 1)
    asyncio.run(examine_all(Examiner(lambda: predictor), [distinct(n) for n in range(5)]))
    assert tidied.call_count == 2
