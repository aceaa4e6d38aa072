"""The app's words in the reader's language: English in the code, others in gettext catalogues."""

import gettext
from collections.abc import Callable, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol

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


class Sentence(str):
    """A text with values, in English; `tr` says it in the reader's language whenever it is shown.

    >>> Sentence("The ZIP holds more than {limit} files.", limit=20_000)
    'The ZIP holds more than 20,000 files.'
    """

    _source: str
    _values: dict[str, Any]

    def __new__(cls, source: str, **values: object) -> "Sentence":
        """Fill the values into a text; whole numbers get separators."""
        sentence = super().__new__(cls, _fill(source, values, SOURCE_LANGUAGE))
        sentence._source, sentence._values = source, values
        return sentence

    def __str__(self) -> str:
        return self  # so that the `str` of an error that holds a sentence is that sentence

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self._source,), self._values


def tr(text: str) -> str:
    """Return a text in the present reader's language.

    Values go in afterwards, so that the text can be found: `tr("{age} years").format(age=7)`. A
    `Sentence` brings its own.
    """
    code = language()
    if isinstance(text, Sentence):
        return _fill(_catalogue(code).gettext(text._source), text._values, code)
    return _catalogue(code).gettext(text) if text else ""  # gettext has its header under ""


def trn(one: str, many: str, count: int) -> str:
    """Return the form of a text for this many things, in the present reader's language."""
    return _catalogue(language()).ngettext(one, many, count)


def mark(text: str) -> str:
    """Mark a constant's text for the catalogues; whoever shows it says `tr(CONSTANT)`."""
    return text


def number(value: float, form: str = ",") -> str:
    """Write a number with the separators of the present reader's language and a real minus sign.

    What is rounded to nothing has no minus sign.

    Args:
        value: the number.
        form: as for Python's `format`.

    >>> number(4672), number(0.1234, ".1%"), number(-0.5, "+.2f"), number(-0.001, "+.2f")
    ('4,672', '12.3%', '−0.50', '+0.00')
    """
    digits = format(value, form)
    if not any(digit in digits for digit in "123456789"):
        digits = digits.replace("-", "+" if "+" in form else "")
    return _localised(digits, language())


def capital(text: str) -> str:
    """Make the first letter a capital and leave the others: names stay names.

    >>> capital("official portraits of the US Congress")
    'Official portraits of the US Congress'
    """
    return text[:1].upper() + text[1:]


def separators() -> str:
    """Return the present reader's decimal separator, followed by that of thousands."""
    signs = _signs(language())
    return signs["."] + signs[","]


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


def _fill(text: str, values: Mapping[str, Any], code: str) -> str:
    return text.format(
        **{
            name: _localised(f"{value:,}", code) if isinstance(value, int) else value
            for name, value in values.items()
        }
    )


def _localised(digits: str, code: str) -> str:
    signs = _signs(code)
    return "".join(signs.get(sign, sign) for sign in digits)


@cache
def _signs(code: str) -> dict[str, str]:
    percent = "%" if code == SOURCE_LANGUAGE else "\N{NO-BREAK SPACE}%"
    separators = {".": get_decimal_symbol(code), ",": get_group_symbol(code)}
    return separators | {"%": percent, "-": "\N{MINUS SIGN}"}
