import asyncio
import codecs
import csv
import json
import re
import shutil
import tomllib
from collections.abc import AsyncGenerator, Sequence
from copy import deepcopy
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, Literal
from zipfile import ZipFile

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser
from streamlit.navigation.page import StreamlitPage
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.runtime.caching import get_data_cache_stats_provider
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest
from streamlit.typing import UploadedFile

from age_model.ages import whole_years
from age_model.evaluation.age_gate import FittedGate, fitted_gate
from age_model.predict.id_rule import AskRule
from age_model.predict.predictor import Predictor
from age_model.predict.results import PhotoResult, with_faces
from age_model.release import SHIPPED, VARIABLE, released
from age_model.vision.zip_files import MAX_ARCHIVE_BYTES
from app_pages.photo import results
from app_pages.photo.batch_pictures import pictures_zip
from app_pages.photo.cards import annotated_jpeg
from app_pages.widgets import downloads, model
from app_pages.widgets import words as words_module
from app_pages.widgets.settings import Settings
from app_pages.widgets.uploads import Source
from tests.support.app import (
    BROKEN,
    CHILD,
    EXAMPLES,
    FACE,
    GROUP,
    METRICS,
    ROOT,
    answered,
    blank_photo,
    open_page,
    press,
    shown_text,
    take,
    written_files,
)
from tests.support.made_up import make_zip


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


@pytest.fixture
def metrics() -> dict[str, Any]:
    """The metrics that ship with the model."""
    path = ROOT / "assets" / "evaluation" / "metrics.json"
    report: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return report


def face_ages(app: AppTest) -> dict[str, str]:
    """Label and age of the cards on a page."""
    return {metric.label: metric.value for metric in app.metric}


def warnings(app: AppTest) -> str:
    return " ".join(warning.value for warning in app.warning)


def shown_names(app: AppTest) -> list[str]:
    return [photo.result.name for photo in app.session_state["results"].values()]


def years(text: str) -> int:
    return 0 if text.startswith("Under") else int(text.split()[0])


# ---- Photo


def test_photo_page_offers_upload_examples_and_privacy() -> None:
    app = open_page("photo")
    assert not app.exception
    assert app.title[0].value == "Ages from photos"
    assert app.file_uploader[0].accept_multiple_files
    assert ".heic" in app.file_uploader[0].allowed_type
    assert len(EXAMPLES) > 1
    assert ".zip" in app.file_uploader[0].allowed_type
    assert len(app.button) == len(EXAMPLES)
    assert "Ages 25–34" in [button.label for button in app.button]
    assert any("not kept" in caption.value for caption in app.caption)
    assert not app.metric


def test_example_shows_a_face_with_age_range_chart_and_downloads() -> None:
    app = open_page("photo")
    app.button(key=f"example {FACE.name}").click().run()
    assert not app.exception
    (age,) = face_ages(app).values()
    assert 15 <= years(age) <= 50
    assert any("nine times in ten" in text.value for text in app.markdown)
    assert len(app.get("plotly_chart")) == 1
    assert [button.label for button in app.download_button] == [
        "Download picture", "Download picture with faces blurred", "Download CSV", "Download JSON"
    ]  # fmt: skip


def test_group_has_a_numbered_card_for_each_face() -> None:
    app = open_page("photo")
    app.button(key=f"example {GROUP.name}").click().run()
    faces = list(face_ages(app))
    assert len(faces) > 2
    assert faces == [f"Face {number}" for number in range(1, len(faces) + 1)]


def test_good_broken_and_faceless_photos_each_get_their_answer() -> None:
    app = open_page("photo")
    uploader = app.file_uploader[0]
    uploader.upload("broken.jpg", BROKEN).upload("wall.jpg", blank_photo())
    uploader.upload("face.jpg", FACE.read_bytes()).run()
    assert not app.exception
    assert list(face_ages(app)) == ["Face 1"]
    assert "not a photo" in app.error[0].value
    assert "No face was found" in warnings(app)
    table = app.dataframe[0].value
    assert table["photo"].tolist() == ["broken.jpg", "wall.jpg", "face.jpg"]
    assert table["face"].isna().tolist() == [True, True, False]
    assert not app.get("progress")  # gone when all is done


