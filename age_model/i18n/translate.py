"""The app's texts in the reader's language: English in the code, others in gettext catalogues."""

import gettext
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from age_model import ASSETS
from age_model.i18n.digits import SOURCE_LANGUAGE, fill, localised, signs_of
from age_model.i18n.message import Sentence

LANGUAGES = {SOURCE_LANGUAGE: "English", "ru": "Русский"}
LOCALE_DIR = ASSETS / "locale"

_choose: Callable[[], str] = lambda: SOURCE_LANGUAGE  # noqa: E731
_fixed: ContextVar[str | None] = ContextVar("language", default=None)


def follow(choose: Callable[[], str]) -> None:
    """Use `choose` to get the language, a key of LANGUAGES, at each translation.

    Several readers share one process: `choose` returns the language of the current one.
    """
    global _choose
    _choose = choose


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Translate into one language, a key of LANGUAGES: for files made when no reader is known."""
    token = _fixed.set(code)
    try:
        yield
    finally:
        _fixed.reset(token)


def language() -> str:
    """Return the current reader's language, a key of LANGUAGES."""
    chosen = _fixed.get() or _choose()
    return chosen if chosen in LANGUAGES else SOURCE_LANGUAGE


def tr(text: str) -> str:
    """Return a text in the current reader's language.

    Values are filled in afterwards, so that the text can be found:
    `tr("{age} years").format(age=7)`. A `Sentence` has its own.
    """
    code = language()
    if isinstance(text, Sentence):
        values = {
            name: tr(value) if isinstance(value, Sentence) else value
            for name, value in text._values.items()
        }
        return fill(_catalogue(code).gettext(text._source), values, code)
    return _catalogue(code).gettext(text) if text else ""  # gettext has its header under ""


def trn(one: str, many: str, count: int) -> str:
    """Return the form of a text for this count, in the current reader's language."""
    return _catalogue(language()).ngettext(one, many, count)


def number(value: float, form: str = ",") -> str:
    """Format a number with the separators of the current reader's language and a real minus sign.

    A number that rounds to 0 has no minus sign.

    Args:
        value: the number.
        form: as for Python's `format`.

    >>> number(4672), number(0.1234, ".1%"), number(-0.5, "+.2f"), number(-0.001, "+.2f")
    ('4,672', '12.3%', '−0.50', '+0.00')
    """
    digits = format(value, form)
    if not any(digit in digits for digit in "123456789"):
        digits = digits.replace("-", "+" if "+" in form else "")
    return localised(digits, language())


def capital(text: str) -> str:
    """Capitalise the first letter and leave the others, for example those of names.

    >>> capital("official portraits of the US Congress")
    'Official portraits of the US Congress'
    """
    return text[:1].upper() + text[1:]


def separators() -> str:
    """Return the current reader's decimal separator, followed by the thousands separator."""
    signs = signs_of(language())
    return signs["."] + signs[","]


def catalogue_path(code: str) -> Path:
    """Return the file of a language's translations."""
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
