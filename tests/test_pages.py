import asyncio
import codecs
import csv
import json
import shutil
import sys
import tomllib
from collections.abc import AsyncGenerator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from PIL import Image
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser
from streamlit.runtime.caching import get_data_cache_stats_provider
from streamlit.testing.v1 import AppTest

from age_model.photos import MAX_PHOTO_BYTES
from age_model.predictor import PhotoResult, Predictor
from app_pages import _faces

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "assets" / "examples").glob("*.jpg"))
FACE = ROOT / "assets" / "examples" / "ages-25-34.jpg"
GROUP = ROOT / "assets" / "examples" / "group.jpg"
BROKEN = b"this is not a photo"


def blank_photo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (200, 200), "grey").save(file, format="JPEG")
    return file.getvalue()


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


@pytest.fixture
def metrics() -> dict[str, Any]:
    """The figures that ship with the model."""
    path = ROOT / "assets" / "evaluation" / "metrics.json"
    report: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return report


def open_page(name: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120).run()
    return app if name == "photo" else app.switch_page(f"app_pages/{name}.py").run()


def face_ages(app: AppTest) -> dict[str, str]:
    """Label and age of the cards on a page."""
    return {metric.label: metric.value for metric in app.metric}


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
    assert app.dataframe[0].value["face"].tolist() == [1]
    assert app.dataframe[0].value["age"].tolist() == [years(age)]
    assert [button.label for button in app.download_button] == ["Download CSV", "Download JSON"]


def test_group_has_a_numbered_card_for_each_face() -> None:
    app = open_page("photo")
    app.button(key=f"example {GROUP.name}").click().run()
    faces = list(face_ages(app))
    assert len(faces) > 2
    assert faces == [f"Face {number}" for number in range(1, len(faces) + 1)]
    assert app.dataframe[0].value["face"].tolist() == list(range(1, len(faces) + 1))


def test_good_broken_and_faceless_photos_each_get_their_answer() -> None:
    app = open_page("photo")
    uploader = app.file_uploader[0]
    uploader.upload("broken.jpg", BROKEN).upload("wall.jpg", blank_photo())
    uploader.upload("face.jpg", FACE.read_bytes()).run()
    assert not app.exception
    assert list(face_ages(app)) == ["Face 1"]
    assert "not a photo" in app.error[0].value
    assert "No face was found" in app.warning[0].value
    table = app.dataframe[0].value
    assert table["photo"].tolist() == ["broken.jpg", "wall.jpg", "face.jpg"]
    assert table["face"].isna().tolist() == [True, True, False]
    assert not app.get("progress")  # gone when all is done


def test_downloads_hold_every_result(monkeypatch: pytest.MonkeyPatch) -> None:
    files: dict[str, bytes] = {}

    def record(kind: str, data: bytes, mime: str) -> None:
        files[kind] = data

    monkeypatch.setattr(_faces, "_download_button", record)
    app = open_page("photo")
    uploader = app.file_uploader[0].upload("стена.jpg", blank_photo())
    uploader.upload("face.jpg", FACE.read_bytes()).run()
    wall, face = csv.DictReader(files["CSV"].decode("utf-8-sig").splitlines())
    assert files["CSV"].startswith(codecs.BOM_UTF8)  # without it Excel garbles the file name
    assert (wall["photo"], wall["face"], wall["age"]) == ("стена.jpg", "", "")
    assert face["face"] == "1"
    assert _faces.age_in_words(float(face["age"])) == face_ages(app)["Face 1"]
    assert float(face["left"]) < float(face["right"])
    rows = json.loads(files["JSON"])
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
    assert set(app.dataframe[0].value["photo"]) == {"mine.jpg"}
    app.button(key=f"example {GROUP.name}").click().run()
    assert set(app.dataframe[0].value["photo"]) == {"Group"}


def test_photo_is_examined_once(predicted: list[str]) -> None:
    app = open_page("photo")
    app.file_uploader[0].upload("face.jpg", FACE.read_bytes()).run()
    app.run()
    assert not app.exception
    assert predicted == ["face.jpg"]


def examine_paths(paths: list[str]) -> None:
    from pathlib import Path

    from app_pages._faces import Source, load_predictor, show_results

    sources = [Source(path, Path(path).name, Path(path)) for path in paths]
    show_results(load_predictor(), sources)


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
    assert predicted == ["face.jpg", "face.jpg"]  # one visitor's result is not given to another
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


