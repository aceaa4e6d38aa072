"""The service without a trained model: an untrained one, and faces in the middle of photos."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from starlette.testclient import TestClient

from age_model.api.app import make_api
from age_model.api.service import Service
from age_model.predict.predictor import Predictor
from age_model.store.record.database import open_record
from tests.support.cheap_scorer import MiddleFace
from tests.support.synthetic import jpeg_of


@pytest.fixture(scope="session")
def predictor(model_dir: Path) -> Predictor:
    predictor = Predictor.load(model_dir)
    predictor.detector = MiddleFace()
    return predictor


@pytest.fixture(scope="session")
def photo(portraits: list[Image.Image]) -> bytes:
    """A photo with one face, as `predictor` finds it."""
    return jpeg_of(portraits[4])


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """A record in a file; `test_additions.py` has its own, on a server too."""
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture
def service(predictor: Predictor, store_url: str) -> Service:
    """A service that needs keys, and waits for no further photos."""
    service = Service(lambda: predictor, lambda: open_record(store_url), keys_needed=True)
    service.examiner._window = 0
    return service


@pytest.fixture
def client(service: Service) -> Iterator[TestClient]:
    with TestClient(make_api(service), raise_server_exceptions=False) as client:
        yield client
