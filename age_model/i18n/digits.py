"""Number formats of each language."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from babel.numbers import get_decimal_symbol, get_group_symbol

SOURCE_LANGUAGE = "en"


def fill(text: str, values: Mapping[str, Any], code: str) -> str:
    """Fill values into a text; numbers get the separators of a language.

    Others than whole ones have their format in the text: "{chance:.1%}".
    """
    return text.format(**{name: _written(value, code) for name, value in values.items()})


def _written(value: object, code: str) -> object:
    if isinstance(value, int):
        return localised(f"{value:,}", code)
    return _Localised(value, code) if isinstance(value, float) else value


class _Localised(float):
    """A number that is formatted as a language does."""

    def __new__(cls, value: float, code: str) -> "_Localised":
        number = super().__new__(cls, value)
        number._code = code
        return number

    _code: str

    def __format__(self, form: str) -> str:
        return localised(super().__format__(form), self._code)


def localised(digits: str, code: str) -> str:
    """Format a number as a language does."""
    signs = signs_of(code)
    return "".join(signs.get(sign, sign) for sign in digits)


@cache
def signs_of(code: str) -> dict[str, str]:
    """Return how a language writes the decimal point, thousands, per cent and minus."""
    percent = "%" if code == SOURCE_LANGUAGE else "\N{NO-BREAK SPACE}%"
    separators = {".": get_decimal_symbol(code), ",": get_group_symbol(code)}
    return separators | {"%": percent, "-": "\N{MINUS SIGN}"}
