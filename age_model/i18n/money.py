"""Amounts of money as the reader's language writes them."""

from babel.numbers import format_currency, get_currency_symbol

from age_model.i18n.translate import language, number

CURRENCIES = (
    "RUB", "BYN", "KZT", "UZS", "KGS", "AMD", "AZN", "GEL", "MDL", "TJS", "EUR", "USD", "GBP",
    "CNY", "TRY", "INR",
)  # fmt: skip
_WHEN_NONE_IS_SET = {"ru": "RUB"}


def currency_in_use(code: str | None) -> str | None:
    """Return the currency of amounts: the one set, or else that of the reader's language."""
    return code or _WHEN_NONE_IS_SET.get(language())


def money(amount: float, code: str | None) -> str:
    """Return an amount, rounded to whole units, with its currency if that is known.

    >>> money(1234.5, "EUR"), money(1234.5, None)
    ('€1,234', '1,234')
    """
    currency = currency_in_use(code)
    if currency is None:
        return number(amount, ",.0f")
    pattern = "#,##0\N{NO-BREAK SPACE}¤" if language() != "en" else "¤#,##0"
    text = format_currency(round(amount), currency, pattern, language(), currency_digits=False)
    return str(text).replace("-", "\N{MINUS SIGN}")


def symbol(code: str | None) -> str:
    """Return the sign of the currency of amounts; empty if it is not known.

    >>> symbol("EUR"), symbol(None)
    ('€', '')
    """
    currency = currency_in_use(code)
    return str(get_currency_symbol(currency, language())) if currency else ""