def test_downloads_hold_every_result(monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, Any] = {}

    def record(label: str, data: object, file: str, *_: object, **__: object) -> None:
        files[file] = data

    monkeypatch.setattr(downloads.st, "download_button", record)
    app = open_page("photo")
    uploader = app.file_uploader[0].upload("стена.jpg", blank_photo())
    uploader.upload("face.jpg", FACE.read_bytes()).run()
    wall, face = csv.DictReader(files["ages.csv"].decode("utf-8-sig").splitlines())
    assert files["ages.csv"].startswith(codecs.BOM_UTF8)  # without it Excel garbles the file name
    assert (wall["photo"], wall["face"], wall["age"]) == ("стена.jpg", "", "")
    assert face["face"] == "1"
    assert words_module.age_in_words(float(face["age"])) == face_ages(app)["Face 1"]
    assert float(face["left"]) < float(face["right"])
    rows = json.loads(files["ages.json"])
    assert [row["photo"] for row in rows] == ["стена.jpg", "face.jpg"]
    assert rows[0]["age"] is None
    assert rows[1]["age"] == float(face["age"])


def test_one_photo_twice_is_shown_twice() -> None:
    app = open_page("photo")
    photo = FACE.read_bytes()
    app.file_uploader[0].upload("a.jpg", photo).upload("a.jpg", photo).run()
    assert not app.exception
    assert len(app.metric) == 2


def test_upload_and_example_replace_each_other() -> None:
    app = open_page("photo")
    app.button(key=f"example {GROUP.name}").click().run()
    app.file_uploader[0].upload("mine.jpg", FACE.read_bytes()).run()
    assert shown_names(app) == ["mine.jpg"]
    app.button(key=f"example {GROUP.name}").click().run()
    assert shown_names(app) == ["Group"]


def test_photos_stay_while_another_page_is_looked_at(predicted: list[str]) -> None:
    app = open_page("photo")
    app.file_uploader[0].upload("mine.jpg", FACE.read_bytes()).run()
    app.switch_page("app_pages/about/page.py").run()
    app.switch_page("app_pages/photo/page.py").run()
    assert not app.file_uploader[0].value
    assert shown_names(app) == predicted == ["mine.jpg"]
    next(button for button in app.button if button.label == "Remove").click().run()
    assert not app.session_state["results"]


def test_photos_stay_when_a_folder_may_be_chosen(predicted: list[str]) -> None:
    app = open_page("photo")
    app.file_uploader[0].upload("mine.jpg", FACE.read_bytes()).run()
    app.toggle(key="folder").set_value(True).run()
    assert shown_names(app) == predicted == ["mine.jpg"]
    app.file_uploader[0].upload("other.jpg", FACE.read_bytes()).run()
    assert shown_names(app) == ["other.jpg"]  # what is added then takes their place
    app.file_uploader[0].clear().run()
    assert not app.session_state["results"]


def test_photo_is_examined_once(predicted: list[str]) -> None:
    app = open_page("photo")
    app.file_uploader[0].upload("face.jpg", FACE.read_bytes()).run()
    app.run()
    assert not app.exception
    assert predicted == ["face.jpg"]


def examine_paths(paths: list[str]) -> None:
    from pathlib import Path

    from app_pages.photo.results import show_results
    from app_pages.widgets.model import load_predictor
    from app_pages.widgets.settings import Settings
    from app_pages.widgets.uploads import Source

    sources = [Source(path, Path(path).name, Path(path)) for path in paths]
    show_results(load_predictor(), sources, Settings())


