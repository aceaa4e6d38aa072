"""The pages in the reader's language: chosen by the switch, the address or the browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest

from age_model.i18n.translate import LANGUAGES
from age_model.predict.results import results_table
from app_pages.widgets.language import reader_language
from app_pages.widgets.numbers import percent
from app_pages.widgets.words import (
    age_in_words,
    interval_in_words,
    range_in_words,
    time_left_in_words,
)
from tests.support.app import ADDRESSES, ROOT, run_at

FACE = ROOT / "assets" / "examples" / "ages-25-34.jpg"
TITLES = {  # of each page, in English and in Russian
    "photo": ("Ages from faces", "Возраст по лицу"),
    "webcam": ("Practice", "Тренировка"),
    "about": ("How good", "Точность"),
}
SHOWN = {"label", "help", "body", "alt", "text", "title", "placeholder", "caption"}
SOURCES = json.loads((ROOT / "assets/evaluation/sources.json").read_text(encoding="utf-8"))
NAMES = {  # the same in both languages; sources of photos are named by who measures them
    *(word for entry in SOURCES["sources"] for word in re.findall(r"\w+", entry["source"])),
    *LANGUAGES.values(), *map(str.upper, LANGUAGES),
    "ID", "ZIP", "CSV", "JSON", "JPEG", "UTKFace", "CORAL", "NIST", "FATE",
    "AEV", "Yoti", "APPA", "REAL", "README", "Language", "PNG", "WebP", "BMP", "TIFF", "GIF",
    "HEIC", "TAR", "FAR", "WCCN", "dlib",
}  # fmt: skip
NOT_WORDS = re.compile(
    r"<script>.*</script>|<[^>]+>|%?\{[^}]*\}|`[^`]*`|:material/\w+:|:small|[\w-]+\\?\.(jpg|pt)"
    r"|https?://\w*",
    re.DOTALL,
)


def open_app(page: str = "photo", lang: str = "", locale: str = "") -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
    if lang:
        app.query_params["lang"] = lang
    if locale:
        app.context["locale"] = locale
    return run_at(app, ADDRESSES[page])


def choose(app: AppTest, code: str) -> AppTest:
    app.segmented_control(key="language").set_value(code).run()
    assert not app.exception
    return app


def title(app: AppTest) -> str:
    return str(app.title[0].value)


def shown_texts(app: AppTest) -> Iterator[str]:
    """All texts that a page shows or reads out."""
    for node in app.main:
        if node.proto is not None:
            yield from _texts(MessageToDict(node.proto, preserving_proto_field_name=True))
    for table in app.table:
        yield from table.value.columns
        yield from table.value.to_numpy().ravel()


def _texts(content: Any, key: str = "") -> Iterator[str]:  # noqa: ANN401
    if isinstance(content, dict):
        for name, value in content.items():
            yield from _texts(value, name)
    elif isinstance(content, list):
        for value in content:
            yield from _texts(value, key)
    elif isinstance(content, str) and key in {"spec", "columns"}:
        yield from _texts(json.loads(content or "null"))
    elif isinstance(content, str) and key in SHOWN | {"hovertemplate", "options", "content"}:
        yield content


def english_words(app: AppTest) -> set[str]:
    texts = (NOT_WORDS.sub(" ", text) for text in shown_texts(app))
    return {word for text in texts for word in re.findall(r"[A-Za-z]{2,}", text)} - NAMES


def russian_words(app: AppTest) -> set[str]:
    return {word for text in shown_texts(app) for word in re.findall(r"[А-Яа-яЁё]+", text)}


def fill(app: AppTest, page: str) -> AppTest:
    """Give a page a photo, so that it shows everything."""
    if page == "photo":
        app.file_uploader[0].upload("1.jpg", FACE.read_bytes()).upload("2.jpg", b"broken").run()
    if page == "webcam":
        app.camera_input[0].upload("1.jpg", FACE.read_bytes()).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("page", TITLES)
def test_a_page_is_wholly_in_the_chosen_language(page: str) -> None:
    english, russian = TITLES[page]
    app = fill(open_app(page, lang="ru"), page)
    assert title(app) == russian
    words = english_words(app)
    if page == "about":  # its training is described by the names of settings
        settings = " ".join(text.value for text in app.expander[-1].markdown)
        words -= set(re.findall(r"[A-Za-z]{2,}", settings))
    assert words == set()
    choose(app, "en")
    assert title(app) == english
    assert app.query_params["lang"] == "en"
    assert russian_words(app) == {"Русский", "Язык"}  # on the switch


def test_the_browsers_language_comes_first_and_the_address_wins() -> None:
    english, russian = TITLES["photo"]
    assert title(open_app(locale="ru-RU")) == russian
    assert title(open_app(locale="de-DE")) == english
    assert title(open_app(locale="ru", lang="en")) == english
    assert title(open_app(lang="xx")) == english


def test_each_reader_keeps_their_own_language() -> None:
    russian, english = open_app(lang="ru"), open_app()
    assert title(russian.run()) == TITLES["photo"][1]
    assert title(english.run()) == TITLES["photo"][0]
    russian.switch_page("app_pages/webcam/page.py").run()
    assert title(russian) == TITLES["webcam"][1]


def test_the_address_says_the_language_only_if_it_was_chosen() -> None:
    app = open_app(locale="ru")
    assert "lang" not in app.query_params
    choose(app, "en")
    assert app.query_params["lang"] == "en"
    del app.query_params["lang"]  # as a link to another page may
    app.switch_page("app_pages/about/page.py").run()
    assert title(app) == TITLES["about"][0]
    assert app.query_params["lang"] == "en"


def test_results_stay_and_are_said_anew() -> None:
    app = fill(open_app(), "photo")
    results = list(app.session_state["results"].values())
    assert "not a photo" in app.error[0].value
    choose(app, "ru")
    assert all(
        kept is before
        for kept, before in zip(app.session_state["results"].values(), results, strict=True)
    )
    assert "Это не фото" in app.error[0].value
    assert re.fullmatch(r"\d+ (год|года|лет)", app.metric[0].value)
    assert "Это не фото" in app.dataframe[0].value["warnings"].iloc[1]
    downloaded = results_table(kept.result for kept in results)
    assert "not a photo" in downloaded["warnings"].iloc[1]


def test_snapshots_stay_and_are_said_anew() -> None:
    app = open_app("webcam")
    app.camera_input[0].upload("1.jpg", b"broken").run()
    assert "not a photo" in app.dataframe[0].value["Notes"].iloc[0]
    choose(app, "ru")
    assert "Возраст не определить, спросите документ" in app.info[0].value
    assert "Это не фото" in app.dataframe[0].value["Примечания"].iloc[0]


def test_the_open_view_of_the_data_set_stays_open() -> None:
    app = open_app("data_set")
    app.session_state["data_view"] = "Identical pictures"
    app.session_state["data_tab"] = "Doubtful photos"
    choose(app.run(), "ru")
    assert "twins" in app.dataframe[-1].value


def test_why_a_folder_cannot_be_used_is_said_in_russian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "labels.csv").write_text("file_name,real_age\na.jpg,25\n")
    monkeypatch.setenv("AGE_DATA_DIR", str(tmp_path))
    app = open_app("data_set", lang="ru").run()
    assert "рядом нет папки final\\_files" in app.error[0].value


def test_outside_the_app_all_is_english(caplog: pytest.LogCaptureFixture) -> None:
    assert reader_language() == "en"
    assert not caplog.records


@pytest.fixture
def russian(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("age_model.i18n.translate._choose", lambda: "ru")


@pytest.mark.usefixtures("russian")
def test_figures_are_said_as_russians_say_them() -> None:
    ages = [age_in_words(age) for age in (0.2, 1, 3, 5, 11, 21, 24)]
    assert ages == ["Меньше года", "1 год", "3 года", "5 лет", "11 лет", "21 год", "24 года"]
    assert range_in_words(27.2, 41) == "27–41 год"
    assert interval_in_words(17, 21).startswith("Скорее всего от 17 до 21 года")
    assert interval_in_words(17, 22).startswith("Скорее всего от 17 до 22 лет")
    assert (percent(0.875), percent(0.0004, 2)) == ("88\u00a0%", "0,04\u00a0%")
    assert time_left_in_words(70) == "осталось около 1 минуты"
    assert time_left_in_words(130) == "осталось около 2 минут"
