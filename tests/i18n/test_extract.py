"""The catalogues have all texts of the code, with their placeholders and punctuation."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from babel.messages import Catalog, Message

from age_model.i18n import extract as extract_module
from age_model.i18n import translate
from age_model.i18n.extract import TRANSLATIONS, extract, read, texts, update
from age_model.i18n.translate import catalogue_path

# Placeholders of Python and Plotly, bold, code, HTML, icons, headings, line breaks.
MARKS = re.compile(r"%?\{[^}]*\}|\*\*|`[^`]*`|<[^>]+>|:material/\w+:|^#+ |\n", re.MULTILINE)


@pytest.fixture(scope="module")
def template() -> Catalog:
    return extract()


def entries(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def sources(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


@pytest.mark.parametrize("code", TRANSLATIONS)
def test_every_text_is_translated_in_all_its_forms(code: str, template: Catalog) -> None:
    catalogue = read(code)
    missing = [message.id for message in entries(template) if message.id not in catalogue]
    assert not missing, "say `make messages`, then translate"
    for message in entries(catalogue):
        forms = 1 if isinstance(message.id, str) else catalogue.num_plurals
        assert len(texts(message)) == forms, message.id
        assert all(text.strip() for text in texts(message)), message.id
        assert not message.fuzzy, message.id


@pytest.mark.parametrize("code", TRANSLATIONS)
def test_nothing_is_translated_that_the_code_does_not_say(code: str, template: Catalog) -> None:
    catalogue = read(code)
    assert [message.id for message in entries(catalogue) if message.id not in template] == []
    assert not catalogue.obsolete


@pytest.mark.parametrize("code", TRANSLATIONS)
def test_translations_keep_placeholders_and_marks(code: str) -> None:
    for message in entries(read(code)):
        for text in (*sources(message), *texts(message)):
            wanted, found = (Counter(MARKS.findall(part)) for part in (sources(message)[-1], text))
            assert found == wanted, f"{message.id!r}: {text!r}"
            ends = [end for end in (".", "…") if sources(message)[0].endswith(end)]
            assert text.endswith(tuple(ends) or ""), text


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A copy of the Russian catalogue, in place of it."""
    path = tmp_path / "ru" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    shutil.copy(catalogue_path("ru"), path)
    monkeypatch.setattr(translate, "LOCALE_DIR", tmp_path)
    return path


def test_an_update_without_new_words_changes_nothing(copied: Path) -> None:
    before = copied.read_bytes()
    assert update("ru") == 0
    assert copied.read_bytes() == before


def test_an_update_adds_new_texts_and_drops_old_ones(
    copied: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code = tmp_path / "page.py"
    code.write_text(
        'tr("Age")\nmark("New")\ntr("Age")\ntr(row["key"])\ntr(NAME)\n'
        'trn("{n} cat", "{n} " "cats", n)\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(extract_module, "ROOT", tmp_path)
    monkeypatch.setattr(extract_module, "SOURCES", ("*.py",))
    assert update("ru") == 2
    catalogue = read("ru")
    found = {sources(message): texts(message) for message in entries(catalogue)}
    assert found == {
        ("Age",): ("Возраст",),
        ("New",): ("",),
        ("{n} cat", "{n} cats"): ("", "", ""),
    }
    assert copied.read_text("utf-8").count("#: page.py") == 3


def test_a_text_with_values_inside_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "page.py").write_text('\ntr(f"{age} years")\n', encoding="utf-8")
    monkeypatch.setattr(extract_module, "ROOT", tmp_path)
    monkeypatch.setattr(extract_module, "SOURCES", ("*.py",))
    with pytest.raises(ValueError, match=r"page\.py, line 2"):
        extract()