def test_missing_model_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    load = Predictor.load
    monkeypatch.setattr(Predictor, "load", lambda: load(tmp_path))
    _faces._load_predictor.clear()
    app = open_page("photo")
    assert not app.exception
    assert "model.json is missing".replace(".", r"\.") in app.error[0].value
    assert app.file_uploader  # the page itself is there


# ---- Webcam


def test_snapshot_shows_a_face() -> None:
    app = open_page("webcam")
    assert not app.exception
    assert not app.metric
    app.camera_input[0].upload("snapshot.jpg", FACE.read_bytes()).run()
    assert not app.exception
    assert list(face_ages(app)) == ["Face 1"]
    assert app.dataframe[0].value["photo"].tolist() == ["Snapshot"]


def test_snapshot_without_a_face_gives_advice() -> None:
    app = open_page("webcam")
    app.camera_input[0].upload("snapshot.jpg", blank_photo()).run()
    assert not app.exception
    assert "No face was found" in app.warning[0].value
    assert not app.metric


# ---- Test errors


def test_errors_page_shows_the_figures_of_the_files(metrics: dict[str, Any]) -> None:
    app = open_page("test_errors")
    assert not app.exception
    overall = metrics["overall"]
    shown = face_ages(app)
    assert shown["Average error"] == f"{overall['mae']:.2f} years"
    assert shown["Median error"] == f"{overall['median_error']:.2f} years"
    assert shown["Within 5 years"] == f"{overall['within_5'] * 100:.0f} %"
    assert float(shown["Bias"].replace("−", "-").split()[0]) == round(overall["bias"], 2)
    assert shown["Inside the range"] == f"{metrics['interval_90_coverage'] * 100:.0f} %"
    assert app.metric[0].delta == f"95 %: {overall['mae_low']:.2f} to {overall['mae_high']:.2f}"
    assert shown["Without a model"] == f"{metrics['baseline']['mae']:.2f} years"
    assert f"{overall['n']:,} photos" in app.markdown[0].value
    assert all(metric.help for metric in app.metric)
    assert len(app.get("plotly_chart")) == 7


def test_marks_and_baseline_stand_beside_the_model(metrics: dict[str, Any]) -> None:
    chart = json.loads(open_page("test_errors").get("plotly_chart")[1].proto.spec)
    names = " ".join(chart["data"][0]["y"])
    for text in ("This model", "Paper  <b>5.4</b>", "Good  <b>7.0</b>", "Required  <b>8.0</b>"):
        assert text in names
    assert f"<b>{metrics['baseline']['mae']:.1f}</b>" in names


def test_bands_can_be_those_of_the_predicted_age() -> None:
    app = open_page("test_errors")
    before = app.get("plotly_chart")[3].proto.spec
    app.segmented_control[0].set_value("predicted_age").run()
    assert not app.exception
    assert app.get("plotly_chart")[3].proto.spec != before


@pytest.mark.parametrize("damaged", ["predictions.csv", "metrics.json", None])
def test_missing_or_damaged_results_name_the_command(damaged: str | None, tmp_path: Path) -> None:
    page = tmp_path / "app_pages" / "test_errors.py"
    page.parent.mkdir()
    shutil.copy(ROOT / "app_pages" / "test_errors.py", page)
    if damaged:
        shutil.copytree(ROOT / "assets" / "evaluation", tmp_path / "assets" / "evaluation")
        (tmp_path / "assets" / "evaluation" / damaged).write_bytes(b"")
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
    assert _faces.age_in_words(age) == words


def test_interval_in_words() -> None:
    assert _faces.interval_in_words(27.2, 37.9) == "Between 27 and 38, nine times in ten"


@pytest.mark.parametrize("age", [25.44, 25.46, 25.5, 25.54, 26.5])
def test_cards_round_as_the_downloads_do(age: float) -> None:
    assert _faces.whole_years(age) == _faces.whole_years(round(age, 1))


def test_file_names_keep_their_signs() -> None:
    assert _faces.plain("_a_*b*:red[c]–ü.jpg") == r"\_a\_\*b\*\:red\[c\]–ü\.jpg"


def test_settings_fit_the_code() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    assert config["server"]["maxUploadSize"] * 1024 * 1024 == MAX_PHOTO_BYTES
    assert config["browser"]["gatherUsageStats"] is False
    assert "headless" not in config["server"]
    for theme in ("light", "dark"):
        for palette in ("chartCategoricalColors", "chartSequentialColors"):
            assert len(config["theme"][theme][palette]) == 10  # fewer are silently ignored
