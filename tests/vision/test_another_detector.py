"""One class takes MTCNN's place: in answers, in prepared faces and in the checks of photos."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from age_model.data.checks import check_photo
from age_model.data.face_cache import build_face_set
from age_model.data.labels import read_labels
from age_model.data.problems import ProblemKind
from age_model.model.saved_model import load_model
from age_model.predict.predictor import Predictor
from age_model.vision.alignment import FaceSpec
from age_model.vision.faces import DetectedFace

ROOT = Path(__file__).parents[2]


class MiddleOfThePhoto:
    """Takes the middle of every photo that is not of one colour for a face; a `Detector`."""

    cache_key = "middle of the photo"

    def detect(self, photos: Sequence[Image.Image]) -> list[list[DetectedFace]]:
        return [[] if photo.getcolors(1) else [self._face(photo)] for photo in photos]

    @staticmethod
    def _face(photo: Image.Image) -> DetectedFace:
        width, height = photo.size
        shares = np.array([[0.4, 0.4], [0.6, 0.4], [0.5, 0.5], [0.42, 0.6], [0.58, 0.6]])
        box = (0.25 * width, 0.25 * height, 0.75 * width, 0.75 * height)
        return DetectedFace(box, shares * photo.size, 0.97)


@pytest.fixture
def no_mtcnn(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("MTCNN is used")

    monkeypatch.setattr("age_model.vision.mtcnn.Mtcnn.detect", fail)


@pytest.mark.usefixtures("no_mtcnn")
def test_the_ages_are_those_of_the_faces_that_it_finds(model_dir: Path, examples: Path) -> None:
    predictor = Predictor(load_model(model_dir), MiddleOfThePhoto())
    (face,) = predictor.predict("photo", examples / "ages-25-34.jpg").faces
    assert face.box == (80, 80, 240, 240)
    assert face.detection_score == 0.97


@pytest.mark.usefixtures("no_mtcnn")
def test_prepared_faces_are_those_that_it_finds(tmp_path: Path, photo_folder: Path) -> None:
    labelled = read_labels(photo_folder)
    faces = build_face_set(labelled, FaceSpec(32), tmp_path, 1, MiddleOfThePhoto())
    assert faces.table["detection_score"].dropna().tolist() == [0.97] * 9
    assert set(faces.table["left"].dropna()) == {50}


@pytest.mark.usefixtures("no_mtcnn")
def test_photos_are_checked_with_it(photo_folder: Path) -> None:
    pictures = photo_folder / "final_files"
    assert check_photo(pictures / "0.jpg", MiddleOfThePhoto()).problem is None
    plain = check_photo(pictures / "plain.png", MiddleOfThePhoto())
    assert plain.problem == ProblemKind.NO_FACE


def test_facenet_pytorch_gives_its_networks_to_one_file_and_nothing_else() -> None:
    files = [*ROOT.glob("age_model/**/*.py"), *ROOT.glob("app_pages/**/*.py"), ROOT / "train.py"]
    imports = [
        (file.relative_to(ROOT).as_posix(), line.strip())
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if "import" in line and "facenet_pytorch" in line
    ]
    assert imports == [
        ("age_model/vision/mtcnn.py", "from facenet_pytorch.models.mtcnn import ONet, PNet, RNet")
    ]
