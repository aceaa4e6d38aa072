"""What several test files share: example pictures, labelled photos, an untrained model."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from sqlalchemy import Engine

from age_model.access.visitor import ANYBODY
from age_model.data import face_cache
from age_model.evaluation.calibration import uncalibrated
from age_model.model import saved_model
from age_model.model.network import AgeNetwork
from age_model.model.saved_model import save_model
from age_model.model.tta import candidate_views, views_to_list
from age_model.store.record.add_visit import record_visit
from age_model.store.record.database import URL_VARIABLE, open_record
from age_model.store.tills import cashiers
from age_model.vision.alignment import FaceSpec
from age_model.vision.default_detector import default_detector
from age_model.vision.detector import Detector
from tests.support.store_databases import empty_database, running_server, server_programs
from tests.support.store_made_up import PLACE, estimate
from tests.support.synthetic import NoFaces
from tests.support.warm import warm_python


@pytest.fixture(scope="session")
def examples() -> Path:
    """The folder of example pictures: average faces of eight age bands, and a group of four."""
    return Path(__file__).parents[2] / "assets" / "examples"


@pytest.fixture(scope="session")
def portraits(examples: Path) -> list[Image.Image]:
    """The eight example pictures of one face, 320 x 320 px, in the order of age."""
    paths = sorted(examples.glob("ages-*.jpg"), key=lambda path: int(path.name.split("-")[1]))
    return [Image.open(path).convert("RGB") for path in paths]


@pytest.fixture(scope="session")
def detector() -> Detector:
    return default_detector()


@pytest.fixture
def no_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photos are prepared without a detector: each whole picture is the face."""
    monkeypatch.setattr(face_cache, "default_detector", NoFaces)


@pytest.fixture
def photo_folder(tmp_path: Path, portraits: list[Image.Image]) -> Path:
    """Labelled photos to read and to change.

    Eight faces (0.jpg to 7.jpg, ages 6 to 70), a copy of 0.jpg with another age, a picture
    without a face, and a file that is no picture.
    """
    folder = tmp_path / "photos"
    pictures = folder / "final_files"
    pictures.mkdir(parents=True)
    for number, portrait in enumerate(portraits):
        portrait.resize((200, 200)).save(pictures / f"{number}.jpg")
    shutil.copy(pictures / "0.jpg", pictures / "copy.jpg")
    Image.new("RGB", (200, 200), (150, 120, 90)).save(pictures / "plain.png")
    (pictures / "broken.jpg").write_bytes(b"no picture")
    rows = [("0.jpg", 6.5, "train"), ("broken.jpg", 40, "train"), ("1.jpg", 15, "train")]
    rows += [("plain.png", 50, "test"), ("copy.jpg", 9, "train"), ("2.jpg", 21, "valid")]
    rows += [(f"{number}.jpg", 10 * number, "train") for number in (3, 4, 5, 6)]
    rows += [("7.jpg", 70, "test")]
    lines = [f"{name},{age},{split},{name[0]}" for name, age, split in rows]
    (folder / "labels.csv").write_text(
        "\n".join(["file_name,real_age,split,shop", *lines]), encoding="utf-8"
    )
    return folder


@pytest.fixture(autouse=True)
def full_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute the same on every processor; tests of half precision, or onnxruntime, turn it on."""
    monkeypatch.setattr(saved_model, "onnx_distributions", lambda _: None)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)


@pytest.fixture(scope="session")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model for faces of 64 px."""
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    card: dict[str, Any] = {
        "face": FaceSpec(size=64).to_dict(),
        "looks": views_to_list(candidate_views(64)[0]),
        "decoding": "median",
        **uncalibrated(),
        "calibrated": True,
        "data": {"train_median_age": 30.0},
        "training": [{}],
        **{entry: {} for entry in ("versions", "metrics")},
        "licence": "none",
    }
    save_model(folder, [AgeNetwork("resnet18")], card)
    return folder


@pytest.fixture(scope="session")
def quick_python() -> list[str]:
    """What stands for `python` in commands that need torch; see `tests/support/warm.py`."""
    return warm_python()


@pytest.fixture
def fast_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash PINs in no time."""
    cheap = cashiers.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(cashiers, "_HASHER", cheap)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server, up to the name of a database."""
    programs = server_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt install postgresql")
    with running_server(programs) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty record, once in a file and once on a server."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    with empty_database(request.getfixturevalue("postgresql_server")) as address:
        yield address


@pytest.fixture
def record(store_url: str) -> Iterator[Engine]:
    """An empty record."""
    engine = open_record(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The store's record, in a file, with a visit of today and one of a hundred days ago."""
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setenv(URL_VARIABLE, url)
    engine = open_record(url)
    for days in (0, 100):
        record_visit(engine, ANYBODY, datetime.now() - timedelta(days=days), PLACE, estimate())
    return engine
