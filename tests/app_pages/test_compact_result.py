from io import BytesIO

import pytest
from PIL import Image

from age_model.predict.predictor import NO_FACE
from age_model.predict.results import FILTERED_OUT, PhotoResult, with_faces
from age_model.vision.boxes import DISPLAY_SIDE
from app_pages.photo.compact_result import CROP_SIDE, THUMBNAIL_SIDE, compact, for_screen
from tests.support.made_up import make_face, make_result


def test_no_pixels_of_the_photo_are_kept() -> None:
    small = compact(make_result(30.0))
    assert small.result.image is None
    assert max(small.result.faces[0].crop.size) == CROP_SIDE
    assert small.size == (3000, 2000)
    assert small.thumbnail is not None
    assert Image.open(BytesIO(small.thumbnail)).width == THUMBNAIL_SIDE
    assert len(small.thumbnail) < 20_000


def test_unreadable_photo_keeps_its_problem() -> None:
    small = compact(PhotoResult("a.jpg", None, (), "The file is empty."))
    assert (small.result.problem, small.thumbnail) == ("The file is empty.", None)


def test_view_is_as_large_as_a_page() -> None:
    view = Image.open(BytesIO(for_screen(Image.new("RGB", (3000, 2000)))))
    assert (view.format, view.width) == ("JPEG", DISPLAY_SIDE)


@pytest.mark.parametrize(
    ("smallest", "score", "ages"), [(0, 0.9, [30.0]), (0, 0.7, [30.0, 40.0]), (101, 0.7, [40.0])]
)
def test_faces_are_chosen_by_size_and_certainty(
    smallest: float, score: float, ages: list[float]
) -> None:
    faces = (make_face(30.0, side=100, score=0.95), make_face(40.0, side=200, score=0.8))
    result = PhotoResult("a.jpg", None, faces, None)
    assert [face.age for face in with_faces(result, smallest, score).faces] == ages


def test_nothing_left_by_the_settings_is_told_from_nothing_found() -> None:
    assert with_faces(make_result(30.0), 4000, 0.7).problem == FILTERED_OUT
    assert with_faces(PhotoResult("a.jpg", None, (), NO_FACE), 0, 0.7).problem == NO_FACE
