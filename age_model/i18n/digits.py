"""Number formats of each language."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from babel.numbers import get_decimal_symbol, get_group_symbol

SOURCE_LANGUAGE = "en"


def fill(text: str, values: Mapping[str, Any], code: str) -> str:
    """Fill values into a text; whole numbers get the separators of a language."""
    return text.format(
        **{
            name: localised(f"{value:,}", code) if isinstance(value, int) else value
            for name, value in values.items()
        }
    )


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
