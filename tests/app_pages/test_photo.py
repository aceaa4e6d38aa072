import codecs
import csv
import json
import math
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.runtime.caching import get_data_cache_stats_provider
from streamlit.testing.v1 import AppTest

from age_model.evaluation.age_gate import FittedGate, fitted_gate
from age_model.predict import id_rule
from age_model.predict.id_rule import AskRule
from age_model.predict.predictor import Predictor
from age_model.predict.results import with_faces
from age_model.release import VARIABLE, released
from app_pages.photo import thumbnails
from app_pages.photo.cards import annotated_jpeg
from app_pages.widgets import downloads, model
from app_pages.widgets import words as words_module
from app_pages.widgets.id_rule import usual_rule
from tests.support.app import (
    BROKEN,
    EXAMPLES,
    FACE,
    GROUP,
    METRICS,
    blank_photo,
    face_ages,
    open_page,
    shown_names,
    shown_text,
    warnings,
    written_files,
    years,
)
from tests.support.made_up import make_zip


def test_photo_page_offers_upload_examples_and_privacy() -> None:
    app = open_page("photo")
    assert not app.exception
    assert app.title[0].value == "Ages from faces"
    assert app.file_uploader[0].accept_multiple_files
    assert ".heic" in app.file_uploader[0].allowed_type
    assert len(EXAMPLES) > 1
    assert ".zip" in app.file_uploader[0].allowed_type
    assert len(app.button) == len(EXAMPLES)
    assert "Ages 25–34" in [button.label for button in app.button]
    assert any("a minute after you close the page" in caption.value for caption in app.caption)
    assert [(metric.label, metric.value) for metric in app.metric] == [("An example", "24 years")]
    assert not any(slider.label == "Ask for ID below this age" for slider in app.slider)


def test_a_card_says_once_that_it_cannot_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_rule, "WIDEST_RANGE", 0)
    app = open_page("photo")
    app.file_uploader[0].set_value([("face.jpg", FACE.read_bytes(), "image/jpeg")]).run()
    assert [metric.value for metric in app.metric] == ["Cannot tell"]
    assert [box.value for box in app.info] == ["**Ask for ID.** The range is wider than 45 years"]
    assert "cannot be estimated" not in shown_text(app)


def test_small_examples_are_made_once_for_all_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    thumbnails.square_thumbnail.cache_clear()
    made: list[Image.Image] = []

    def note(picture: Image.Image) -> bytes:
        made.append(picture)
        return b"jpeg"

    monkeypatch.setattr(thumbnails, "to_jpeg", note)
    monkeypatch.setattr(st, "image", lambda *_, **__: None)
    open_page("photo").run()
    assert len(made) == len(EXAMPLES)
    thumbnails.square_thumbnail.cache_clear()


def test_example_shows_a_face_with_age_range_chart_and_downloads() -> None:
    app = open_page("photo")
    app.button(key=f"example {FACE.name}").click().run()
    assert not app.exception
    (age,) = face_ages(app).values()
    assert 15 <= years(age) <= 50
    assert any("Likely" in text.value for text in app.markdown)
    assert len(app.get("plotly_chart")) == 1
    assert [button.label for button in app.download_button] == [
        "Download picture", "Download picture with faces blurred", "Download CSV", "Download JSON"
    ]  # fmt: skip
    picture, answer = app.columns[-2:]  # both together are as wide as the page
    assert 0.3 <= picture.weight <= 0.6 and picture.weight + answer.weight == pytest.approx(1)
    assert picture.children[0].type == "image" and len(answer.metric) == 1


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
        files[file] = data() if callable(data) else data

    monkeypatch.setattr(downloads.st, "download_button", record)
    app = open_page("photo")
    uploader = app.file_uploader[0].upload("стена.jpg", blank_photo())
    uploader.upload("face.jpg", FACE.read_bytes()).run()
    wall, face = csv.DictReader(files["ages.csv"].decode("utf-8-sig").splitlines())
    assert files["ages.csv"].startswith(codecs.BOM_UTF8)  # without it Excel garbles the file name
    assert (wall["photo"], wall["face"], wall["age"]) == ("стена.jpg", "", "")
    assert face["face"] == "1"
    assert words_module.age_in_words(float(face["age"])) == face_ages(app)["Face 1"]
    shown = app.dataframe[0].value.iloc[1]
    assert shown["age_low"] == math.floor(float(face["age_low"]))  # nobody is 18 at 17.9
    assert shown["age_high"] == round(float(face["age_high"]))
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


