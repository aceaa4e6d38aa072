"""The app's words in the reader's language: English in the code, others in gettext catalogues."""

import gettext
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
LANGUAGES = {SOURCE_LANGUAGE: "English", "ru": "Русский"}
LOCALE_DIR = Path(__file__).parents[1] / "assets" / "locale"

_choose: Callable[[], str] = lambda: SOURCE_LANGUAGE  # noqa: E731


def follow(choose: Callable[[], str]) -> None:
    """Ask `choose` for the language, a key of LANGUAGES, whenever words are needed.

    Several readers share one process: `choose` tells whose turn it is.
    """
    global _choose
    _choose = choose


def language() -> str:
    """Return the present reader's language, a key of LANGUAGES."""
    chosen = _choose()
    return chosen if chosen in LANGUAGES else SOURCE_LANGUAGE


def tr(text: str) -> str:
    """Return a text in the present reader's language.

    Values go in afterwards, so that the text can be found: `tr("{age} years").format(age=7)`.
    """
    return _catalogue(language()).gettext(text)


def trn(one: str, many: str, count: int) -> str:
    """Return the form of a text for this many things, in the present reader's language."""
    return _catalogue(language()).ngettext(one, many, count)


def mark(text: str) -> str:
    """Mark a constant's text for the catalogues; whoever shows it says `tr(CONSTANT)`."""
    return text


def catalogue_path(code: str) -> Path:
    """Return the file that holds a language's translations."""
    return LOCALE_DIR / code / "LC_MESSAGES" / "messages.po"


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    if code == SOURCE_LANGUAGE:
        return gettext.NullTranslations()
    compiled = BytesIO()
    with catalogue_path(code).open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
