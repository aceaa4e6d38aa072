from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from zipfile import ZipFile

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from age_model.predict.predictor import Predictor
from age_model.predict.results import PhotoResult
from app_pages.photo import results
from app_pages.photo.batch_pictures import pictures_zip
from app_pages.widgets import stepwise
from app_pages.widgets.settings import Settings
from app_pages.widgets.uploads import Source
from tests.support.app import (
    BROKEN,
    FACE,
    blank_photo,
    face_ages,
    open_page,
)
from tests.support.made_up import make_zip


def test_zip_with_problems_gives_each_its_sentence() -> None:
    photo = FACE.read_bytes()
    entries = {"__MACOSX/._a.jpg": b"x", "ok.jpg": photo, "../up.jpg": photo, "in.zip": b"x"}
    app = open_page("photo")
    app.file_uploader[0].upload("shop.zip", make_zip(entries | {"bad.jpg": BROKEN}))
    app.file_uploader[0].upload("empty.zip", make_zip({})).upload("no.zip", BROKEN).run()
    assert not app.exception
    assert app.dataframe[0].value["photo"].tolist() == [
        "shop.zip/ok.jpg", "shop.zip/../up.jpg", "shop.zip/in.zip", "shop.zip/bad.jpg",
        "empty.zip", "no.zip",
    ]  # fmt: skip
    captions = " ".join(caption.value for caption in app.caption)
    for text in ("leads outside", "archive inside", "not a photo", "no photos", "damaged or not"):
        assert text in captions
    assert face_ages(app)["Photos"] == "6"
    assert face_ages(app)["Faces"] == "1"
    assert any("5 photos without a face" in caption.value for caption in app.caption)


def test_each_hostile_file_has_its_sentence_among_good_ones() -> None:
    photo = FACE.read_bytes()
    bomb = bytearray(make_zip({"bomb.jpg": b"x"}))
    size = (4 * 2**30 - 1).to_bytes(4, "little")  # what it says it unpacks to
    bomb[22:26] = bomb[(listed := bomb.index(b"PK\x01\x02")) + 24 : listed + 28] = size
    app = open_page("photo")
    app.file_uploader[0].upload("bomb.zip", bytes(bomb)).upload("good.jpg", photo)
    app.file_uploader[0].upload("in.zip", make_zip({"deep/more.zip": make_zip({"a.jpg": photo})}))
    app.file_uploader[0].upload("up.zip", make_zip({"../../up.jpg": photo, "ok.jpg": photo}))
    app.file_uploader[0].upload("folder.zip", make_zip({"empty/": b""}))
    app.file_uploader[0].upload("empty.jpg", b"").upload("cut.jpg", photo[:2000]).run()
    assert not app.exception
    table = app.dataframe[0].value.set_index("photo")
    said = {
        "bomb.zip/bomb.jpg": "more than 64 MB",
        "in.zip/deep/more.zip": "archive inside",
        "up.zip/../../up.jpg": "leads outside",
        "folder.zip": "no photos",
        "empty.jpg": "empty",
        "cut.jpg": "damaged",
    }
    for name, text in said.items():
        assert text in table.loc[name, "warnings"], name
    assert table.loc[["good.jpg", "up.zip/ok.jpg"], "age"].notna().all()
    assert len(table) == len(said) + 2


def test_pictures_of_a_batch_are_numbered_or_blurred_in_one_zip() -> None:
    app = open_page("photo")
    entries = {f"{name}.jpg": FACE.read_bytes() for name in "abc"} | {"bad.jpg": BROKEN}
    app.file_uploader[0].upload("shop.zip", make_zip(entries)).run()
    labels = [button.label for button in app.download_button]
    assert "Download pictures" in labels and "Download pictures with faces blurred" in labels
    (sources,) = app.session_state["archives"].values()
    known = app.session_state["results"]
    pictures = []
    for blurred in (False, True):
        with ZipFile(BytesIO(pictures_zip(sources, known, Settings(), blurred))) as archive:
            assert archive.namelist() == [f"shop.zip/{name}.jpg" for name in "abc"]
            pictures.append(Image.open(BytesIO(archive.read("shop.zip/b.jpg"))).convert("L"))
    numbered, hidden = (np.asarray(picture, float) for picture in pictures)
    middle = slice(100, 220)
    assert abs(numbered - hidden)[middle, middle].mean() > 5
    assert np.diff(hidden[middle, middle]).std() < 0.5 * np.diff(numbered[middle, middle]).std()