def test_only_added_photos_are_examined_and_removed_ones_forgotten(predicted: list[str]) -> None:
    app = AppTest.from_function(examine_paths, default_timeout=120)
    app.args = ([str(FACE)],)
    app.run()
    app.args = ([str(GROUP), str(FACE)],)
    app.run()
    assert predicted == [FACE.name, GROUP.name]
    assert app.dataframe[0].value["photo"].iloc[-1] == FACE.name  # in the order of the page
    app.args = ([],)
    app.run()
    assert not app.session_state["results"]


def test_photos_are_neither_cached_nor_kept_whole(predicted: list[str]) -> None:
    app, other = open_page("photo"), open_page("photo")
    app.file_uploader[0].upload("face.jpg", FACE.read_bytes()).run()
    other.file_uploader[0].upload("face.jpg", FACE.read_bytes()).run()
    assert predicted == ["face.jpg", "face.jpg"]  # one visitor's result is not shown to another
    assert not get_data_cache_stats_provider().get_stats()
    (shown,) = app.session_state["results"].values()
    assert shown.result.image is None


def test_uploads_up_to_the_limit_stay_in_memory() -> None:
    open_page("photo")
    head = b'--x\r\nContent-Disposition: form-data; name="p"; filename="p.jpg"\r\n\r\n'

    async def body() -> AsyncGenerator[bytes, None]:
        yield head
        for _ in range(8):
            yield bytes(512 * 1024)
        yield b"\r\n--x--\r\n"

    headers = Headers({"content-type": "multipart/form-data; boundary=x"})
    photo = asyncio.run(MultiPartParser(headers, body()).parse())["p"]
    assert isinstance(photo, UploadFile)
    assert photo.size == 4 * 1024 * 1024
    assert not getattr(photo.file, "_rolled")  # noqa: B009  (not written to a temporary file)


def test_streamlits_copies_of_an_upload_share_its_bytes() -> None:
    open_page("photo")
    content = bytes(1000)
    upload = UploadedFile(UploadedFileRec("id", "a.zip", "application/zip", content), FileURLs())
    again = deepcopy(deepcopy(upload))
    assert again.getvalue() is content
    assert (again.file_id, again.name, again.type, again.size) == ("id", "a.zip", upload.type, 1000)
    again.write(b"changed")
    assert upload.getvalue() is content


def test_decision_follows_the_challenge_age_in_the_address() -> None:
    app = open_page("photo", smallest_face="40", challenge_age="18", certainty="95")
    assert [slider.value for slider in app.slider] == [18, 40, 95]
    app.button(key=f"example {FACE.name}").click().run()
    assert "No need to ask" in app.success[0].value
    app.slider(key="challenge_age").set_value(40).run()
    assert "Ask for ID" in warnings(app)
    app.slider(key="smallest_face").set_value(300).run()
    assert not app.metric
    assert "settings" in warnings(app)


def test_nobody_needs_to_be_asked_only_by_looks_and_chance_together() -> None:
    app = open_page("photo")
    fitted = fitted_gate(released().card()["gate"])
    may_pass = app.segmented_control(key="may_pass")
    assert (may_pass.options, may_pass.value) == (list(fitted.limits), fitted.target)
    assert app.slider(key="challenge_age").value == fitted.rule.challenge_age
    (measured,) = (text.value for text in app.caption if "on the test photos" in text.value)
    row = METRICS["gate"]["usual"]
    assert f"{row['false_pass']:.1%} of the {row['n_minors']} people aged 14 to 17" in measured
    assert f"{row['false_challenge']:.1%} of people aged 25 to 34" in measured
    app.button(key=f"example {FACE.name}").click().run()
    age = fitted.rule.challenge_age
    assert app.success[0].value == f"**No need to ask.** Looks {age}+, hardly under 18"
    app.slider(key="challenge_age").set_value(40).run()
    assert "**Ask for ID.** May be under 40" in warnings(app)


