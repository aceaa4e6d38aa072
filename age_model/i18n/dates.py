"""Days and periods as the reader's language writes them."""

from datetime import date

from babel.dates import format_date, format_interval

from age_model.i18n.translate import language

_LOCALES = {"en": "en_GB"}  # the day before the month, as in most of the world


def day_in_words(day: date) -> str:
    """Return a day without its year.

    >>> day_in_words(date(2026, 6, 17))
    '17 June'
    """
    return str(format_date(day, "d MMMM", locale=_locale()))


def days_in_words(first: date, last: date) -> str:
    """Return a period of days; both ends count.

    >>> days_in_words(date(2026, 6, 15), date(2026, 6, 21)).split()
    ['15', '–', '21', 'Jun', '2026']
    """
    if first == last:
        return str(format_date(first, "long", locale=_locale()))
    return str(format_interval(first, last, "yMMMMd", locale=_locale()))


def _locale() -> str:
    return _LOCALES.get(language(), language())
