"""Streamlit's own words: those that are replaced are Streamlit's, and what they become."""

import re
from pathlib import Path

import streamlit

from age_model.i18n.translate import in_language, tr
from app_pages.streamlit_fixes.own_words import PATTERNS, WORDS

SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"


def russian(text: str) -> str:
    """Return what the script in the browser makes of a text."""
    with in_language("ru"):
        if text in WORDS:
            return tr(WORDS[text])
        found = next(pattern for pattern in PATTERNS if re.search(pattern, text))
        return re.sub(found, tr(PATTERNS[found]).replace("$", "\\"), text)


def test_the_replaced_words_are_streamlits() -> None:
    scripts = "".join(path.read_text("utf-8") for path in SCRIPTS.glob("*.js"))
    assert [words for words in WORDS if words not in scripts] == []


def test_sizes_of_files_and_lists_are_in_the_readers_words() -> None:
    assert russian("Select all") == "Все"
    assert russian("12.3KB") == "12 КБ"
    assert russian("200MB per file") == "До 200 МБ на файл"
    assert russian("1.5MB") == "1,5 МБ"
    assert russian("File must be 256.0MB or smaller.") == "Файл больше 256 МБ."
