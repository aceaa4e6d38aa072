"""Streamlit's own words: those that are replaced are Streamlit's, and what they become."""

import re
from pathlib import Path

import streamlit

from age_model.i18n.extract import read
from age_model.i18n.translate import in_language, tr
from app_pages.streamlit_fixes.own_words import LABELS, OPTIONS, PATTERNS, WORDS

SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"


def russian(text: str, patterns: dict[str, str] = PATTERNS) -> str:
    """Return what the script in the browser makes of a text."""
    with in_language("ru"):
        if text in WORDS and patterns is not OPTIONS:
            return tr(WORDS[text])
        found = next((pattern for pattern in patterns if re.search(pattern, text)), None)
        return re.sub(found, tr(patterns[found]).replace("$", "\\"), text) if found else text


def test_the_replaced_words_are_streamlits() -> None:
    scripts = "".join(path.read_text("utf-8") for path in SCRIPTS.glob("*.js"))
    assert [words for words in WORDS if words not in scripts] == []


def test_sizes_of_files_and_lists_are_in_the_readers_words() -> None:
    assert russian("12.3KB") == "12 КБ"
    assert russian("200MB per file") == "До 200 МБ на файл"
    assert russian("1.5MB") == "1,5 МБ"
    assert russian("File must be 256.0MB or smaller.") == "Файл больше 256 МБ."


def test_forms_lists_and_tables_are_in_the_readers_words() -> None:
    assert russian("Press Enter to submit form") == "Enter — отправить"
    assert russian("Press Enter to apply") == "Enter — применить"
    assert russian("5 options available.") == "Найдено: 5"
    assert russian("2 of 14 results") == "Найдено: 14, это № 2"
    assert russian("Sort ascending") == "Сначала меньшие"
    assert russian("⚠️ Please fill out this cell.") == "Заполните эту ячейку."
    assert russian("Add row: Касса", LABELS) == "Добавить строку: Касса"


def test_names_among_which_one_is_chosen_stay_as_they_are() -> None:
    assert russian("Plain", OPTIONS) == "Plain"
    assert russian("Remove stains") == "Remove stains"
    assert russian("Select all", OPTIONS) == "Все"
    assert russian("No results", OPTIONS) == "Ничего не найдено"
    refused = "Error: Date set outside allowed range. Please select a date on or after 01.06.2026."
    assert russian(refused) == "Этот день здесь нельзя выбрать."
    assert russian("Select 3 matches", OPTIONS) == "Выбрать найденное: 3"
    assert russian("Add: Восток", OPTIONS) == "Взять «Восток»"


def test_no_word_of_ours_is_taken_for_streamlits() -> None:
    ours = {one.id for one in read("ru") if isinstance(one.id, str)}
    assert {word for word, said in WORDS.items() if word in ours and said != word} == set()