def test_who_is_too_likely_under_18_is_asked_whatever_the_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    never = FittedGate(14, {"1": -1.0}, "1", AskRule(18, -1.0))  # every chance is too high
    monkeypatch.setattr("app_pages.widgets.id_rule.fitted_gate", lambda gate: never)
    app = open_page("photo")
    assert "aged 14 to 17" in app.segmented_control(key="may_pass").label
    app.button(key=f"example {FACE.name}").click().run()
    assert "**Ask for ID.** May be under 18" in warnings(app)


def test_without_a_fitted_likelihood_only_looks_decide(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text('{"gate": {}}')
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    app = open_page("photo", may_pass="2")
    assert not app.exception
    assert "may_pass" not in {control.key for control in app.segmented_control}
    assert app.slider(key="challenge_age").value == 25


def test_bad_settings_in_the_address_are_ignored() -> None:
    app = open_page("photo", smallest_face="much", challenge_age="900", certainty="")
    assert not app.exception
    assert [slider.value for slider in app.slider] == [25, 0, 90]


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
    size = (4 * 2**30 - 1).to_bytes(4, "little")  # its declared unpacked size
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
    assert not app.session_state["views"]  # full-size pictures of a batch are dropped
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
    monkeypatch.setattr(results, "STEP", 0.0)  # one photo a step
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


def test_without_a_face_there_is_no_picture_to_download() -> None:
    app = open_page("photo")
    app.file_uploader[0].upload("plain.jpg", blank_photo()).run()
    assert [button.label for button in app.download_button] == ["Download CSV", "Download JSON"]


def test_blurred_download_hides_also_the_faces_left_out() -> None:
    app = open_page("photo")
    app.button(key=f"example {GROUP.name}").click().run()
    (photo,), (view,) = (app.session_state[name].values() for name in ("results", "views"))
    none_shown = with_faces(photo.result, 4000, 0.9)
    plain, blurred = (
        np.asarray(Image.open(BytesIO(annotated_jpeg(photo, view, none_shown, hidden))), float)
        for hidden in (False, True)
    )
    left, top, right, bottom = (round(edge) for edge in photo.result.faces[0].box)
    difference = np.abs(plain - blurred)[top:bottom, left:right]
    assert difference.mean() > 5


def test_examined_photo_leaves_no_file_and_no_line_in_the_log(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    app = open_page("photo")
    app.file_uploader[0].upload("face.jpg", FACE.read_bytes()).run()  # imports what is needed
    with written_files() as files:
        archive = make_zip({"secret.jpg": FACE.read_bytes(), "secret.png": BROKEN})
        app.file_uploader[0].upload("secret.zip", archive).run()
    assert len(app.dataframe[0].value) == 2
    assert files == []
    assert "secret" not in caplog.text + "".join(capfd.readouterr())


def test_missing_model_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    load = Predictor.load
    monkeypatch.setattr(Predictor, "load", lambda: load(tmp_path))
    model._load_predictor.clear()
    app = open_page("photo")
    assert not app.exception
    assert "model.json is missing".replace(".", r"\.") in app.error[0].value
    assert app.file_uploader  # the page itself is there


def test_snapshot_is_answered_large() -> None:
    app = open_page("webcam", challenge_age="18")
    assert not app.exception
    assert not answered(app) and not app.dataframe
    assert any("does not work, ask for ID" in caption.value for caption in app.caption)
    take(app, FACE.read_bytes())
    assert "No need to ask" in answered(app)
    assert 15 <= years(face_ages(app)["Age"]) <= 50
    assert re.fullmatch(r"\d+ to \d+ years", face_ages(app)["Nine times in ten"])
    assert "Averaged" not in shown_text(app)
    app.slider(key="challenge_age").set_value(40).run()
    assert "Ask for ID\n## May be under 40" in answered(app)
    assert len(app.dataframe[0].value) == 1


def test_snapshots_of_one_person_are_averaged_and_listed(predicted: list[str]) -> None:
    app = take(open_page("webcam"), FACE.read_bytes())
    own = face_ages(app)["Age"]
    press(app, "Same person, take another")
    assert not answered(app) and not app.metric  # the camera takes the answer's place
    assert "another picture of person 1" in app.info[0].value
    take(app, CHILD.read_bytes())
    assert "Averaged over 2 snapshots" in shown_text(app)
    assert years(face_ages(app)["Age"]) < years(own)
    press(app, "Next person")
    assert not app.metric and not answered(app)  # nothing that could be taken for an answer
    take(app, FACE.read_bytes())
    assert face_ages(app)["Age"] == own
    assert len(predicted) == 3
    assert app.dataframe[0].value["Person"].tolist() == [2, 1, 1]  # the latest first
    assert [button.label for button in app.download_button] == ["Download CSV", "Download JSON"]


def test_what_to_do_without_a_camera_is_said() -> None:
    (help,) = open_page("webcam").expander
    assert "camera does not work" in help.label
    for reason in ("Not allowed", "In use", "https://", "No camera"):
        assert reason in help.markdown[0].value


def test_of_several_faces_one_is_the_buyer() -> None:
    app = take(open_page("webcam"), GROUP.read_bytes())
    assert "3 other faces were seen" in shown_text(app)


def test_snapshot_without_a_face_is_asked_and_told_what_to_do() -> None:
    app = take(open_page("webcam"), blank_photo())
    assert "Ask for ID" in answered(app)
    assert "Come closer" in shown_text(app)
    assert not app.metric
    assert app.dataframe[0].value["Ask for ID"].tolist() == [True]


def test_settings_examine_the_snapshot_anew() -> None:
    app = take(open_page("webcam"), FACE.read_bytes())
    app.slider(key="smallest_face").set_value(300).run()
    assert "Ask for ID" in answered(app)
    assert "settings" in shown_text(app)
    assert len(app.dataframe[0].value) == 1


def test_cleared_snapshots_are_forgotten() -> None:
    app = press(take(open_page("webcam"), FACE.read_bytes()), "Clear")
    assert not app.dataframe and not answered(app)
    take(app, FACE.read_bytes())
    assert app.dataframe[0].value["Person"].tolist() == [1]


def test_of_snapshots_only_figures_and_the_present_face_are_kept() -> None:
    app = press(take(open_page("webcam"), FACE.read_bytes()), "Next person")
    with written_files() as files:
        take(app, FACE.read_bytes())
    assert files == []
    session = app.session_state["snapshots"]
    assert (len(session.snapshots), len(session.observations)) == (2, 1)
    assert max(session.observations[0].face.crop.size) <= 224
    assert not get_data_cache_stats_provider().get_stats()


def test_without_a_model_the_answer_is_to_ask(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    load = Predictor.load
    monkeypatch.setattr(Predictor, "load", lambda: load(tmp_path))
    model._load_predictor.clear()
    app = take(open_page("webcam"), FACE.read_bytes())
    assert "Ask for ID" in answered(app)
    assert "model" in app.error[0].value


# ---- Test errors


def test_the_page_keeps_its_address_and_is_not_taken_for_a_test_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses: list[str] = []
    navigate = st.navigation

    def record(pages: dict[str, list[StreamlitPage]], position: Literal["top"]) -> StreamlitPage:
        addresses.extend(page.url_path for group in pages.values() for page in group)
        return navigate(pages, position=position)

    monkeypatch.setattr(st, "navigation", record)
    open_page("photo")
    assert "test_errors" in addresses
    assert not list((ROOT / "app_pages").rglob("test_*.py"))


def test_errors_page_shows_the_figures_of_the_files(metrics: dict[str, Any]) -> None:
    app = open_page("errors")
    assert not app.exception
    overall = metrics["overall"]
    shown = face_ages(app)
    assert shown["Average error"] == f"{overall['mae']:.2f} years"
    assert shown["Median error"] == f"{overall['median_error']:.2f} years"
    assert shown["Within 5 years"] == f"{overall['within_5'] * 100:.0f}%"
    assert float(shown["Bias"].replace("−", "-").split()[0]) == round(overall["bias"], 2)
    assert shown["Inside the range"] == f"{metrics['interval_90_coverage'] * 100:.0f}%"
    assert app.metric[0].delta == f"95%: {overall['mae_low']:.2f} to {overall['mae_high']:.2f}"
    assert shown["Without a model"] == f"{metrics['baseline']['mae']:.2f} years"
    assert f"{overall['n']:,} photos" in app.markdown[0].value
    assert all(metric.help for metric in app.metric)
    assert len(app.get("plotly_chart")) == 7


def test_marks_and_baseline_stand_beside_the_model(metrics: dict[str, Any]) -> None:
    chart = json.loads(open_page("errors").get("plotly_chart")[1].proto.spec)
    names = " ".join(chart["data"][0]["y"])
    for text in ("This model", "Paper  <b>5.4</b>", "Good  <b>7.0</b>", "Required  <b>8.0</b>"):
        assert text in names
    assert f"<b>{metrics['baseline']['mae']:.1f}</b>" in names


def test_bands_can_be_those_of_the_predicted_age() -> None:
    app = open_page("errors")
    before = app.get("plotly_chart")[3].proto.spec
    app.segmented_control(key="errors_grouping").set_value("predicted_age").run()
    assert not app.exception
    assert app.get("plotly_chart")[3].proto.spec != before


@pytest.mark.parametrize("damaged", ["predictions.csv", "metrics.json", None])
def test_missing_or_damaged_results_name_the_command(
    damaged: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    if damaged:
        shutil.copytree(SHIPPED / "evaluation", tmp_path / "evaluation")
        (tmp_path / "evaluation" / damaged).write_bytes(b"")
    page = ROOT / "app_pages" / "errors" / "page.py"
    app = AppTest.from_file(str(page), default_timeout=120).run()
    assert not app.exception
    assert "missing or damaged" in app.error[0].value
    assert "python -m age_model evaluate" in app.code[0].value


# ---- Words and settings


@pytest.mark.parametrize(
    ("age", "words"),
    [(0.4, "Under 1 year"), (0.6, "1 year"), (1.4, "1 year"), (1.6, "2 years"), (31.7, "32 years")],
)
def test_age_in_words(age: float, words: str) -> None:
    assert words_module.age_in_words(age) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "a few seconds left"),
        (31, "about 40 seconds left"),
        (70, "about 1 minute left"),
        (600, "about 10 minutes left"),
    ],
)
def test_time_left_in_words(seconds: float, words: str) -> None:
    assert words_module.time_left_in_words(seconds) == words


def test_interval_in_words() -> None:
    assert words_module.interval_in_words(27.2, 37.9) == "Between 27 and 38, nine times in ten"


@pytest.mark.parametrize("age", [25.44, 25.46, 25.5, 25.54, 26.5])
def test_cards_round_as_the_downloads_do(age: float) -> None:
    assert whole_years(age) == whole_years(round(age, 1))


def test_file_names_keep_their_signs() -> None:
    assert words_module.plain("_a_*b*:red[c]–ü.jpg") == r"\_a\_\*b\*\:red\[c\]–ü\.jpg"


def test_settings_fit_the_code() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["maxUploadSize"] * 1024 * 1024 == MAX_ARCHIVE_BYTES
    assert config["browser"]["gatherUsageStats"] is False
    assert "headless" not in config["server"]
    for theme in ("light", "dark"):
        for palette in ("chartCategoricalColors", "chartSequentialColors"):
            assert len(config["theme"][theme][palette]) == 10  # fewer are silently ignored
