import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import BinaryIO

import pytest
from streamlit.components.v2 import manifest_scanner

from age_model.predict.predictor import Predictor
from age_model.predict.results import PhotoResult


@pytest.fixture(scope="session", autouse=True)
def packages_scanned_once() -> Iterator[None]:
    """Let the first AppTest alone read the metadata of all packages: half of a test's time."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        scan = cache(manifest_scanner.scan_component_manifests)
        monkeypatch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """AppTest puts the page in place of `__main__`, which later spawned processes would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture
def predicted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the photos given to the model, in order."""
    names: list[str] = []
    predict = Predictor.predict

    def counting(self: Predictor, name: str, source: str | Path | bytes | BinaryIO) -> PhotoResult:
        names.append(name)
        return predict(self, name, source)

    monkeypatch.setattr(Predictor, "predict", counting)
    return names