def many(count: int) -> bytes:
    """A ZIP of photos without a face, which are quickly examined."""
    return make_zip({f"{number:03}.jpg": blank_photo() for number in range(count)})


def test_batch_comes_in_pages_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "ROWS_A_PAGE", 3)
    app = open_page("photo")
    app.file_uploader[0].upload("a.zip", many(5)).run()
    rows = [text.value for text in app.markdown if text.value.startswith("**a")]
    assert len(rows) == 3
    assert len(app.dataframe[0].value) == 5


def test_row_opens_the_whole_photo() -> None:
    app = open_page("photo")
    app.file_uploader[0].upload("a.zip", make_zip({f"{n}.jpg": FACE.read_bytes() for n in "abcd"}))
    app.run()
    assert not app.session_state["views"]  # full-size pictures of a batch are not kept
    assert "Face 1" not in face_ages(app)
    next(button for button in app.button if button.label == "Open").click().run()
    assert "Face 1" in face_ages(app)
    assert len(app.session_state["views"]) == 1
    next(button for button in app.button if button.label == "Close").click().run()
    assert "Face 1" not in face_ages(app)
    assert not app.session_state["views"]


def test_stopped_batch_keeps_what_is_done_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, predicted: list[str]
) -> None:
    monkeypatch.setattr(stepwise, "STEP", 0.0)  # one photo a step
    app = open_page("photo")
    examine = results._examine

    def stopping(predictor: Predictor, source: Source) -> PhotoResult:
        if len(predicted) == 1:  # as a click on Stop during the second photo would
            st.session_state["stopped"] = list(_stop_keys)
        return examine(predictor, source)

    _stop_keys: list[str] = []
    show_progress = results._show_progress

    def noting(sources: Sequence[Source], left: int, stopped: bool) -> None:
        _stop_keys[:] = [source.key for source in sources]
        show_progress(sources, left, stopped)

    monkeypatch.setattr(results, "_show_progress", noting)
    monkeypatch.setattr(results, "_examine", stopping)
    app.file_uploader[0].upload("a.zip", many(5)).run()
    assert len(predicted) == len(app.dataframe[0].value) == 2
    assert "Stopped after 2 of 5 photos" in app.get("progress")[0].proto.text
    next(button for button in app.button if button.label == "Continue").click().run()
    assert len(predicted) == len(app.dataframe[0].value) == 5
    assert not app.get("progress")


def test_photo_that_cannot_be_examined_has_its_sentence_and_the_batch_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    predict = Predictor.predict

    def failing(self: Predictor, name: str, source: str | Path | bytes | BinaryIO) -> PhotoResult:
        if name.endswith("secret.jpg"):
            raise RuntimeError("the detector failed")
        return predict(self, name, source)

    monkeypatch.setattr(Predictor, "predict", failing)
    app = open_page("photo")
    names = ("a", "secret", "c", "d")
    photos = {f"{name}.jpg": FACE.read_bytes() for name in names}
    app.file_uploader[0].upload("shop.zip", make_zip(photos)).run()
    assert not app.exception
    table = app.dataframe[0].value.set_index("photo")
    assert table["age"].isna().tolist() == [name == "secret" for name in names]
    assert table.loc["shop.zip/secret.jpg", "warnings"] == results.FAILED
    assert "the detector failed" in caplog.text
    assert "secret" not in caplog.text
    # Its faces are not known: they would not be blurred.
    (sources,) = app.session_state["archives"].values()
    pictures = pictures_zip(sources, app.session_state["results"], Settings(), blurred=True)
    assert "shop.zip/secret.jpg" not in ZipFile(BytesIO(pictures)).namelist()
