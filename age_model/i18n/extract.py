"""Keeps the catalogues of texts up to date with the code: `python -m age_model.i18n.extract`.

Every text in `tr`, `trn`, `mark` and `Sentence` becomes an entry of each language's catalogue.
Existing translations stay; texts that are no longer in the code are removed.
"""

import ast
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.pofile import read_po, write_po

from age_model.i18n.digits import SOURCE_LANGUAGE
from age_model.i18n.translate import LANGUAGES, catalogue_path

ROOT = Path(__file__).parents[2]
SOURCES = ("streamlit_app.py", "app_pages/**/*.py", "age_model/**/*.py")
FUNCTIONS = {"tr": 1, "mark": 1, "Sentence": 1, "trn": 2}  # number of text arguments
TRANSLATIONS = tuple(code for code in LANGUAGES if code != SOURCE_LANGUAGE)

_HEADER = """msgid ""
msgstr ""
"Language: {code}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def source_files() -> Iterator[Path]:
    """Yield the files whose texts are translated, in a stable order."""
    for pattern in SOURCES:
        yield from sorted(ROOT.glob(pattern))


def extract() -> Catalog:
    """Return all texts of the code, without translations.

    Raises:
        ValueError: a text is an f-string, which has no translation.
    """
    template = Catalog()
    for path in source_files():
        place = (path.relative_to(ROOT).as_posix(), 0)
        for texts in _texts_in(path):
            template.add(texts if len(texts) > 1 else texts[0], locations=[place])
    return template


def _texts_in(path: Path) -> Iterator[tuple[str, ...]]:
    # Babel's own extractor would also extract `key` in `tr(row["key"])`.
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        given = call.args[: FUNCTIONS.get(name, 0)]
        if any(isinstance(text, ast.JoinedStr) for text in given):
            raise ValueError(
                f"{path}, line {call.lineno}: fill in values with .format, not with an f-string"
            )
        values = [text.value for text in given if isinstance(text, ast.Constant)]
        texts = [value for value in values if isinstance(value, str)]
        if texts:
            yield tuple(str(text) for text in texts)


def read(code: str) -> Catalog:
    """Return the catalogue of a language of `TRANSLATIONS`."""
    with catalogue_path(code).open("rb") as file:
        return read_po(file, locale=code)


def write(code: str, catalogue: Catalog) -> None:
    """Write the catalogue of a language, without dates, so that only new texts change the file."""
    content = BytesIO()
    write_po(content, catalogue, omit_header=True, include_lineno=False, ignore_obsolete=True)
    header = _HEADER.format(code=code, plural_forms=catalogue.plural_forms)
    catalogue_path(code).write_bytes(header.encode() + content.getvalue())


def update(code: str) -> int:
    """Update the catalogue of a language; return how many texts wait for translation."""
    catalogue = read(code)
    catalogue.update(extract(), no_fuzzy_matching=True)
    write(code, catalogue)
    return sum(not all(texts(message)) for message in catalogue if message.id)


def texts(message: Message) -> tuple[str, ...]:
    """Return a message's translation, all plural forms if it has them; empty where there is none.

    A newly added message has no translation, not even an empty one.
    """
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


if __name__ == "__main__":
    for code in TRANSLATIONS:
        print(f"{catalogue_path(code)}: {update(code)} texts wait for translation")