def test_an_upload_takes_the_place_of_the_examples() -> None:
    app = open_page("photo")
    app.button(key=f"example {GROUP.name}").click().run()
    app.file_uploader[0].upload("mine.jpg", FACE.read_bytes()).run()
    assert shown_names(app) == ["mine.jpg"]
    assert not any(str(button.key).startswith("example") for button in app.button)


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
    app = AppTest.from_function(examine_paths, default_timeout=300)
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
    st.cache_data.clear()  # of other pages
    app, other = open_page("photo"), open_page("photo")
    app.file_uploader[0].upload("face.jpg", FACE.read_bytes()).run()
    other.file_uploader[0].upload("face.jpg", FACE.read_bytes()).run()
    assert predicted == ["face.jpg", "face.jpg"]  # one visitor's result is not given to another
    assert not get_data_cache_stats_provider().get_stats()
    (shown,) = app.session_state["results"].values()
    assert shown.result.image is None


def test_decision_follows_the_challenge_age_in_the_address() -> None:
    app = open_page("photo", smallest_face="40", challenge_age="18", certainty="95")
    app.button(key=f"example {FACE.name}").click().run()
    assert [slider.value for slider in app.slider] == [18, 40, 95]
    assert "No need to ask" in app.success[0].value
    app.slider(key="challenge_age").set_value(40).run()
    assert "sk for ID" in warnings(app)
    app.slider(key="smallest_face").set_value(300).run()
    assert not app.metric
    assert "settings" in warnings(app)


def test_nobody_needs_to_be_asked_only_by_looks_and_chance_together() -> None:
    app = open_page("photo")
    app.button(key=f"example {FACE.name}").click().run()
    fitted = fitted_gate(released().card()["gate"])
    may_pass = app.segmented_control(key="may_pass")
    assert (may_pass.options, may_pass.value) == (list(fitted.limits), fitted.target)
    assert app.slider(key="challenge_age").value == fitted.rule.challenge_age
    (measured,) = (text.value for text in app.caption if "on the test photos" in text.value)
    assert measured.startswith("The number chosen is the goal")  # and not what follows
    row = METRICS["gate"]["usual"]
    assert f"{row['false_pass']:.1%} of the {row['n_minors']} people aged 14 to 17" in measured
    assert f"{row['false_challenge']:.1%} of people aged 25 to 34" in measured
    age = fitted.rule.challenge_age
    assert app.success[0].value == f"**No need to ask.** Looks {age}+, hardly under 18"
    app.slider(key="challenge_age").set_value(40).run()
    assert "**Ask for ID.** Looks under 40" in warnings(app)


def test_who_is_too_likely_under_18_is_asked_whatever_the_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    never = FittedGate(14, {"1": -1.0}, "1", AskRule(18, -1.0))  # every chance is too high
    monkeypatch.setattr("app_pages.widgets.id_rule.fitted_gate", lambda gate: never)
    app = open_page("photo")
    app.button(key=f"example {FACE.name}").click().run()
    assert "aged 14 to 17" in app.segmented_control(key="may_pass").label
    chance = r"\*\*Ask for ID\.\*\* May be under 18 \(chance: \d+\.\d\d%\)"
    assert re.search(chance, warnings(app))


def test_without_a_fitted_likelihood_only_looks_decide(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.json").write_text('{"gate": {}}')
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert usual_rule() == AskRule(25)


def test_bad_settings_in_the_address_are_ignored() -> None:
    app = open_page("photo", smallest_face="much", challenge_age="900", certainty="")
    app.button(key=f"example {FACE.name}").click().run()
    assert not app.exception
    usual = fitted_gate(released().card()["gate"]).rule.challenge_age
    assert [slider.value for slider in app.slider] == [usual, 0, 90]


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
