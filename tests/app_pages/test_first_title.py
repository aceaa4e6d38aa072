"""A page's title, until the page is there."""

import json
import re

import pytest

from age_model.i18n.translate import LANGUAGES, in_language, tr
from app_pages.streamlit_fixes.document import STYLE_ELEMENT
from app_pages.streamlit_fixes.first_title import first_title
from app_pages.streamlit_fixes.page_scripts import document
from app_pages.widgets.doors import ENTRIES, FIRST, Entry


def titles_in(text: str) -> dict[str, str]:
    (titles,) = re.findall(r"const titles = (\{.*?\}), first", text)
    found: dict[str, str] = json.loads(titles)
    return found


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_a_document_has_the_title_of_its_page_in_every_language(entry: Entry) -> None:
    text = document(entry.address)
    assert text.count(f'aria-hidden="true">{entry.title}<') == 1
    told = titles_in(text)
    assert set(told) == set(LANGUAGES)
    for code, title in told.items():
        with in_language(code):
            assert title == tr(entry.title)
    assert text.index("<body>") < text.index(STYLE_ELEMENT) < text.index(entry.title)
    assert text.index(told["ru"].encode("ascii", "backslashreplace").decode()) < text.index("root")
    assert "__" not in text[text.index(STYLE_ELEMENT) :].partition("</script>")[0]


def test_a_title_is_text_whatever_it_is() -> None:
    text = first_title(Entry("photo", "", "</script><b>Ages & faces</b>", ""))
    assert text.count("<b>") == 0 and text.count("</script>") == 1
    assert "&lt;b&gt;Ages &amp; faces" in text
    assert titles_in(text)["en"] == "</script><b>Ages & faces</b>"


def test_a_document_differs_by_its_page_alone() -> None:
    assert document(FIRST.address) == document(FIRST.address) != document("till")
