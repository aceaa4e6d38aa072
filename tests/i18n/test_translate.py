"""Texts come out in the reader's language."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from age_model.i18n import translate
from age_model.i18n.message import Sentence, mark
from age_model.i18n.translate import LANGUAGES, follow, number, separators, tr, trn

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && "
"(n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "Age"
msgstr "Возраст"

msgid "More than {limit} files in {name}"
msgstr "В {name} больше {limit} файлов"

msgid "the file"
msgstr "файл"

msgid "{count} face"
msgid_plural "{count} faces"
msgstr[0] "{count} лицо"
msgstr[1] "{count} лица"
msgstr[2] "{count} лиц"
"""


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, str]]:
    path = tmp_path / "ru" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(translate, "LOCALE_DIR", tmp_path)
    monkeypatch.setattr(translate, "_choose", translate._choose)  # put back afterwards
    translate._catalogue.cache_clear()
    chosen = {"language": "en"}
    follow(lambda: chosen["language"])
    yield chosen
    translate._catalogue.cache_clear()


def test_each_reader_gets_their_own_language(reader: dict[str, str]) -> None:
    assert tr("Age") == "Age"
    reader["language"] = "ru"
    assert tr("Age") == "Возраст"
    reader["language"] = "en"
    assert tr("Age") == "Age"


def test_russian_has_three_forms_of_a_number(reader: dict[str, str]) -> None:
    reader["language"] = "ru"
    said = [trn("{count} face", "{count} faces", n).format(count=n) for n in (1, 3, 5, 11, 21)]
    assert said == ["1 лицо", "3 лица", "5 лиц", "11 лиц", "21 лицо"]


def test_an_unknown_text_or_language_is_english(reader: dict[str, str]) -> None:
    reader["language"] = "ru"
    assert tr(mark("Not in the catalogue")) == "Not in the catalogue"
    reader["language"] = "xx"
    assert tr("Age") == "Age"
    assert "xx" not in LANGUAGES


def test_a_sentence_within_a_sentence_is_translated_too(reader: dict[str, str]) -> None:
    sentence = Sentence("More than {limit} files in {name}", limit=3, name=Sentence("the file"))
    assert sentence == "More than 3 files in the file"
    reader["language"] = "ru"
    assert tr(sentence) == "В файл больше 3 файлов"


def test_a_sentence_is_kept_in_english_and_said_in_any_language(reader: dict[str, str]) -> None:
    reader["language"] = "ru"
    sentence = Sentence("More than {limit} files in {name}", limit=20_000, name="{a},b.zip")
    english = "More than 20,000 files in {a},b.zip"
    assert sentence == english
    assert " ".join([sentence]) == english
    russian = "В {a},b.zip больше 20\N{NO-BREAK SPACE}000 файлов"
    assert tr(sentence) == russian
    assert tr(str(ValueError(sentence))) == russian
    assert tr(pickle.loads(pickle.dumps(sentence))) == russian
    reader["language"] = "en"
    assert tr(sentence) == english


def test_numbers_have_the_separators_of_the_language(reader: dict[str, str]) -> None:
    figures = (4672, ","), (-1234.5, "+,.2f"), (0.125, ".1%")
    assert [number(*figure) for figure in figures] == ["4,672", "−1,234.50", "12.5%"]
    assert separators() == ".,"
    reader["language"] = "ru"
    said = [number(*figure).replace("\N{NO-BREAK SPACE}", "_") for figure in figures]
    assert said == ["4_672", "−1_234,50", "12,5_%"]
    assert separators() == ",\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [(-0.004, ".2f", "0.00"), (-0.004, "+.2f", "+0.00"), (-0.3, "+,.0f", "+0"), (-10, ",", "−10")],
)
def test_nothing_has_no_minus_sign(value: float, form: str, text: str) -> None:
    assert number(value, form) == text


def test_no_text_has_no_translation(reader: dict[str, str]) -> None:
    reader["language"] = "ru"
    assert tr("") == ""
